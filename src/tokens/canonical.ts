/** Longest token that is parsed, in characters. Latchkey's tokens have about 500. */
export const maxToken_chars = 8192

const compact = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/

/**
 * Whether the text is a compact JWS (RFC 7515 §3.1) in canonical base64url: no padding, no unused bits set. Each token
 * then has one spelling, so a cache can use the text as its key.
 */
export function isCanonicalJws(text: string): boolean {
  if (text.length > maxToken_chars) return false
  const parts = compact.exec(text)
  return parts?.slice(1).every(isCanonicalBase64url) === true
}

function isCanonicalBase64url(part: string): boolean {
  const rest = part.length % 4
  if (rest === 0) return true
  // RFC 4648 §3.5: the bits of the last character that carry no data are zero.
  if (rest === 2) return /[AQgw]$/.test(part)
  return rest === 3 && /[AEIMQUYcgkosw048]$/.test(part)
}

/** Half of the order of P-256, in 32 bytes. */
const largestLowS = Buffer.from('7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8', 'hex')

const p256Order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/**
 * Returns the ES256 signature (RFC 7518 §3.4: r ‖ s) with the smaller s. Both (r, s) and (r, n − s) verify. Other
 * implementations that need unique signatures also take the smaller s.
 */
export function withLowS(signature: Buffer): Buffer {
  if (hasLowS(signature)) return signature
  const s = p256Order - BigInt(`0x${signature.toString('hex', 32)}`)
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')])
}

/** Whether the signature has the smaller s. False if it has the wrong length for P-256. */
export function hasLowS(signature: Buffer): boolean {
  return signature.length === 64 && signature.compare(largestLowS, 0, 32, 32) <= 0
}
