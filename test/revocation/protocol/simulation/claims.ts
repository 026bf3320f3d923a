import type { TokenClaims } from '../../../../src/revocation/entry.ts'

/** Expiries of tokens, in seconds since 1970. No schedule lasts so long, but a horizon may reach them. */
const expiries_s = [2_000_000_000, 2_000_000_060, 2_000_003_600] as const

/** The claims of a token. Its expiry depends on the number in its id. */
export function claimsOf(jti: string): TokenClaims {
  const number = Number(jti.replace(/\D+/, ''))
  return { jti, sub: 'a user', gen: 0, exp: expiries_s[number % expiries_s.length] as number }
}

/** A token that no horizon reaches, and that is never revoked. */
export const untouched: TokenClaims = { jti: 'untouched', sub: 'a user', gen: 0, exp: 3_000_000_000 }
