/** The claims of a verified token (RFC 7519 §4, RFC 9068 §2.2). */
export interface Claims {
  /** The user's `public_id`. */
  sub: string
  admin: boolean
  /** The token's id under `/tokens`, a UUID. */
  jti: string
  /** Seconds since 1970. */
  iat: number
  /** Seconds since 1970. The token is expired from this instant on. */
  exp: number
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Whether the value is a UUID as Latchkey writes it (RFC 9562 §4, lower case, versions 1 to 8). */
export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && uuid.test(value)
}

/** Reads the claims of a verified payload. @returns undefined if a claim is missing or wrong */
export function readClaims(payload: unknown, issuer: string): Claims | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined
  const { iss, sub, admin, jti, iat, exp } = payload as Record<string, unknown>
  if (iss !== issuer || !isUuid(sub) || typeof admin !== 'boolean' || !isUuid(jti)) return undefined
  if (!Number.isSafeInteger(iat) || !Number.isSafeInteger(exp)) return undefined
  return { sub, admin, jti, iat: iat as number, exp: exp as number }
}

/** Whether the token has expired (RFC 7519 §4.1.4: on or after `exp`). @param now milliseconds since 1970 */
export function isExpired(claims: Claims, now: number): boolean {
  return now >= claims.exp * 1000
}

/** Returns the time until `exp` as `HH:MM:SS`. Hours may have more digits. @param now milliseconds since 1970 */
export function timeLeft(claims: Claims, now: number): string {
  const left_s = Math.max(0, Math.ceil(claims.exp - now / 1000))
  return `${twoDigits(Math.floor(left_s / 3600))}:${twoDigits(Math.floor(left_s / 60) % 60)}:${twoDigits(left_s % 60)}`
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value)
}
