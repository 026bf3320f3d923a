import { createHmac } from 'node:crypto'
import { appendFact } from '../audit/append.ts'
import { maxPassword_chars, passwordLength } from '../credentials/password.ts'
import type { Attempt } from '../credentials/throttle.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import type { Trx } from '../store/schema.ts'
import type { Client } from '../tokens/client.ts'
import { type Issued, KeyRetired, type Prepared, prepareToken, writeToken } from '../tokens/issue.ts'
import { isAboveLimit, revokeAboveLimit } from '../tokens/limit.ts'
import { noteLimit } from '../tokens/note-limit.ts'
import { type AccountName, isEmail, isUsername } from './names.ts'
import { findForLogin, isDisabled, markLoggedIn, upsertKnownAddress } from './records.ts'

/** An attempt fails only if the account or the signing key changes at the same moment. */
const maxAttempts = 5

/**
 * Issues a token to a client that knows the password. A wrong name, a wrong password and a disabled account get the
 * same answer after the same work. If the account then has more live tokens than TOKEN_LIMIT_ACCOUNT, the oldest ends.
 * @throws Refusal credentials_mismatch, too_many_failures, too_many_logins, too_many_from_address, hashing_busy,
 *   logins_unavailable, revocation_unconfirmed
 */
export async function logIn(ports: Ports, name: AccountName, password: string, client: Client): Promise<Issued> {
  let user = await checkPassword(ports, name, password, client)
  await ports.throttle.succeed(user.id, client.network).catch(noteLimit(ports, client, user.id))
  let write = writeLogin
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    // After a restore the log may know a higher generation than the user's row.
    const generation = Math.max(user.generation, ports.revocation.generation(user.id))
    const token = await prepareToken(ports, { id: user.id, admin: user.admin === 1, generation }, client)
    try {
      if (await write(ports, user, token, client)) {
        ports.log.info({ user: user.id, token: token.row.jti, address: client.ip }, 'logged in')
        return token
      }
      user = await checkPassword(ports, name, password, client)
    } catch (error) {
      if (error instanceof TooManyTokens) write = writeLoginAndRevoke
      else if (error instanceof KeyRetired) await ports.keys.reload()
      else throw error
    }
  }
  throw new Refusal('logins_unavailable', { why: 'the account or the signing key changed during every attempt' })
}

/** An account whose password was checked. `renewed_hash`: by today's parameters, if the stored hash is outdated. */
type FoundAccount = NonNullable<Awaited<ReturnType<typeof findForLogin>>['user']> & { renewed_hash: string }

/** Finds the account and checks its password. @throws Refusal credentials_mismatch, too_many_failures, too_many_logins, too_many_from_address, hashing_busy */
export async function checkPassword(
  ports: Ports,
  name: AccountName,
  password: string,
  client: Client,
): Promise<FoundAccount> {
  const { store, hasher, throttle } = ports
  const { network } = client
  // A malformed name may contain NUL, which PostgreSQL cannot store or compare.
  const isValid = 'username' in name ? isUsername(name.username) : isEmail(name.email)
  const found = isValid ? await findForLogin(store, name, network, decoyId(ports, name)) : undefined
  const user = found?.user
  const account = user === undefined ? { name: JSON.stringify(name) } : { id: user.id }
  const attempt: Attempt = { account, network, known: user !== undefined && user.known !== null }
  const limited = noteLimit(ports, client, user?.id)
  await throttle.begin(attempt).catch(limited)

  const matches = await hasher.verify(password, user?.password_hash ?? found?.decoy ?? undefined, network)
  if (
    !matches ||
    user === undefined ||
    isDisabled(user, ports.clock()) ||
    passwordLength(password) > maxPassword_chars
  ) {
    await throttle.fail(attempt).catch(limited)
    await noteFailure(ports, user?.id)
    ports.log.info({ user: user?.id, address: client.ip }, 'login failed')
    throw new Refusal('credentials_mismatch')
  }
  // Concurrent guesses may have reached the limit. Then the answer must not reveal a correct guess.
  await throttle.admit(attempt).catch(limited)
  const { password_hash } = user
  return {
    ...user,
    renewed_hash: hasher.isOutdated(password_hash) ? await hasher.hash(password, network) : password_hash,
  }
}

/** The tried name is not written, because it may be a password that was entered in the wrong field. */
function noteFailure(ports: Ports, id: string | undefined): Promise<void> {
  const fact = { action: 'login.failed', actor: null, subject: id ?? null }
  return ports.store.transaction().execute((trx) => appendFact(trx, ports, fact))
}

/**
 * Returns an id for the name of no account. Checking a password for the name then costs what it costs for the account next to this id:
 * accounts may have imported hashes, whose costs differ. Always the same id, on each node, because the cost of an account does not
 * change either until the next login. Keyed, so that no stranger can choose the account.
 */
function decoyId({ settings }: Ports, name: AccountName): string {
  const hex = createHmac('sha256', settings.LATCHKEY_SECRET).update(JSON.stringify(name)).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}

/** The account has more live tokens than TOKEN_LIMIT_ACCOUNT. The login must also revoke the oldest. */
class TooManyTokens extends Error {
  override name = 'TooManyTokens'
}

/**
 * Records the login and writes the token, in one transaction.
 * @returns false if the account has changed
 * @throws KeyRetired, TooManyTokens
 */
function writeLogin(ports: Ports, user: FoundAccount, token: Prepared, client: Client): Promise<boolean> {
  return ports.store.transaction().execute(async (trx) => {
    if (!(await recordLogin(trx, ports, user, token, client))) return false
    if (await isAboveLimit(trx, ports, token)) throw new TooManyTokens('a token has to be revoked')
    return true
  })
}

/** The same, and ends the tokens above the limit. @throws KeyRetired, Refusal revocation_unconfirmed */
async function writeLoginAndRevoke(
  ports: Ports,
  user: FoundAccount,
  token: Prepared,
  client: Client,
): Promise<boolean> {
  const { written, effective } = await ports.revocation.revoke(async (trx) => {
    if (!(await recordLogin(trx, ports, user, token, client))) return { entries: [], written: false }
    return { entries: await revokeAboveLimit(trx, ports, token), written: true }
  })
  if (written)
    ports.log.info({ user: user.id, ...effective }, 'the oldest tokens were revoked: the account had too many')
  return written
}

async function recordLogin(
  trx: Trx,
  ports: Ports,
  user: FoundAccount,
  token: Prepared,
  { network }: Client,
): Promise<boolean> {
  const { generation } = token.row
  const change = { password_hash: user.renewed_hash, last_login_at: token.now, generation }
  if (!(await markLoggedIn(trx, user, change, token.now))) return false
  await upsertKnownAddress(trx, user.id, network, token.now)
  await writeToken(trx, token)
  await appendFact(trx, ports, { action: 'login', actor: user.id, subject: user.id, details: { token: token.row.jti } })
  return true
}
