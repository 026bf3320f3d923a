import { timingSafeEqual } from 'node:crypto'
import { hashSecret } from '../credentials/secret.ts'
import type { Formats } from '../format.ts'

/** The id and the secret of a service (RFC 6749 §2.3.1). */
export interface Credentials {
  client_id: string
  client_secret: string
}

/** Rules for the name of a service. Control characters and look-alikes would confuse the operator's lists. */
export const serviceFormats: Formats = {
  'service-name': {
    accepts: (name) => /^[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,62}[A-Za-z0-9])?$/.test(name),
    sentence: () =>
      'the name must be 1 to 64 letters, digits, spaces, `.`, `_` and `-`, and begin and end with a letter or a digit',
  },
}

/** Compares in constant time. */
export function isHashOf(hash: string, secret: string): boolean {
  return timingSafeEqual(Buffer.from(hash), Buffer.from(hashSecret(secret)))
}

/** Two words of RFC 6749 Appendix B (`application/x-www-form-urlencoded`), joined by a colon, as Base64. */
const basic = /^basic +([a-z0-9+/]+=*) *$/i

/** Reads HTTP Basic credentials (RFC 7617, RFC 6749 §2.3.1). @returns undefined if the header is malformed */
export function parseBasic(authorization: string): Credentials | undefined {
  const [, encoded = ''] = basic.exec(authorization) ?? []
  const text = Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  if (colon === -1) return undefined
  try {
    return { client_id: decodeForm(text.slice(0, colon)), client_secret: decodeForm(text.slice(colon + 1)) }
  } catch {
    return undefined
  }
}

function decodeForm(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '))
}
