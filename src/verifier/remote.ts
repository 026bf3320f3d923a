import { importJWK, type CryptoKey as JoseKey, type JWK } from 'jose'
import type { Algorithm, VerificationKey } from '../keys/keyring.ts'
import { AnswerError, ConnectionError, explainFailure } from './connection-error.ts'
import type { Settings } from './options.ts'

/** The HTTP side of a Latchkey server. Each function rejects with a ConnectionError. */
export interface Remote {
  metadata: () => Promise<Metadata>
  keys: () => Promise<{ keys: VerificationKey[]; maxAge_s: number }>
  /** RFC 7662. @returns whether the token counts */
  introspect: (token: string) => Promise<boolean>
  /** Why the server has refused the handshake of the feed, which a WebSocket does not say. */
  explainHandshake: () => Promise<ConnectionError>
}

/** What the verifier reads of the metadata (RFC 8414 §2). */
export interface Metadata {
  issuer: string
  latchkey_audience: readonly string[]
  latchkey_realm_domain: string
}

/** The paths are those of Latchkey. The metadata may name addresses that only clients outside can reach. */
export const feedPath = '/api/v1/revocations'
const metadataPath = '/.well-known/oauth-authorization-server'
const keysPath = '/.well-known/jwks.json'

/** The answer to right credentials in a request that is no handshake (RFC 9110 §15.5.22). */
const upgradeRequired = 426

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
  const { server } = settings
  const failed = (error: unknown) => {
    throw explainFailure(server, error)
  }
  const read = (path: string, init?: RequestInit) => readObject(settings, path, init).catch(failed)
  return {
    async metadata() {
      const { json } = await read(metadataPath)
      const { issuer, latchkey_audience: audience, latchkey_realm_domain: domain } = json
      if (typeof issuer !== 'string' || !Array.isArray(audience) || !isDomain(domain)) {
        return failed(new AnswerError(metadataPath, 200, 'no metadata of Latchkey'))
      }
      return { issuer, latchkey_audience: audience.map(String), latchkey_realm_domain: domain }
    },
    async keys() {
      const { json, response } = await read(keysPath)
      const { keys } = json
      if (!Array.isArray(keys)) return failed(new AnswerError(keysPath, 200, 'no keys'))
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
    explainHandshake: () => askWhy(settings).catch((error) => explainFailure(server, error)),
  }
}

/** Sends a request. @throws Error of `fetch`, or a ConnectionError if the server refuses the credential in the request */
async function send(settings: Settings, path: string, init: RequestInit = {}): Promise<Response> {
  const signal = AbortSignal.timeout(timeout_ms)
  const response = await settings.fetch(settings.server + path, { redirect: 'error', signal, ...init })
  if (response.status !== 401 || init.headers === undefined) return response
  await response.body?.cancel()
  throw new ConnectionError(
    'credential_refused',
    `${settings.server} refuses the credential (401): check ${settings.credentialSource}. On the server, "latchkey service list" shows the services, and "latchkey service rotate ID" gives a new secret`,
    new AnswerError(path, 401, '401'),
  )
}

async function readObject(settings: Settings, path: string, init?: RequestInit) {
  const response = await send(settings, path, init)
  const { status } = response
  const text = await response.text()
  if (status !== 200) throw new AnswerError(path, status, String(status))
  if (text.length > answerLimit_bytes) throw new AnswerError(path, status, 'too much')
  const json = parse(text)
  if (!isObject(json)) throw new AnswerError(path, status, 'no JSON object')
  return { json, response }
}

/** The handshake without the wish for a WebSocket. */
async function askWhy(settings: Settings): Promise<ConnectionError> {
  const response = await send(settings, feedPath, { headers: { authorization: basicOf(settings) } })
  const { status } = response
  await response.body?.cancel()
  if (status !== upgradeRequired) throw new AnswerError(feedPath, status, String(status))
  return new ConnectionError(
    'websocket_refused',
    `${settings.server} accepts the credential, but opens no WebSocket at ${feedPath}: a proxy must pass on the header Upgrade`,
    new AnswerError(feedPath, status, String(status)),
  )
}

/** @returns undefined for a text that is no JSON */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
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
