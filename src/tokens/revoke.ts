import type { Ports } from '../ports.ts'
import { Refusal, type RefusalCode } from '../refusal.ts'
import type { Receipt } from '../revocation/revocation.ts'
import { isUuid } from './claims.ts'
import { markAllRevoked } from './records.ts'

/**
 * Ends one token.
 * @param token `user_id`: whose token it must be; without it, anybody's
 * @param refusal what it means if the token is unknown, somebody else's, or dead already
 * @throws Refusal with that code
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

/** Ends every token that the user holds now. */
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

/** Without those that had expired and were ended for the sake of slower clocks. */
export function countLive(entries: readonly { expires_at: number }[], now: number): number {
  return entries.filter(({ expires_at }) => expires_at > now).length
}
