import { SignJWT } from 'jose'
import type { SigningKey } from '../keys/keyring.ts'
import { withLowS } from './canonical.ts'
import type { Claims } from './claims.ts'

/** Signs claims. A token without `gen` has generation 0. @returns a compact JWS (RFC 7515 §3.1) of type `at+jwt` (RFC 9068 §2.1) */
export async function signToken(key: SigningKey, { gen, ...claims }: Claims): Promise<string> {
  const token = await new SignJWT({ ...claims, ...(gen > 0 && { gen }) })
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'at+jwt' })
    .sign(key.private_key)
  if (key.alg !== 'ES256') return token
  const dot = token.lastIndexOf('.') + 1
  return token.slice(0, dot) + withLowS(Buffer.from(token.slice(dot), 'base64url')).toString('base64url')
}
