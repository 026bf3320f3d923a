import { Secret, TOTP } from 'otpauth'
import { renderSVG } from 'uqr'

/** RFC 6238 with the values that every authenticator app knows: SHA-1, six digits, 30 s. */
const parameters = { algorithm: 'SHA1', digits: 6, period: 30 } as const
/** RFC 4226 §4 R6 recommends 160 bits. */
const secret_bytes = 20
/** Steps before and after the current one that count too, because clocks differ (RFC 6238 §5.2). */
const drift_steps = 1

/** What an authenticator app needs. */
export interface TotpEnrolment {
  /** Base32, for typing. */
  secret: string
  /** The same as a URL of the scheme `otpauth`. */
  otpauth_url: string
  /** The URL as a QR code, without script and style. */
  qr_svg: string
}

/** Makes a new secret. @param issuer and `account`: what the app shows */
export function newTotp(issuer: string, account: string): TotpEnrolment {
  const totp = new TOTP({ ...parameters, issuer, label: account, secret: new Secret({ size: secret_bytes }) })
  const otpauth_url = totp.toString()
  return { secret: totp.secret.base32, otpauth_url, qr_svg: renderSVG(otpauth_url) }
}

/** Whether the text has the form of a code. A person may type spaces. */
export function isTotpCode(code: string): boolean {
  return /^\d{6}$/.test(withoutSpaces(code))
}

/**
 * Finds the step that the code belongs to.
 * @param secret Base32
 * @param now milliseconds since 1970
 * @returns the number of 30 s since 1970; undefined if the code is wrong
 */
export function findStep(secret: string, code: string, now: number): number | undefined {
  if (!isTotpCode(code)) return undefined
  const given = { ...parameters, secret: Secret.fromBase32(secret), timestamp: now }
  const delta = TOTP.validate({ ...given, token: withoutSpaces(code), window: drift_steps })
  return delta === null ? undefined : TOTP.counter(given) + delta
}

function withoutSpaces(code: string): string {
  return code.replace(/\s/g, '')
}
