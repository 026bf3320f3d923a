import { appendFact, factOf, noteReceipt } from '../audit/append.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import type { Receipt } from '../revocation/revocation.ts'
import { type Claims, isUuid } from './claims.ts'
import { markAllRevoked, type RevokedOwner } from './records.ts'

/**
 * Ends one token.
 * @param token `user_id`: the user who must own the token; without `user_id`, any user's token
 * @throws Refusal token_not_found if the token is unknown, another user's, or no longer live; revocation_unconfirmed
 */
export async function revokeToken(
  ports: Ports,
  token: { jti: string; user_id?: string },
  reason: string,
): Promise<Receipt> {
  const details = { token: token.jti, reason }
  const fact = factOf(ports, { action: 'token.revoked', subject: null, details })
  const receipt = isUuid(token.jti) ? await ports.revocation.revokeToken(token, reason, ports.clock(), fact) : undefined
  if (receipt === undefined) throw new Refusal('token_not_found')
  noteReceipt(ports, { subject: token.user_id ?? null, details: { token: token.jti } }, receipt.effective)
  ports.log.info({ token: token.jti, reason, ...receipt.effective }, 'token revoked')
  return receipt
}

/** Ends a token whose row is missing, as after a restore. An entry in the log is enough. @throws Refusal revocation_unconfirmed */
export async function revokeWithoutRow(ports: Ports, { jti, sub, exp }: Claims, reason: string): Promise<void> {
  await ports.revocation.revoke(async (trx) => {
    await appendFact(trx, ports, { action: 'token.revoked', subject: sub, details: { token: jti, reason } })
    return { entries: [{ jti, expires_at: exp * 1000 }] }
  })
}

/**
 * Ends the token that a request was made with.
 * @throws Refusal token_revoked if another request was first, revocation_unconfirmed
 */
export async function logOut(ports: Ports, { jti, sub, exp }: Claims): Promise<Receipt> {
  try {
    return await revokeToken(ports, { jti, user_id: sub }, 'logged out')
  } catch (error) {
    if (!(error instanceof Refusal && error.code === 'token_not_found')) throw error
    // The token's row may be missing, as after a restore. The answer says that the token is revoked, so an entry makes it so.
    await ports.revocation.revoke(async () => ({ entries: [{ jti, expires_at: exp * 1000 }] }))
    throw new Refusal('token_revoked')
  }
}

/** A user or a service whose tokens are to be ended. `known`: the claims of one of the tokens, if there are any. */
export function ownerToRevoke({ settings, clock }: Ports, id: string, known?: Claims): RevokedOwner {
  const { gen = 0, exp = 0 } = known ?? {}
  // A new token lives at most twice as long as the setting says.
  return { id, gen, expires_at: Math.max(exp * 1000, clock() + 2 * settings.TOKEN_TTL_SECONDS * 1000) }
}

/**
 * Ends every token of a user or of a service.
 * @param known the claims of one of the tokens, if the user has asked with it
 * @returns the number of tokens that were live
 * @throws Refusal revocation_unconfirmed
 */
export async function revokeAllTokens(
  ports: Ports,
  ownerId: string,
  reason: string,
  known?: Claims,
): Promise<Receipt & { tokens: number }> {
  const owner = ownerToRevoke(ports, ownerId, known)
  const { tokens, effective } = await ports.revocation.revoke(async (trx) => {
    const ended = await markAllRevoked(trx, owner, {}, ports.clock())
    await appendFact(trx, ports, {
      action: 'tokens.revoked',
      subject: ownerId,
      details: { tokens: ended.tokens, reason },
    })
    return ended
  })
  noteReceipt(ports, { subject: ownerId }, effective)
  ports.log.info({ owner: ownerId, reason, tokens, ...effective }, 'all tokens revoked')
  return { tokens, ...(effective && { effective }) }
}
