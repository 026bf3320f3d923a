import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { isoCBOR } from '@simplewebauthn/server/helpers'

/** What an authenticator and a browser may do wrong. */
export interface Fault {
  origin?: string
  rpId?: string
  challenge?: string
  /** The authenticator has not verified its user. */
  unverified?: boolean
  counter?: number
  /** Empty: the authenticator leaves it out. */
  userHandle?: string
}

/** The options that a service gives a browser. */
export interface Options {
  challenge: string
  rpId?: string
  rp?: { id: string }
  user?: { id: string }
}

/** An authenticator with one passkey, and its browser (Web Authentication Level 3, §6). `uses`: its signature counter. */
export function createAuthenticator(origin: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const id = randomBytes(16)
  let uses = 0
  let user: string | undefined
  const signed = (type: string, options: Options, fault: Fault, attested: Buffer) => {
    const rpId = fault.rpId ?? options.rpId ?? options.rp?.id ?? ''
    const clientData = { type, challenge: fault.challenge ?? options.challenge, origin: fault.origin ?? origin }
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(fault.counter ?? uses)
    const flags = 0x01 | (fault.unverified ? 0 : 0x04) | (attested.length > 0 ? 0x40 : 0)
    return {
      clientDataJSON: Buffer.from(JSON.stringify({ ...clientData, crossOrigin: false })),
      authenticatorData: Buffer.concat([sha256(rpId), Buffer.from([flags]), counter, attested]),
    }
  }
  const credential = <T extends object>(response: T) => {
    const encoded = id.toString('base64url')
    return { id: encoded, rawId: encoded, type: 'public-key' as const, response }
  }
  return {
    id: id.toString('base64url'),
    /** `navigator.credentials.create` */
    create(options: Options, fault: Fault = {}) {
      user = options.user?.id
      const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
      const key = new Map<number, number | Uint8Array>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, new Uint8Array(Buffer.from(x, 'base64url'))],
        [-3, new Uint8Array(Buffer.from(y, 'base64url'))],
      ])
      const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, id.length]), id, isoCBOR.encode(key)])
      const { clientDataJSON, authenticatorData } = signed('webauthn.create', options, fault, attested)
      const attestation = new Map<string, unknown>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', new Uint8Array(authenticatorData)],
      ])
      return credential({
        clientDataJSON: clientDataJSON.toString('base64url'),
        attestationObject: Buffer.from(isoCBOR.encode(attestation as never)).toString('base64url'),
        transports: ['internal'],
      })
    },
    /** `navigator.credentials.get` */
    get(options: Options, fault: Fault = {}) {
      uses++
      const userHandle = fault.userHandle ?? user
      const { clientDataJSON, authenticatorData } = signed('webauthn.get', options, fault, Buffer.alloc(0))
      const message = Buffer.concat([authenticatorData, sha256(clientDataJSON)])
      return credential({
        clientDataJSON: clientDataJSON.toString('base64url'),
        authenticatorData: authenticatorData.toString('base64url'),
        signature: sign('sha256', message, privateKey).toString('base64url'),
        ...(userHandle !== undefined && userHandle !== '' && { userHandle }),
      })
    },
  }
}

function sha256(data: string | Buffer): Buffer {
  return createHash('sha256').update(data).digest()
}
