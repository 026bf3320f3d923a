/** The claims of a verified token (RFC 7519 §4, RFC 9068 §2.2). */
export interface Claims {
  iss: string
  /** For whom the token is. A token of an earlier version has neither this claim nor `client_id`. */
  aud?: string | string[]
  /** The program that the token was issued to: {@link ownClient}, or the id of a service. */
  client_id?: string
  /** The user's `public_id`. */
  sub: string
  admin: boolean
  /** The token's id under `/tokens`, a UUID. */
  jti: string
  /**
   * The user's generation when the token was issued. To revoke all tokens of a user raises the user's generation. A token
   * without this claim has generation 0.
   */
  gen: number
  /** Seconds since 1970. */
  iat: number
  /** Seconds since 1970. The token is expired from this instant on. */
  exp: number
  /** Seconds since 1970. Latchkey does not write this claim. */
  nbf?: number
  /** What the token may be used for, separated by spaces (RFC 9068 §2.2.3). Without this claim: all that the user may do. */
  scope?: string
  /** A named token, which a user has made for a program. Absent: the token of a login, or of a service. */
  kind?: 'named'
}

/** The `client_id` of tokens that users get by logging in at Latchkey itself. */
export const ownClient = 'latchkey'

/**
 * The `scope` of the token of an account without a second factor, where ADMIN_FACTOR or USER_FACTOR requires one. The token can
 * only add a factor and log out, so verifiers refuse it.
 */
export const factorScope = 'factors'

/** What a verifier expects in a token. */
export interface Expected {
  issuer: string
  /** The names of the verifier. A token has to name one of them, or the issuer, in `aud`. */
  audience: readonly string[]
  /**
   * The issuer is only the address of a server, because the operator has given no name. The nodes of a fleet then have
   * different addresses, and so has a server after a restart on another port. Every such address counts as the issuer. The
   * signature proves that a node of the fleet has issued the token.
   */
  any_address?: boolean
  /** The token has to name one of `audience`. The name of the issuer is not enough. */
  audience_only?: boolean
}

/** The issuer of tokens of earlier versions, where `ISSUER` was not set. */
const formerIssuer = 'latchkey'

const address = /^http:\/\/(?:[A-Za-z0-9._-]+|\[[0-9a-f:.]+\]):\d{1,5}$/

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Whether the value is a UUID as Latchkey writes it (RFC 9562 §4, lower case, versions 1 to 8). */
export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && uuid.test(value)
}

/**
 * Reads the claims of a verified payload. The caller checks `nbf` and `exp`.
 * @returns undefined if a claim is missing or wrong
 */
export function readClaims(payload: unknown, expected: Expected): Claims | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined
  const { sub, admin, jti, gen = 0, iat, exp, nbf, scope, kind } = payload as Record<string, unknown>
  const parties = readParties(payload, expected)
  if (parties === undefined || !isUuid(sub) || typeof admin !== 'boolean' || !isUuid(jti)) return undefined
  if (!Number.isSafeInteger(iat) || !Number.isSafeInteger(exp) || !Number.isSafeInteger(gen)) return undefined
  if (nbf !== undefined && !Number.isFinite(nbf)) return undefined
  if (scope !== undefined && typeof scope !== 'string') return undefined
  if (kind !== undefined && kind !== 'named') return undefined
  return {
    ...parties,
    sub,
    admin,
    jti,
    gen: gen as number,
    iat: iat as number,
    exp: exp as number,
    ...(nbf !== undefined && { nbf: nbf as number }),
    ...(scope !== undefined && { scope }),
    ...(kind !== undefined && { kind }),
  }
}

type Parties = Pick<Claims, 'iss' | 'aud' | 'client_id'>

/** Reads who has issued the token, for whom and to whom. @returns undefined if a claim is missing or wrong */
function readParties(payload: Partial<Record<string, unknown>>, expected: Expected): Parties | undefined {
  const { iss, aud, client_id } = payload
  if (typeof iss !== 'string') return undefined
  const isNamed = (name: string) => name === expected.issuer || (expected.any_address === true && address.test(name))
  // Tokens that were issued before an upgrade count until they expire.
  if (aud === undefined && client_id === undefined && !expected.audience_only) {
    return iss === formerIssuer || isNamed(iss) ? { iss } : undefined
  }
  if (!isNamed(iss) || !isAudience(aud) || typeof client_id !== 'string' || client_id === '') return undefined
  const names = typeof aud === 'string' ? [aud] : aud
  const isOurs = (name: string) => expected.audience.includes(name) || (!expected.audience_only && isNamed(name))
  if (!names.some(isOurs)) return undefined
  return { iss, aud, client_id }
}

/** RFC 7519 §4.1.3: one text, or a list of texts. */
function isAudience(aud: unknown): aud is string | string[] {
  return typeof aud === 'string' || (Array.isArray(aud) && aud.every((each) => typeof each === 'string'))
}

/** Whether the token does not count yet (RFC 7519 §4.1.5: before `nbf`). @param now milliseconds since 1970 */
export function isEarly({ nbf }: Claims, now: number): boolean {
  return nbf !== undefined && now < nbf * 1000
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
