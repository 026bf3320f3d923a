import { maxPassword_chars, passwordLength } from '../credentials/password.ts'
import type { Attempt } from '../credentials/throttle.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import type { Client } from '../tokens/client.ts'
import { type Issued, issueToken, type Prepared, writeToken } from '../tokens/issue.ts'
import { isUsername } from './names.ts'
import { type AccountName, findForLogin, markLoggedIn, upsertKnownAddress } from './records.ts'

/** An attempt fails only if the account changes at the same moment. */
const maxAttempts = 5

/**
 * Issues a token to a client that knows the password. A wrong name, a wrong password and a disabled account get the
 * same answer after the same work.
 * @throws Refusal credentials_mismatch, too_many_failures, hashing_busy, logins_unavailable
 */
export async function logIn(ports: Ports, name: AccountName, password: string, client: Client): Promise<Issued> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const user = await checkPassword(ports, name, password, client)
    const { password_hash } = user
    const renewed = ports.hasher.isOutdated(password_hash) ? await ports.hasher.hash(password) : password_hash
    const { token, written } = await issueToken(ports, { id: user.id, admin: user.admin === 1 }, client, (token) =>
      writeLogin(ports, user, renewed, token, client),
    )
    if (written) return token
  }
  throw new Refusal('logins_unavailable', { why: 'the account changed during every attempt' })
}

type FoundAccount = NonNullable<Awaited<ReturnType<typeof findForLogin>>>

/** Finds the account and checks its password. @throws Refusal credentials_mismatch, too_many_failures, hashing_busy */
async function checkPassword(ports: Ports, name: AccountName, password: string, client: Client): Promise<FoundAccount> {
  const { store, hasher, throttle } = ports
  const { network } = client
  // A malformed username may contain NUL, which PostgreSQL cannot store or compare.
  const isValid = !('username' in name) || isUsername(name.username)
  const user = isValid ? await findForLogin(store, name, network) : undefined
  const account = user === undefined ? { name: JSON.stringify(name) } : { id: user.id }
  const attempt: Attempt = { account, network, known: user !== undefined && user.known !== null }
  await throttle.admit(attempt)

  const matches = await hasher.verify(password, user?.password_hash)
  if (!matches || user === undefined || user.disabled_at !== null || passwordLength(password) > maxPassword_chars) {
    await throttle.fail(attempt)
    ports.log.info({ user: user?.id, address: client.ip }, 'login failed')
    throw new Refusal('credentials_mismatch')
  }
  // Concurrent guesses may have reached the limit. Then the answer must not reveal a correct guess.
  await throttle.admit(attempt)
  return user
}

/**
 * Records the login and writes the token, in one transaction.
 * @returns false if the account has changed
 */
function writeLogin(
  { store }: Ports,
  user: FoundAccount,
  password_hash: string,
  token: Prepared,
  { network }: Client,
): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    if (!(await markLoggedIn(trx, user, { password_hash, last_login_at: token.now }))) return false
    await upsertKnownAddress(trx, user.id, network, token.now)
    await writeToken(trx, token)
    return true
  })
}
