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
import { notifyOwner } from './notices.ts'
import { findForLogin, insertKnownAddress, markLoggedIn, upsertKnownAddress } from './records.ts'

/** An attempt fails only if the account or the signing key changes at the same moment. */
const maxAttempts = 5

/**
 * Issues a token to a client that knows the password. A wrong name, a wrong password and a disabled account get the
 * same answer after the same work. If the account then has more live tokens than TOKEN_LIMIT_ACCOUNT, the oldest ends.
 * @throws Refusal credentials_mismatch, address_not_verified, too_many_failures, too_many_logins, too_many_from_address,
 *   hashing_busy, logins_unavailable, revocation_unconfirmed
 */
export async function logIn(ports: Ports, name: AccountName, password: string, client: Client): Promise<Issued> {
  let user = await checkPassword(ports, name, password, client)
  if (ports.settings.EMAIL_VERIFICATION === 'required' && user.email_verified_at === null) {
    throw new Refusal('address_not_verified')
  }
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
type FoundAccount = NonNullable<Awaited<ReturnType<typeof findForLogin>>> & { renewed_hash: string }

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
  const user = isValid ? await findForLogin(store, name, network) : undefined
  const account = user === undefined ? { name: JSON.stringify(name) } : { id: user.id }
  const attempt: Attempt = { account, network, known: user !== undefined && user.known !== null }
  const limited = noteLimit(ports, client, user?.id)
  await throttle.begin(attempt).catch(limited)

  const matches = await hasher.verify(password, user?.password_hash, network)
  if (!matches || user === undefined || user.disabled_at !== null || passwordLength(password) > maxPassword_chars) {
    await throttle.fail(attempt).catch(limited)
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
    if (!(await recordLogin(trx, ports, { user, token, client }))) return false
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
    if (!(await recordLogin(trx, ports, { user, token, client }))) return { entries: [], written: false }
    return { entries: await revokeAboveLimit(trx, ports, token), written: true }
  })
  if (written)
    ports.log.info({ user: user.id, ...effective }, 'the oldest tokens were revoked: the account had too many')
  return written
}

async function recordLogin(
  trx: Trx,
  ports: Ports,
  { user, token, client }: { user: FoundAccount; token: Prepared; client: Client },
): Promise<boolean> {
  const { generation } = token.row
  const change = { password_hash: user.renewed_hash, last_login_at: token.now, generation }
  if (!(await markLoggedIn(trx, user, change))) return false
  const isNew = user.known === null && (await insertKnownAddress(trx, user.id, client.network, token.now))
  if (!isNew) await upsertKnownAddress(trx, user.id, client.network, token.now)
  else if (ports.settings.NEW_LOGIN_MAIL === 'on') {
    await notifyOwner(trx, ports, { kind: 'new-login', to: user, client })
  }
  await writeToken(trx, token)
  return true
}
