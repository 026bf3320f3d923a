import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import type { Client } from '../tokens/client.ts'
import { type Issued, issueToken } from '../tokens/issue.ts'
import { isUsername } from './names.ts'
import { networkOf } from './network.ts'
import { maxPassword_chars, passwordLength } from './password.ts'
import { type AccountName, findForLogin, markLoggedIn, upsertKnownAddress } from './records.ts'
import type { Attempt } from './throttle.ts'

/**
 * Issues a token to whoever knows the password. A wrong name costs the same hash as a wrong password and gets the same
 * answer; so does an account that is disabled.
 * @throws Refusal credentials_mismatch, too_many_failures, hashing_busy
 */
export async function logIn(ports: Ports, name: AccountName, password: string, client: Client): Promise<Issued> {
  const { store, hasher, throttle } = ports
  const network = networkOf(client.ip)
  // A username that nobody can have may hold what PostgreSQL has no text for (NUL).
  const possible = !('username' in name) || isUsername(name.username)
  const user = possible ? await findForLogin(store, name, network) : undefined
  const account = user === undefined ? { name: JSON.stringify(name) } : { id: user.id }
  const attempt: Attempt = { account, network, known: user !== undefined && user.known !== null }
  await throttle.admit(attempt)

  const matches = await hasher.verify(password, user?.password_hash)
  if (!matches || user === undefined || user.disabled_at !== null || passwordLength(password) > maxPassword_chars) {
    await throttle.fail(attempt)
    ports.log.info({ user: user?.id, address: client.ip }, 'login failed')
    throw new Refusal('credentials_mismatch')
  }
  // Guesses that ran beside this one may have used up the limit: then it must not tell that it was right.
  await throttle.admit(attempt)

  const renewed = hasher.isOutdated(user.password_hash) ? await hasher.hash(password) : user.password_hash
  const issued = await issueToken(ports, { id: user.id, admin: user.admin === 1 }, client, async (trx, now) => {
    if (!(await markLoggedIn(trx, user, { password_hash: renewed, last_login_at: now }))) return false
    await upsertKnownAddress(trx, user.id, network, now)
    return true
  })
  if (issued !== undefined) return issued
  // The account changed while we were hashing (a promotion, another password): judge it as it is now.
  return logIn(ports, name, password, client)
}
