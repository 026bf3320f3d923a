import { createHmac } from 'node:crypto'
import { factorsOf } from '../credentials/factor.ts'
import { maxPassword_chars, passwordLength } from '../credentials/password.ts'
import { openTicket } from '../credentials/ticket.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import type { Client } from '../tokens/client.ts'
import type { Issued } from '../tokens/issue.ts'
import { noteLimit } from '../tokens/note-limit.ts'
import { checkGuess } from './guess.ts'
import { issueLogin, type LoginAccount, requireVerified } from './issue-login.ts'
import { type AccountName, isEmail, isUsername } from './names.ts'
import { findForLogin, isDisabled, type UserRow, updatePasswordHash } from './records.ts'

/**
 * Issues a token to a client that knows the password, if the account has no second factor. A wrong name, a wrong password and a
 * disabled account get the same answer after the same work.
 * @throws Refusal second_factor_required with a ticket for the second step; credentials_mismatch, address_not_verified,
 *   too_many_failures, too_many_logins, too_many_from_address, hashing_busy, logins_unavailable, revocation_unconfirmed
 */
export async function logIn(ports: Ports, name: AccountName, password: string, client: Client): Promise<Issued> {
  const user = await checkPassword(ports, name, password, client)
  await ports.throttle.succeed(user.id, client.network).catch(noteLimit(ports, client, user.id))
  const again = async () => requireNoFactor(ports, await checkPassword(ports, name, password, client), client)
  return issueLogin(ports, await requireNoFactor(ports, user, client), client, { again })
}

/**
 * Opens the second step of a login, if the account has one.
 * @throws Refusal second_factor_required if the account has a factor, address_not_verified, logins_unavailable
 */
async function requireNoFactor(ports: Ports, user: LoginAccount, client: Client): Promise<LoginAccount> {
  requireVerified(ports, user)
  if (user.factors === '') return user
  const { id, generation, renewed_hash: password_hash } = user
  // The second step does not have the password.
  if (password_hash !== user.password_hash && !(await updatePasswordHash(ports.store, user))) {
    throw new Refusal('logins_unavailable', { why: 'the account changed at the same moment' })
  }
  const ticket = await openTicket(ports, { id, generation, password_hash })
  // A password that was stolen shows itself here.
  ports.log.info({ user: id, address: client.ip }, 'password accepted, second factor required')
  throw new Refusal('second_factor_required', { more: { ticket, factors: factorsOf(user.factors) } })
}

/** An account whose password was checked. */
export type FoundAccount = LoginAccount & Pick<UserRow, 'username'>

/**
 * Finds the account and checks its password.
 * @throws Refusal credentials_mismatch, too_many_failures, too_many_logins, too_many_from_address, hashing_busy
 */
export async function checkPassword(
  ports: Ports,
  name: AccountName | { id: string },
  password: string,
  client: Client,
): Promise<FoundAccount> {
  const { store, hasher } = ports
  const { network } = client
  // A malformed name may contain NUL, which PostgreSQL cannot store or compare.
  const isValid = 'id' in name || ('username' in name ? isUsername(name.username) : isEmail(name.email))
  const found = isValid ? await findForLogin(store, name, network, decoyId(ports, name)) : undefined
  const user = found?.user
  const account = user === undefined ? { name: JSON.stringify(name) } : { id: user.id }
  const check = async () => {
    const matches = await hasher.verify(password, user?.password_hash ?? found?.decoy ?? undefined, network)
    const isLoginOf =
      matches && user !== undefined && !isDisabled(user, ports.clock()) && passwordLength(password) <= maxPassword_chars
    return isLoginOf ? user : 'credentials_mismatch'
  }
  const guess = { account, known: user !== undefined && user.known !== null, client }
  const checked = await checkGuess(ports, guess, check)
  const { password_hash } = checked
  return {
    ...checked,
    renewed_hash: hasher.isOutdated(password_hash) ? await hasher.hash(password, network) : password_hash,
  }
}

/**
 * Returns an id for the name of no account. Checking a password for the name then costs what it costs for the account next to this id:
 * accounts may have imported hashes, whose costs differ. Always the same id, on each node, because the cost of an account does not
 * change either until the next login. Keyed, so that no stranger can choose the account.
 */
function decoyId({ settings }: Ports, name: AccountName | { id: string }): string {
  const hex = createHmac('sha256', settings.LATCHKEY_SECRET).update(JSON.stringify(name)).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}
