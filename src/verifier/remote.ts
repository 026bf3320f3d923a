import { importJWK, type CryptoKey as JoseKey, type JWK } from 'jose'
import type { Algorithm, VerificationKey } from '../keys/keyring.ts'
import type { Settings } from './options.ts'

/** The HTTP side of a Latchkey server. */
export interface Remote {
  metadata: () => Promise<Metadata>
  keys: () => Promise<{ keys: VerificationKey[]; maxAge_s: number }>
  /** RFC 7662. @returns whether the token counts */
  introspect: (token: string) => Promise<boolean>
  /** Whether the server knows the credential. Undefined: the server does not answer. */
  knowsCredential: () => Promise<boolean | undefined>
}

/** What the verifier reads of the metadata (RFC 8414 §2). */
export interface Metadata {
  issuer: string
  latchkey_audience: readonly string[]
  latchkey_realm_domain: string
}

/** The paths are those of Latchkey. The metadata may name addresses that only clients outside can reach. */
export const feedPath = '/api/v1/revocations'

/** An answer that takes longer counts as missing. */
const timeout_ms = 5000
/** No answer of the server is larger. */
const answerLimit_bytes = 1024 * 1024

const algorithms = new Set<string>(['ES256', 'EdDSA', 'RS256'] satisfies Algorithm[])

/** The value of `Authorization` for the service (RFC 6749 §2.3.1). */
export function basicOf({ clientId, clientSecret }: Pick<Settings, 'clientId' | 'clientSecret'>): string {
  const text = [clientId, clientSecret].map(encodeURIComponent).join(':')
  return `Basic ${btoa(text)}`
}

export function createRemote(settings: Settings): Remote {
  const { server, fetch } = settings
  const send = (path: string, init: RequestInit = {}) =>
    fetch(server + path, { redirect: 'error', signal: AbortSignal.timeout(timeout_ms), ...init })
  const read = async (path: string, init?: RequestInit) => {
    const response = await send(path, init)
    const text = await response.text()
    if (response.status !== 200) throw new Error(`${path} answers ${response.status}`)
    if (text.length > answerLimit_bytes) throw new Error(`${path} answers too much`)
    const json: unknown = JSON.parse(text)
    if (!isObject(json)) throw new Error(`${path} answers no object`)
    return { json, response }
  }
  return {
    async metadata() {
      const { json } = await read('/.well-known/oauth-authorization-server')
      const { issuer, latchkey_audience: audience, latchkey_realm_domain: domain } = json
      if (typeof issuer !== 'string' || !Array.isArray(audience) || !isDomain(domain)) {
        throw new Error('the metadata is not of a Latchkey server')
      }
      return { issuer, latchkey_audience: audience.map(String), latchkey_realm_domain: domain }
    },
    async keys() {
      const { json, response } = await read('/.well-known/jwks.json')
      const { keys } = json
      if (!Array.isArray(keys)) throw new Error('the key set has no keys')
      const read_keys = await Promise.all(keys.filter(isPublicKey).map(importKey))
      const [, maxAge = '300'] = /max-age=(\d+)/.exec(response.headers.get('cache-control') ?? '') ?? []
      return { keys: read_keys, maxAge_s: Number(maxAge) }
    },
    async introspect(token) {
      const { json } = await read('/oauth/introspect', {
        method: 'POST',
        headers: { authorization: basicOf(settings), 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ token, token_type_hint: 'access_token' }).toString(),
      })
      return json.active === true
    },
    async knowsCredential() {
      try {
        const response = await send(feedPath, { headers: { authorization: basicOf(settings) } })
        await response.body?.cancel()
        return response.status !== 401
      } catch {
        return undefined
      }
    },
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** As the setting REALM_DOMAIN. The domain becomes part of a header of each refusal. */
function isDomain(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9.-]{1,253}$/.test(value)
}

type PublicJwk = JWK & { kid: string; alg: Algorithm }

function isPublicKey(jwk: unknown): jwk is PublicJwk {
  return isObject(jwk) && typeof jwk.kid === 'string' && algorithms.has(jwk.alg as string) && jwk.d === undefined
}

async function importKey(jwk: PublicJwk): Promise<VerificationKey> {
  return { kid: jwk.kid, alg: jwk.alg, public_key: (await importJWK(jwk, jwk.alg)) as JoseKey }
}
