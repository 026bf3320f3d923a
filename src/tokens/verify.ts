import { compactVerify, decodeProtectedHeader } from 'jose'
import type { VerificationKey } from '../keys/keyring.ts'
import { Refusal } from '../refusal.ts'
import { hasLowS, isCanonicalJws } from './canonical.ts'
import { type Claims, type Expected, readClaims } from './claims.ts'

/**
 * Verifies that Latchkey has signed a token for this verifier, and returns the claims. The caller checks `nbf`, expiry and
 * revocation.
 * @param findKey returns the public key of a `kid`, or undefined
 * @throws Refusal token_invalid. The reason never contains a part of the token
 */
export async function verifyToken(
  text: string,
  findKey: (kid: string) => Promise<VerificationKey | undefined>,
  expected: Expected,
): Promise<Claims> {
  if (!isCanonicalJws(text)) throw invalid('not a compact JWS in canonical base64url')
  const { kid, alg } = readHeader(text)
  const key = await findKey(kid)
  if (key === undefined || key.alg !== alg) throw invalid('the key is unknown, or is for another algorithm')
  if (alg === 'ES256' && !hasLowS(Buffer.from(text.slice(text.lastIndexOf('.') + 1), 'base64url'))) {
    throw invalid('the ECDSA signature has the larger s')
  }
  const claims = readClaims(await verifiedPayload(text, key), expected)
  if (claims === undefined) throw invalid('a claim is missing or wrong')
  return claims
}

function invalid(why: string): Refusal {
  return new Refusal('token_invalid', { why })
}

interface Header {
  kid: string
  alg: string
}

/** The header that was read last. All tokens of a key have the same header, and most tokens are of one key. */
let latest: { encoded: string; header: Header } | undefined

function readHeader(text: string): Header {
  const encoded = text.slice(0, text.indexOf('.'))
  if (latest?.encoded !== encoded) latest = { encoded, header: parseHeader(text) }
  return latest.header
}

/** Accepts only the fields that Latchkey writes. Any other field (`jku`, `jwk`, `crit`, …) is refused. */
function parseHeader(text: string): Header {
  let header: Record<string, unknown>
  try {
    header = decodeProtectedHeader(text)
  } catch {
    throw invalid('the header is not JSON')
  }
  const { kid, alg, typ, ...more } = header
  if (typeof kid !== 'string' || typeof alg !== 'string' || typ !== 'at+jwt' || Object.keys(more).length > 0) {
    throw invalid('the header has a missing, wrong or additional field')
  }
  return { kid, alg }
}

async function verifiedPayload(text: string, key: VerificationKey): Promise<unknown> {
  try {
    const { payload } = await compactVerify(text, key.public_key, { algorithms: [key.alg] })
    return JSON.parse(Buffer.from(payload).toString())
  } catch {
    throw invalid('the signature does not verify')
  }
}
