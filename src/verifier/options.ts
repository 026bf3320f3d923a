import { withoutSlashes } from '../format.ts'
import type { ConnectionError } from './connection-error.ts'
import { createWarner } from './warn.ts'

/** Options of a verifier. */
export interface VerifierOptions {
  /**
   * The address of the Latchkey server to connect to, such as `https://auth.example.com`. It may differ from the issuer. It may
   * also be a URL with the credential: `latchkey://id:secret@host:port`. Default: the environment variable LATCHKEY_URL.
   */
  server?: string
  /** The credential of this service, from `latchkey service add`. */
  clientId?: string
  clientSecret?: string
  /** Where the credential comes from, for messages, such as the name of a file. Default: the option or variable that has it. */
  credentialSource?: string
  /** The names of this service. A token has to name one of them in `aud`. Default: what the server says. */
  audience?: string | readonly string[]
  /** The `iss` of tokens. Default: what the server says. */
  issuer?: string
  /**
   * What to do while no lease runs. `ask` (default): ask the server about each token (RFC 7662). `refuse`: refuse each token
   * with `status_unknown`.
   */
  onStale?: 'ask' | 'refuse'
  /** Seconds that a token is accepted after `exp` and before `nbf`, because clocks differ. At most 600. Default: 0. */
  clockTolerance_s?: number
  /** Claims that a token must have, beyond those that every token has. */
  requiredClaims?: readonly string[]
  /** Sends the requests for metadata, keys and introspection. Default: the global `fetch`. The feed uses `WebSocket`. */
  fetch?: typeof globalThis.fetch
  /** Closes the verifier when it is aborted. */
  signal?: AbortSignal
  /**
   * Called with what happens to the connection, for logs and metrics. Default: the reason why there is no connection becomes a
   * warning of the process, once for each reason.
   */
  onEvent?: (event: VerifierEvent) => void
}

/** What happens to the connection of a verifier. */
export type VerifierEvent =
  /** The keys and the snapshot are there, and a lease runs. */
  | { type: 'connected' }
  /**
   * The connection is gone, or could not be opened, which has an `error`. The verifier connects again. The lease runs on until
   * its end.
   */
  | { type: 'lost'; why: string; error?: ConnectionError }
  /** No lease runs any more. `onStale` says what happens to tokens. */
  | { type: 'stale' }

/** Options that were checked. */
export interface Settings {
  /** Without a slash at the end. */
  server: string
  clientId: string
  clientSecret: string
  credentialSource: string
  /** Undefined: what the server says. */
  audience: readonly string[] | undefined
  issuer: string | undefined
  onStale: 'ask' | 'refuse'
  rules: Rules
  fetch: typeof globalThis.fetch
  onEvent: (event: VerifierEvent) => void
}

/** What a verifier demands of a token beyond signature, names and state. */
export interface Rules {
  tolerance_ms: number
  requiredClaims: readonly string[]
}

const maxTolerance_s = 600

/**
 * Checks options.
 * @param environment where LATCHKEY_URL is looked up if there is no `server`
 * @throws TypeError that names the option. It never contains the secret
 */
export function parseOptions(
  options: VerifierOptions | string,
  // biome-ignore lint/style/noProcessEnv: the verifier runs in other programs
  environment: Partial<Record<string, string>> = globalThis.process?.env ?? {},
): Settings {
  const given = typeof options === 'string' ? { server: options } : options
  if (typeof given !== 'object' || given === null)
    throw new TypeError('the options must be an object or a latchkey:// URL')
  const { onStale = 'ask', audience, issuer, onEvent = createWarner() } = given
  if (onStale !== 'ask' && onStale !== 'refuse') throw new TypeError("onStale must be 'ask' or 'refuse'")
  if (typeof onEvent !== 'function') throw new TypeError('onEvent must be a function')
  if (issuer !== undefined && (typeof issuer !== 'string' || issuer === ''))
    throw new TypeError('issuer must be a text')
  return {
    ...parseServer(given, environment),
    audience: audience === undefined ? undefined : parseTexts('audience', audience),
    issuer,
    onStale,
    rules: parseRules(given),
    fetch: given.fetch ?? ((...request) => globalThis.fetch(...request)),
    onEvent,
  }
}

export function parseRules({ clockTolerance_s = 0, requiredClaims = [] }: VerifierOptions): Rules {
  if (!(clockTolerance_s >= 0 && clockTolerance_s <= maxTolerance_s)) {
    throw new TypeError(`clockTolerance_s must be from 0 to ${maxTolerance_s}`)
  }
  return {
    tolerance_ms: clockTolerance_s * 1000,
    requiredClaims: requiredClaims.length === 0 ? [] : parseTexts('requiredClaims', requiredClaims),
  }
}

export function parseTexts(option: string, value: string | readonly string[]): readonly string[] {
  const texts = typeof value === 'string' ? [value] : value
  if (!Array.isArray(texts) || texts.length === 0 || !texts.every((text) => typeof text === 'string' && text !== '')) {
    throw new TypeError(`${option} must be a text or a list of texts`)
  }
  return [...texts]
}

type Server = Pick<Settings, 'server' | 'clientId' | 'clientSecret' | 'credentialSource'>

function parseServer(options: VerifierOptions, environment: Partial<Record<string, string>>): Server {
  const option = options.server === undefined ? 'LATCHKEY_URL' : 'server'
  const text = options.server ?? environment.LATCHKEY_URL
  if (text === undefined || text === '') throw new TypeError('server is missing, and LATCHKEY_URL is not set')
  const url = typeof text === 'string' ? URL.parse(text) : null
  const origin = url && originOf(url)
  if (!url || !origin) throw new TypeError(`${option} must be an https, http or latchkey URL`)
  if (url.search !== '' || url.hash !== '') throw new TypeError(`${option} must not have a query or a fragment`)
  const clientId = options.clientId ?? decode(option, url.username)
  const clientSecret = options.clientSecret ?? decode(option, url.password)
  if (typeof clientId !== 'string' || clientId === '') throw new TypeError('clientId is missing')
  if (typeof clientSecret !== 'string' || clientSecret === '') throw new TypeError('clientSecret is missing')
  const isInUrl = options.clientId === undefined && options.clientSecret === undefined
  const { credentialSource = isInUrl ? option : 'clientId and clientSecret' } = options
  return { server: origin + withoutSlashes(url.pathname), clientId, clientSecret, credentialSource }
}

/** Latchkey's own schemes. `latchkey:` encrypts, unless the server is on this machine. */
function originOf({ protocol, host, hostname }: URL): string | undefined {
  if (host === '') return undefined
  const isLoopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/i.test(hostname)
  switch (protocol) {
    case 'https:':
    case 'latchkey+https:':
      return `https://${host}`
    case 'http:':
    case 'latchkey+http:':
      return `http://${host}`
    case 'latchkey:':
      return `${isLoopback ? 'http' : 'https'}://${host}`
    default:
      return undefined
  }
}

function decode(option: string, text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new TypeError(`the credential in ${option} is not percent-encoded`)
  }
}
