import { createPrivateKey, createPublicKey } from 'node:crypto'
import {
  CompactEncrypt,
  calculateJwkThumbprint,
  compactDecrypt,
  exportJWK,
  generateKeyPair,
  importJWK,
  type CryptoKey as JoseKey,
  type JWK,
} from 'jose'
import type { KeyError } from './keys.ts'

export type Algorithm = 'ES256' | 'EdDSA' | 'RS256'

/** A key pair as it is stored. Without `private_jwk`, the key can only verify. */
export interface KeyPair {
  kid: string
  alg: Algorithm
  public_jwk: JWK
  private_jwk?: JWK
}

export interface VerificationKey {
  kid: string
  alg: Algorithm
  public_key: JoseKey
}

export interface SigningKey extends VerificationKey {
  private_key: JoseKey
}

/** The keys as last read. One key signs, and all keys verify. */
export interface Keyring {
  signing: SigningKey | undefined
  /** Why `signing` is undefined, in one line for the operator. */
  trouble: KeyError | undefined
  /** Why this process cannot sign with the next key. */
  next_trouble?: KeyError | undefined
  /** From when on the next key signs, in milliseconds since 1970. Undefined: this is not decided. */
  changes_at?: number | undefined
  verifying: ReadonlyMap<string, VerificationKey>
}

/** Generates a key pair. Its `kid` is the JWK thumbprint (RFC 7638). */
export async function makeKeyPair(alg: Algorithm): Promise<KeyPair> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength: 2048 })
  return describePrivateJwk(await exportJWK(privateKey), alg)
}

/**
 * Reads a private key: a JWK (RFC 7517) or PKCS #8 in PEM.
 * @throws Error if it is neither, or not a key for `alg`
 */
export async function parsePrivateKey(text: string, alg: Algorithm): Promise<KeyPair> {
  const key = text.trimStart().startsWith('{')
    ? createPrivateKey({ key: JSON.parse(text), format: 'jwk' })
    : createPrivateKey(text)
  const pair = await describePrivateJwk(key.export({ format: 'jwk' }) as JWK, alg)
  await importPrivate(pair)
  return pair
}

async function describePrivateJwk(private_jwk: JWK, alg: Algorithm): Promise<KeyPair> {
  const expected = { ES256: ['EC', 'P-256'], EdDSA: ['OKP', 'Ed25519'], RS256: ['RSA', undefined] }[alg]
  if (private_jwk.kty !== expected[0] || private_jwk.crv !== expected[1])
    throw new Error(`not a private key for ${alg}`)
  const public_jwk = createPublicKey({ key: private_jwk, format: 'jwk' }).export({ format: 'jwk' }) as JWK
  return { kid: await calculateJwkThumbprint(public_jwk), alg, public_jwk, private_jwk }
}

export async function importPublic(pair: KeyPair): Promise<VerificationKey> {
  return { kid: pair.kid, alg: pair.alg, public_key: (await importJWK(pair.public_jwk, pair.alg)) as JoseKey }
}

export async function importPrivate(pair: KeyPair): Promise<SigningKey> {
  const private_key = (await importJWK({ ...pair.private_jwk, ext: false }, pair.alg)) as JoseKey
  return { ...(await importPublic(pair)), private_key }
}

/** RFC 7518 §3.3. */
const leastRsa_bits = 2048

/** Says why a key pair cannot sign tokens, as a clause. Undefined: the key pair can. */
export function findFlaw({ public_jwk, alg }: KeyPair): string | undefined {
  const bits = createPublicKey({ key: public_jwk, format: 'jwk' }).asymmetricKeyDetails?.modulusLength
  if (bits === undefined || bits >= leastRsa_bits) return undefined
  return `is an RSA key of ${bits} bits; ${alg} needs at least ${leastRsa_bits} (RFC 7518 section 3.3)`
}

/** A public key as a key set shows it (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2). */
export interface PublicKey {
  kty: string
  use: 'sig'
  alg: string
  kid: string
  crv?: string
  x?: string
  y?: string
  n?: string
  e?: string
}

/** The members of a public key. Any other member, such as a private one, is left out. */
const publicMembers = ['crv', 'x', 'y', 'n', 'e'] as const

/** @param row a stored key; `public_jwk` is JSON */
export function publicKeyOf({ kid, alg, public_jwk }: { kid: string; alg: string; public_jwk: string }): PublicKey {
  const jwk: JWK = JSON.parse(public_jwk)
  const key: PublicKey = { kty: jwk.kty as string, use: 'sig', alg, kid }
  for (const name of publicMembers) if (jwk[name] !== undefined) key[name] = jwk[name]
  return key
}

/** PBES2 iterations. A secret has at least 32 characters, so the iterations only slow down guesses at a weak secret. */
const iterations = 100_000

/** Encrypts a private key with the secret (RFC 7517 §7). @returns a compact JWE with PBES2 (RFC 7518 §4.8) */
export async function seal(private_jwk: JWK, secret: string): Promise<string> {
  return new CompactEncrypt(Buffer.from(JSON.stringify(private_jwk)))
    .setProtectedHeader({ alg: 'PBES2-HS512+A256KW', enc: 'A256GCM', cty: 'jwk+json' })
    .setKeyManagementParameters({ p2c: iterations })
    .encrypt(Buffer.from(secret))
}

export function isSealed(stored: string): boolean {
  return !stored.startsWith('{')
}

/** Decrypts a sealed private key. @throws JOSEError if another secret sealed the key */
export async function unseal(stored: string, secret: string): Promise<JWK> {
  if (!isSealed(stored)) return JSON.parse(stored)
  const { plaintext } = await compactDecrypt(stored, Buffer.from(secret), {
    keyManagementAlgorithms: ['PBES2-HS512+A256KW'],
    maxPBES2Count: iterations,
  })
  return JSON.parse(Buffer.from(plaintext).toString())
}
