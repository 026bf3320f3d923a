import { refuseWeakPassword } from '../credentials/blocklist.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import type { Claims } from '../tokens/claims.ts'
import type { Client } from '../tokens/client.ts'
import { type Issued, KeyRetired, prepareToken, writeToken } from '../tokens/issue.ts'
import { noteLimit } from '../tokens/note-limit.ts'
import { markAllRevoked } from '../tokens/records.ts'
import { ownerToRevoke } from '../tokens/revoke.ts'
import { deleteUser } from './change-account.ts'
import { describeUser } from './describe-user.ts'
import { checkPassword } from './login.ts'
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
 * @throws Refusal credentials_mismatch if `current` is wrong, which counts as a failed login, or if the account changes at the
 *   same moment; input_invalid if `next` is weak; as `logIn` otherwise
 */
export async function changeOwnPassword(
  ports: Ports,
  claims: Claims,
  { current, next }: { current: string; next: string },
  client: Client,
): Promise<Issued> {
  const account = await checkCaller(ports, claims, current, client)
  await refuseWeakPassword(ports.settings, { new_password: next }, account)
  const password_hash = await ports.hasher.hash(next, client.network)
  const owner = ownerToRevoke(ports, account.id, claims)
  let generation = Math.max(account.generation, claims.gen, ports.revocation.generation(account.id)) + 1
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const token = await prepareToken(ports, { id: account.id, admin: account.admin === 1, generation }, client)
    try {
      const { tokens, effective } = await ports.revocation.revoke(async (trx) => {
        if (!(await markLoggedIn(trx, account, { last_login_at: token.now }))) throw new Refusal('credentials_mismatch')
        const ended = await markAllRevoked(trx, owner, { password_hash }, token.now)
        const [entry] = ended.entries
        if (entry?.below_generation !== generation) throw new OtherGeneration(entry?.below_generation ?? generation)
        await writeToken(trx, token)
        await passwordChanged(ports, account, client)(trx)
        return ended
      })
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

/** Deletes the caller's account for ever. @throws Refusal credentials_mismatch, revocation_unconfirmed; as `logIn` otherwise */
export async function deleteOwnAccount(ports: Ports, claims: Claims, password: string, client: Client): Promise<void> {
  await deleteUser(ports, (await checkCaller(ports, claims, password, client)).id)
}

/** Checks the password of the caller's account as a login does, with the same limits. @throws as `logIn` */
export async function checkCaller(ports: Ports, { sub, client_id }: Claims, password: string, client: Client) {
  if (client_id === sub) throw new Refusal('not_a_user')
  const { email } = await describeUser(ports, sub)
  const account = await checkPassword(ports, { email }, password, client)
  await ports.throttle.succeed(account.id, client.network).catch(noteLimit(ports, client, account.id))
  return account
}
