import type { Ports } from '../ports.ts'
import { Refusal, type RefusalCode } from '../refusal.ts'
import type { Receipt } from '../revocation/revocation.ts'
import { isUuid } from './claims.ts'
import { markAllRevoked } from './records.ts'

/**
 * Ends one token.
 * @param token `user_id`: the user who must own the token; without `user_id`, any user's token
 * @param refusal the code if the token is unknown, another user's, or no longer live
 * @throws Refusal with this code, or revocation_unconfirmed
 */
export async function revokeToken(
  ports: Ports,
  token: { jti: string; user_id?: string },
  reason: string,
  refusal: RefusalCode = 'token_not_found',
): Promise<Receipt> {
  if (!isUuid(token.jti)) throw new Refusal(refusal)
  const receipt = await ports.revocation.revokeToken(token, reason, ports.clock())
  if (receipt === undefined) throw new Refusal(refusal)
  ports.log.info({ token: token.jti, reason, ...receipt.effective }, 'token revoked')
  return receipt
}

/** Ends every token of a user. @returns the number of tokens that were ended. @throws Refusal revocation_unconfirmed */
export async function revokeAllTokens(
  ports: Ports,
  userId: string,
  reason: string,
): Promise<Receipt & { tokens: number }> {
  const now = ports.clock()
  const { entries, ...receipt } = await ports.revocation.revoke(async (trx) => ({
    entries: await markAllRevoked(trx, userId, {}, reason, now),
  }))
  ports.log.info({ user: userId, reason, tokens: countLive(entries, now), ...receipt.effective }, 'all tokens revoked')
  return { tokens: countLive(entries, now), ...receipt }
}

/** Counts the tokens that were live. A revocation also ends expired tokens, in case other clocks are slow. */
export function countLive(entries: readonly { expires_at: number }[], now: number): number {
  return entries.filter(({ expires_at }) => expires_at > now).length
}
