import type { Expected } from '../tokens/claims.ts'
import { keepConnected } from './connection.ts'
import type { ConnectionError } from './connection-error.ts'
import { createCore } from './core.ts'
import type { Realm } from './error.ts'
import { createKeys } from './keys.ts'
import { parseOptions, type Settings, type VerifierEvent, type VerifierOptions } from './options.ts'
import { createRemote, type Metadata } from './remote.ts'
import type { Verifier } from './types.ts'
import { wrap } from './wrap.ts'

export type { Claims } from '../tokens/claims.ts'
export { ConnectionError, type ConnectionErrorCode } from './connection-error.ts'
export { VerifierError, type VerifierErrorCode } from './error.ts'
export type { VerifierEvent, VerifierOptions } from './options.ts'
export type { RouteOptions } from './rights.ts'
export type { Verified, Verifier, VerifierStats, WithHeaders } from './types.ts'

/**
 * Creates a verifier, which begins to connect at once and connects again whenever it loses its connection. An open
 * verifier does not keep its process alive.
 * @param options or a `latchkey://id:secret@host` URL. Default: the environment variable LATCHKEY_URL
 * @throws TypeError for an option that cannot be right, and in a runtime that is too old
 */
export function createVerifier(options: VerifierOptions | string = {}): Verifier {
  requireWebSocket()
  const settings = parseOptions(options)
  const remote = createRemote(settings)
  let metadata: Metadata | undefined
  let expected: Expected | undefined
  let trouble: ConnectionError | undefined
  const keys = createKeys(remote, () => core.remembered.forget())
  const core = createCore({
    expected: () => expected,
    realm: () => realmOf(settings, metadata),
    rules: settings.rules,
    findKey: keys.find,
    onKeyEnded: keys.end,
    ask: settings.onStale === 'ask' ? remote.introspect : undefined,
    trouble: () => trouble,
  })
  const waiting = createWaiting()
  const connection = keepConnected({
    settings,
    follower: core.follower,
    async prepare() {
      const [found] = await Promise.all([remote.metadata(), keys.load()])
      metadata = found
      expected = expectedFrom(settings, found)
    },
    explainHandshake: remote.explainHandshake,
    onEvent(event) {
      if (event.type === 'lost') trouble = event.error
      else if (event.type === 'connected') trouble = undefined
      waiting.notice(event)
      // A fault in the caller's log must not end the connection or the process, also if the listener is asynchronous.
      new Promise((resolve) => resolve(settings.onEvent(event))).catch(() => {})
    },
  })
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= (async () => {
      keys.stop()
      waiting.end(new Error('the verifier was closed'))
      await connection.close()
    })()
    return closing
  }
  const { signal } = typeof options === 'string' ? {} : options
  if (signal?.aborted) void close()
  else signal?.addEventListener('abort', () => void close(), { once: true })
  return wrap(core, waiting.ready, close)
}

/**
 * An issuer that is only the address of a server means that the operator has named none. Each node of a fleet then names its
 * own address, and the signature proves that a node of the fleet has issued the token.
 */
function expectedFrom({ issuer, audience }: Settings, metadata: Metadata): Expected {
  return {
    issuer: issuer ?? metadata.issuer,
    audience: audience ?? metadata.latchkey_audience,
    any_address: issuer === undefined && /^http:\/\/[^/]+:\d+$/.test(metadata.issuer),
    audience_only: audience !== undefined,
  }
}

function realmOf({ server }: Settings, metadata: Metadata | undefined): Realm {
  return { audience: 'registered_users', domain: metadata?.latchkey_realm_domain ?? new URL(server).hostname }
}

/** Those who wait for the first lease. */
function createWaiting() {
  let live = false
  let ended: Error | undefined
  const callers = new Set<PromiseWithResolvers<void>>()
  const failAll = (error: Error) => {
    for (const caller of callers) caller.reject(error)
    callers.clear()
  }
  return {
    notice(event: VerifierEvent) {
      if (event.type === 'connected') {
        live = true
        for (const caller of callers) caller.resolve()
        callers.clear()
      } else if (event.type === 'stale') live = false
      else if (event.error?.code === 'credential_refused') failAll(event.error)
    },
    end(error: Error) {
      ended = error
      live = false
      failAll(error)
    },
    async ready() {
      if (ended !== undefined) throw ended
      if (live) return
      const caller = Promise.withResolvers<void>()
      callers.add(caller)
      // Nothing else keeps the process alive while it waits.
      const alive = setInterval(() => {}, 2 ** 30)
      await caller.promise.finally(() => clearInterval(alive))
    },
  }
}

/** Without it, no lease would ever run, and each check would ask the server. */
function requireWebSocket(): void {
  if (typeof globalThis.WebSocket === 'function' && typeof Promise.withResolvers === 'function') return
  throw new TypeError(
    `latchkey-verifier needs Node.js 22 or newer; this is ${globalThis.process?.version ?? 'no Node.js'}`,
  )
}
