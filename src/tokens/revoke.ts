import type { Ports } from '../ports.ts'
import { Refusal, type RefusalCode } from '../refusal.ts'
import { isUuid } from './claims.ts'
import { markAllRevoked, markTokenRevoked } from './records.ts'

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
): Promise<void> {
  if (!isUuid(token.jti)) throw new Refusal(refusal)
  await ports.revocation.revoke(async (trx) => {
    const entry = await markTokenRevoked(trx, token, reason, ports.clock())
    if (entry === undefined) throw new Refusal(refusal)
    return { entries: [entry] }
  })
  ports.log.info({ token: token.jti, reason }, 'token revoked')
}

/** Ends every token that the user holds now; returns how many. */
export async function revokeAllTokens(ports: Ports, userId: string, reason: string): Promise<number> {
  const now = ports.clock()
  const { entries } = await ports.revocation.revoke(async (trx) => ({
    entries: await markAllRevoked(trx, userId, {}, reason, now),
  }))
  ports.log.info({ user: userId, reason, tokens: entries.length }, 'all tokens revoked')
  return entries.length
}
