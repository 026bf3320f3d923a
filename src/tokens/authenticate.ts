import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import { type Claims, isExpired } from './claims.ts'
import { verifyToken } from './verify.ts'

/**
 * Decides about one protected request: signature, then expiry, then revocation. A token that has been seen before costs
 * no signature, and one whose state is in memory no wait for a database.
 * @throws Refusal token_invalid, token_expired, token_revoked, token_status_unknown
 */
export function authenticate(ports: Ports, text: string): Claims | Promise<Claims> {
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

function judge(ports: Ports, text: string, claims: Claims): Claims | Promise<Claims> {
  const now = ports.clock()
  if (isExpired(claims, now)) throw new Refusal('token_expired')
  const verdict = ports.revocation.check(claims.jti, claims.exp * 1000)
  return typeof verdict === 'string' ? accept(ports, claims, verdict, now) : ask(ports, text, claims, verdict, now)
}

function ask(
  ports: Ports,
  text: string,
  claims: Claims,
  asked: Promise<'live' | 'revoked'>,
  now: number,
): Promise<Claims> {
  const before = ports.keys.drops()
  return asked.then(
    (verdict) => {
      ports.unknownTokens.end()
      return ports.keys.drops() === before ? accept(ports, claims, verdict, now) : verifyFirst(ports, text)
    },
    (error: Error) => {
      ports.unknownTokens.meet({ why: error.message })
      throw new Refusal('token_status_unknown')
    },
  )
}

function accept(ports: Ports, claims: Claims, verdict: 'live' | 'revoked', now: number): Claims {
  if (verdict === 'revoked') throw new Refusal('token_revoked')
  ports.usage.touch(claims.jti, now)
  return claims
}
