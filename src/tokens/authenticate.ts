import type { VerificationKey } from '../keys/keyring.ts'
import type { Remembered } from '../keys/remembered.ts'
import { Refusal } from '../refusal.ts'
import type { Verdict } from '../revocation/entry.ts'
import { type Claims, type Expected, isEarly, isExpired } from './claims.ts'
import { verifyToken } from './verify.ts'

/** What it takes to decide about a token. */
export interface Verification {
  expected: Expected
  findKey: (kid: string) => Promise<VerificationKey | undefined>
  /** @throws Error if the token's state is unknown */
  check: (claims: Claims) => Promise<Verdict>
  remembered: Remembered<Claims>
  /** Milliseconds since 1970. */
  clock: () => number
  /** How far the clock may differ from the clock of the issuer. Default: 0. */
  tolerance_ms?: number
  /** Called for each accepted token. */
  onUse: (jti: string, now: number) => void
  /** Told whether the state of tokens could be found out. */
  unknownState: { occurred: (fields: { why: string }) => void; resolved: () => void }
}

/**
 * Decides about one protected request: signature and claims, then expiry, then revocation. A token that was seen before needs no
 * signature check. A token whose state is in memory needs no database.
 * @returns rejects with Refusal token_invalid, token_expired, token_revoked or token_status_unknown. Never throws by itself
 */
export function authenticate(verification: Verification, token: string): Promise<Claims> {
  const { remembered } = verification
  const generation = remembered.generation()
  const claims = remembered.get(token)
  if (claims === undefined) return verifyFirst(verification, token, maxAttempts)
  return judge(verification, token, claims, generation, maxAttempts)
}

/** An attempt fails only if a key is removed at the same moment. */
const maxAttempts = 10

async function verifyFirst(verification: Verification, token: string, attempts: number): Promise<Claims> {
  if (attempts === 0) {
    throw new Refusal('token_status_unknown', { why: 'keys are removed faster than a token can be verified' })
  }
  const { remembered, findKey, expected } = verification
  const generation = remembered.generation()
  const claims = await verifyToken(token, findKey, expected)
  const judged = await judge(verification, token, claims, generation, attempts)
  remembered.set(token, claims, generation)
  return judged
}

/**
 * Judges what the signature has proven. A chain of promises instead of `await`, because every request pays for it.
 * @param generation read before the signature was verified: a key that has gone since may be this token's
 */
function judge(
  verification: Verification,
  token: string,
  claims: Claims,
  generation: number,
  attempts: number,
): Promise<Claims> {
  const { remembered, unknownState, clock, tolerance_ms = 0 } = verification
  const now = clock()
  if (isEarly(claims, now + tolerance_ms)) {
    return Promise.reject(new Refusal('token_invalid', { why: 'nbf lies in the future' }))
  }
  if (isExpired(claims, now - tolerance_ms)) return Promise.reject(new Refusal('token_expired'))
  return verification.check(claims).then(
    (verdict) => {
      unknownState.resolved()
      if (remembered.generation() !== generation) return verifyFirst(verification, token, attempts - 1)
      if (verdict === 'revoked') throw new Refusal('token_revoked')
      verification.onUse(claims.jti, now)
      return claims
    },
    (cause: Error) => {
      unknownState.occurred({ why: cause.message })
      throw new Refusal('token_status_unknown', { cause })
    },
  )
}
