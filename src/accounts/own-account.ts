import { appendFact, noteReceipt } from '../audit/append.ts'
import { refuseWeakPassword } from '../credentials/blocklist.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import type { Claims } from '../tokens/claims.ts'
import type { Client } from '../tokens/client.ts'
import { type Issued, KeyRetired, prepareToken, writeToken } from '../tokens/issue.ts'
import { markAllRevoked } from '../tokens/records.ts'
import { ownerToRevoke } from '../tokens/revoke.ts'
import { deleteUser } from './change-account.ts'
import { type Freshness, requireFresh, requirePasswordAndFactor } from './fresh.ts'
import { rightsOf } from './issue-login.ts'
import { passwordChanged } from './notices.ts'
import { markLoggedIn } from './records.ts'

/** An attempt fails only if the signing key is retired, or the account changes, at the same moment. */
const maxAttempts = 5

/** The account's generation is not the one that the token was prepared for. `generation` is. */
class OtherGeneration extends Error {
  override name = 'OtherGeneration'
  readonly generation: number

  constructor(generation: number) {
    super('the account has another generation')
    this.generation = generation
  }
}

/**
 * Sets the password of the caller's account, ends every token of the account, and issues a new one, in one transaction.
 * @param claims of the token that the request was made with
 * @param given `code` or `credential` is needed once a second factor is in force
 * @throws Refusal credentials_mismatch if the account changes at the same moment; input_invalid if `next` is weak; as
 *   `requirePasswordAndFactor`
 */
export async function changeOwnPassword(
  ports: Ports,
  claims: Claims,
  { current, next, ...given }: Omit<Freshness, 'password'> & { current: string; next: string },
  client: Client,
): Promise<Issued> {
  const { account, spend } = await requirePasswordAndFactor(ports, claims, { ...given, password: current }, client)
  await refuseWeakPassword(ports.settings, { new_password: next }, account)
  const password_hash = await ports.hasher.hash(next, client.network)
  const owner = ownerToRevoke(ports, account.id, claims)
  let generation = Math.max(account.generation, claims.gen, ports.revocation.generation(account.id)) + 1
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const token = await prepareToken(ports, { ...rightsOf(ports, account), id: account.id, generation }, client)
    try {
      const { tokens, effective } = await ports.revocation.revoke(async (trx) => {
        if (!(await markLoggedIn(trx, account, { last_login_at: token.now }, token.now)))
          throw new Refusal('credentials_mismatch')
        await spend(trx)
        const ended = await markAllRevoked(trx, owner, { password_hash }, token.now)
        const [entry] = ended.entries
        if (entry?.below_generation !== generation) throw new OtherGeneration(entry?.below_generation ?? generation)
        await writeToken(trx, token)
        await passwordChanged(ports, account, client)(trx)
        const details = { tokens: ended.tokens, token: token.row.jti }
        await appendFact(trx, ports, { action: 'password.changed', subject: account.id, details })
        return ended
      })
      noteReceipt(ports, { subject: account.id }, effective)
      ports.log.info(
        {
          user: account.id,
          reason: 'password changed',
          tokens,
          ...effective,
          token: token.row.jti,
          address: client.ip,
        },
        'account changed, tokens revoked',
      )
      return token
    } catch (error) {
      if (error instanceof OtherGeneration) generation = error.generation
      else if (error instanceof KeyRetired) await ports.keys.reload()
      else throw error
    }
  }
  throw new Refusal('logins_unavailable', { why: 'the account or the signing key changed during every attempt' })
}

/** Deletes the caller's account for ever. @throws Refusal revocation_unconfirmed; as `requireFresh` */
export async function deleteOwnAccount(ports: Ports, claims: Claims, given: Freshness, client: Client): Promise<void> {
  const { id, hold } = await requireFresh(ports, claims, given, client)
  await deleteUser(ports, id, hold)
}
