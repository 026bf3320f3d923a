import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import type { Claims } from '../tokens/claims.ts'
import { isExpired } from '../tokens/claims.ts'
import { revokeToken, revokeWithoutRow } from '../tokens/revoke.ts'
import { verifyToken } from '../tokens/verify.ts'

/**
 * Ends a token for its holder (RFC 7009). When the promise resolves, no node and no verifier accepts the token: also if
 * another request has ended the token a moment before, because the answer to that request may not have been sent yet.
 * @throws Refusal revocation_unconfirmed, token_status_unknown
 */
export async function revokeForHolder(ports: Ports, token: string): Promise<void> {
  const claims = await readToken(ports, token)
  if (claims === undefined || isExpired(claims, ports.clock())) return
  const { jti, sub } = claims
  const reason = 'revoked by its holder'
  try {
    await revokeToken(ports, { jti, user_id: sub }, reason)
  } catch (error) {
    if (!(error instanceof Refusal && error.code === 'token_not_found')) throw error
    // The token's row may be missing, as after a restore. Then an entry alone ends the token.
    if (!(await isLive(ports, claims))) return
    await revokeWithoutRow(ports, claims, reason)
  }
}

/** @returns undefined for a text that is no token of this server */
async function readToken({ verification }: Ports, token: string): Promise<Claims | undefined> {
  try {
    return await verifyToken(token, verification.findKey, verification.expected)
  } catch (error) {
    if (error instanceof Refusal && error.code === 'token_invalid') return undefined
    throw error
  }
}

async function isLive({ revocation }: Ports, claims: Claims): Promise<boolean> {
  const verdict = await revocation.check(claims).catch((error: Error) => {
    throw new Refusal('token_status_unknown', { why: error.message })
  })
  return verdict === 'live'
}
