/** What a token says (RFC 7519 §4, RFC 9068 §2.2), once its signature has been verified. */
export interface Claims {
  /** The user's `public_id`. */
  sub: string
  admin: boolean
  /** The token's id under `/tokens`, a UUID. */
  jti: string
  /** Seconds since 1970. */
  iat: number
  /** Seconds since 1970; the token is dead from this instant on. */
  exp: number
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** A UUID in the one spelling that Latchkey writes (RFC 9562 §4, lower case, versions 1 to 8). */
export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && uuid.test(value)
}

/** The claims in a verified payload; undefined where one is missing, mistyped or foreign. */
export function readClaims(payload: unknown, issuer: string): Claims | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined
  const { iss, sub, admin, jti, iat, exp } = payload as Record<string, unknown>
  if (iss !== issuer || !isUuid(sub) || typeof admin !== 'boolean' || !isUuid(jti)) return undefined
  if (!Number.isSafeInteger(iat) || !Number.isSafeInteger(exp)) return undefined
  return { sub, admin, jti, iat: iat as number, exp: exp as number }
}

/** Whether the token's time is over (RFC 7519 §4.1.4: on or after `exp`); `now` in milliseconds. */
export function isExpired(claims: Claims, now: number): boolean {
  return now >= claims.exp * 1000
}

/** Time until `exp` as hours, minutes and seconds of two digits each, hours more when they need it; `now` in milliseconds. */
export function timeLeft(claims: Claims, now: number): string {
  const left_s = Math.max(0, Math.ceil(claims.exp - now / 1000))
  return `${twoDigits(Math.floor(left_s / 3600))}:${twoDigits(Math.floor(left_s / 60) % 60)}:${twoDigits(left_s % 60)}`
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value)
}
