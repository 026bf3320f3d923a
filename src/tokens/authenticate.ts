import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import { type Claims, isExpired } from './claims.ts'
import { verifyToken } from './verify.ts'

/**
 * Decides about one protected request: signature, then expiry, then revocation. A token that has been seen before costs
 * no signature, and one whose state is in memory no wait for a database.
 * @throws Refusal token_invalid, token_expired, token_revoked, token_status_unknown
 */
export function authenticate(ports: Ports, text: string): Promise<Claims> {
  const claims = ports.verified.get(text)
  return claims === undefined ? verifyFirst(ports, text) : judge(ports, text, claims)
}

async function verifyFirst(ports: Ports, text: string): Promise<Claims> {
  const { find, drops } = ports.keys
  for (;;) {
    const before = drops()
    const claims = await verifyToken(text, find, ports.settings.ISSUER)
    // A key was revoked meanwhile, perhaps this token's.
    if (drops() !== before) continue
    const judged = await judge(ports, text, claims)
    if (drops() === before) ports.verified.set(text, claims)
    return judged
  }
}

/** A chain rather than `await`, for its cost is every request's. */
function judge(ports: Ports, text: string, claims: Claims): Promise<Claims> {
  const now = ports.clock()
  if (isExpired(claims, now)) throw new Refusal('token_expired')
  const before = ports.keys.drops()
  return ports.revocation.check(claims.jti, claims.exp * 1000).then(
    (verdict) => {
      ports.unknownTokens.end()
      if (ports.keys.drops() !== before) return verifyFirst(ports, text)
      if (verdict === 'revoked') throw new Refusal('token_revoked')
      ports.usage.touch(claims.jti, now)
      return claims
    },
    (error: Error) => {
      ports.unknownTokens.meet({ why: error.message })
      throw new Refusal('token_status_unknown')
    },
  )
}
