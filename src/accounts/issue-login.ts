import { appendFact, noteReceipt } from '../audit/append.ts'
import type { Proof } from '../credentials/code.ts'
import { needsFactor } from '../credentials/factor.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import type { Trx } from '../store/schema.ts'
import { factorScope } from '../tokens/claims.ts'
import type { Client } from '../tokens/client.ts'
import { type Issued, KeyRetired, type Prepared, prepareToken, writeToken } from '../tokens/issue.ts'
import { isAboveLimit, revokeAboveLimit } from '../tokens/limit.ts'
import { notifyOwner, tellRecoveryCode } from './notices.ts'
import { insertKnownAddress, markLoggedIn, upsertKnownAddress } from './records.ts'

/** An attempt fails only if the account or the signing key changes at the same moment. */
const maxAttempts = 5

/** An account as it was when the login was checked. */
export interface LoginAccount {
  id: string
  password_hash: string
  /** The password's hash by today's parameters, if the stored hash is outdated. Otherwise the stored hash. */
  renewed_hash: string
  admin: 0 | 1
  generation: number
  factors: string
  email: string
  email_verified_at: number | null
  /** The account's last login from this network. Null: none. */
  known: number | null
}

/** What a login was proved with. */
export interface LoginProof {
  /** Checks the login again, after the account has changed at the same moment. @throws Refusal */
  again: () => Promise<LoginAccount>
  /** The second factor. Undefined: the account has none. */
  by?: Proof['by']
  /** Uses up what the login was proved with, in the transaction of the login. @throws Refusal if another login has used it */
  spend?: (trx: Trx) => Promise<void>
}

/**
 * Issues the token of a login that was checked, in one transaction with what the login uses up. If the account then has more live
 * tokens than TOKEN_LIMIT_ACCOUNT, the oldest ends.
 * @throws Refusal logins_unavailable, revocation_unconfirmed; and what `proof` throws
 */
export async function issueLogin(
  ports: Ports,
  checked: LoginAccount,
  client: Client,
  proof: LoginProof,
): Promise<Issued> {
  let user = checked
  let write = writeLogin
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    // After a restore the log may know a higher generation than the user's row.
    const generation = Math.max(user.generation, ports.revocation.generation(user.id))
    const token = await prepareToken(ports, { ...rightsOf(ports, user), id: user.id, generation }, client)
    try {
      if (await write(ports, { user, token, client, proof })) {
        const { jti } = token.row
        ports.log.info(
          { user: user.id, token: jti, ...(proof.by && { factor: proof.by }), address: client.ip },
          'logged in',
        )
        ports.streams.tokenMade(user.id)
        return token
      }
      user = await proof.again()
    } catch (error) {
      if (error instanceof TooManyTokens) write = writeLoginAndRevoke
      else if (error instanceof KeyRetired) await ports.keys.reload()
      else throw error
    }
  }
  throw new Refusal('logins_unavailable', { why: 'the account or the signing key changed during every attempt' })
}

/** @throws Refusal address_not_verified if EMAIL_VERIFICATION is `required` and the address is not verified */
export function requireVerified(
  { settings }: Ports,
  { email_verified_at }: Pick<LoginAccount, 'email_verified_at'>,
): void {
  if (settings.EMAIL_VERIFICATION === 'required' && email_verified_at === null) {
    throw new Refusal('address_not_verified')
  }
}

/** What a login's token may do. */
export function rightsOf({ settings }: Ports, { admin, factors }: Pick<LoginAccount, 'admin' | 'factors'>) {
  return factors === '' && needsFactor(settings, { admin })
    ? { admin: false, scope: factorScope }
    : { admin: admin === 1 }
}

/** The account has more live tokens than TOKEN_LIMIT_ACCOUNT. The login must also revoke the oldest. */
class TooManyTokens extends Error {
  override name = 'TooManyTokens'
}

interface Login {
  user: LoginAccount
  token: Prepared
  client: Client
  proof: LoginProof
}

/**
 * Records the login and writes the token, in one transaction.
 * @returns false if the account has changed
 * @throws KeyRetired, TooManyTokens
 */
function writeLogin(ports: Ports, login: Login): Promise<boolean> {
  return ports.store.transaction().execute(async (trx) => {
    if (!(await recordLogin(trx, ports, login))) return false
    if (await isAboveLimit(trx, ports, login.token)) throw new TooManyTokens('a token has to be revoked')
    return true
  })
}

/** The same, and ends the tokens above the limit. @throws KeyRetired, Refusal revocation_unconfirmed */
async function writeLoginAndRevoke(ports: Ports, login: Login): Promise<boolean> {
  const { written, effective } = await ports.revocation.revoke(async (trx) => {
    if (!(await recordLogin(trx, ports, login))) return { entries: [], written: false }
    return { entries: await revokeAboveLimit(trx, ports, login.token), written: true }
  })
  if (written) {
    noteReceipt(ports, { subject: login.user.id }, effective)
    ports.log.info({ user: login.user.id, ...effective }, 'the oldest tokens were revoked: the account had too many')
  }
  return written
}

async function recordLogin(trx: Trx, ports: Ports, { user, token, client, proof }: Login): Promise<boolean> {
  const { generation } = token.row
  const change = { password_hash: user.renewed_hash, last_login_at: token.now, generation }
  if (!(await markLoggedIn(trx, user, change, token.now))) return false
  await proof.spend?.(trx)
  const isNew = user.known === null && (await insertKnownAddress(trx, user.id, client.network, token.now))
  if (!isNew) await upsertKnownAddress(trx, user.id, client.network, token.now)
  else if (ports.settings.NEW_LOGIN_MAIL === 'on')
    await notifyOwner(trx, ports, { kind: 'new-login', to: user, client })
  if (proof.by === 'recovery code') await tellRecoveryCode(trx, ports, user, client)
  await writeToken(trx, token)
  const details = { token: token.row.jti, ...(proof.by && { factor: proof.by }) }
  await appendFact(trx, ports, { action: 'login', actor: user.id, subject: user.id, details })
  return true
}
