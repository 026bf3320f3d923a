import { createHmac, generateKeyPairSync, sign as signWith, webcrypto } from 'node:crypto'
import type { Subject } from '../contract/suite.ts'

/** The decoded parts of a token. `signature` stays in base64url. */
export interface Parts {
  header: Record<string, unknown>
  claims: Record<string, unknown>
  signature: string
}

export function decodeToken(token: string): Parts {
  const [header = '', claims = '', signature = ''] = token.split('.')
  return { header: decode(header), claims: decode(claims), signature }
}

function decode(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString())
}

/** Encodes a text unchanged, or another value as JSON, in base64url. */
export function encode(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
}

const webAlgorithms = {
  ES256: { name: 'ECDSA', hash: 'SHA-256' },
  EdDSA: 'Ed25519',
  RS256: 'RSASSA-PKCS1-v1_5',
} as const

/** Signs any header and payload with the service's own key, which no attacker has. */
export async function signWithServiceKey(subject: Subject, header: unknown, payload: unknown): Promise<string> {
  const key = await subject.service.ports.keys.signing()
  const input = `${encode(header)}.${encode(payload)}`
  const bytes = await webcrypto.subtle.sign(webAlgorithms[key.alg], key.private_key, Buffer.from(input))
  const signature = Buffer.from(bytes)
  return `${input}.${(key.alg === 'ES256' && !isLow(signature) ? negateS(signature) : signature).toString('base64url')}`
}

/** The attacker's own key pair, for ES256. */
export const attacker = generateKeyPairSync('ec', { namedCurve: 'P-256' })

export function signAsAttacker(header: unknown, payload: unknown): string {
  const input = `${encode(header)}.${encode(payload)}`
  const key = { key: attacker.privateKey, dsaEncoding: 'ieee-p1363' } as const
  const signature = signWith('sha256', Buffer.from(input), key)
  return `${input}.${(isLow(signature) ? signature : negateS(signature)).toString('base64url')}`
}

export function signHmac(header: unknown, payload: unknown, secret: string | Buffer): string {
  const input = `${encode(header)}.${encode(payload)}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

function isLow(signature: Buffer): boolean {
  return BigInt(`0x${signature.toString('hex', 32)}`) <= order / 2n
}

/** The other ES256 signature that verifies: (r, n − s) for (r, s). */
export function negateS(signature: Buffer): Buffer {
  const s = order - BigInt(`0x${signature.toString('hex', 32)}`)
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')])
}

/** Encodes arbitrary whole numbers (r, s) as a signature. */
export function rawSignature(r: bigint, s: bigint): string {
  const hex = [r, s].map((part) => part.toString(16).padStart(64, '0')).join('')
  return Buffer.from(hex, 'hex').toString('base64url')
}

export { order as p256Order }
