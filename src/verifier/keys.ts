import type { VerificationKey } from '../keys/keyring.ts'
import { Refusal } from '../refusal.ts'
import type { Remote } from './remote.ts'

/** The public keys of the server, as last fetched. */
export interface Keys {
  /** @throws Refusal token_status_unknown if the key may exist and the key set cannot be reached */
  find: (kid: string) => Promise<VerificationKey | undefined>
  /** Fetches the key set. @throws ConnectionError */
  load: () => Promise<void>
  /** A key was ended: the key that signs from now on may be a new one. */
  end: (kid: string) => void
  stop: () => void
}

/**
 * An unknown `kid` makes the verifier fetch the key set, but not more often than this, because strangers can send any. A new
 * key is in the key set long before it signs, except after a revocation, which makes the verifier fetch at once.
 */
const cooldown_ms = 5000
const leastAge_s = 10

/** @param onGone called if a key is no longer in the key set */
export function createKeys({ keys: fetchKeys }: Remote, onGone: () => void): Keys {
  let known = new Map<string, VerificationKey>()
  let loading: Promise<void> | undefined
  let turns = 0
  let loaded_ms = Number.NEGATIVE_INFINITY
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopped = false
  const loadNow = async () => {
    const began_ms = performance.now()
    const turn = ++turns
    const { keys, maxAge_s } = await fetchKeys()
    // A later reading has begun, because this one may be older than a key.
    if (turn !== turns) return
    loaded_ms = began_ms
    const before = known
    known = new Map(keys.map((key) => [key.kid, key]))
    if ([...before.keys()].some((kid) => !known.has(kid))) onGone()
    scheduleNext(Math.max(leastAge_s, maxAge_s) * 1000)
  }
  const load = () => {
    if (loading !== undefined) return loading
    const current = loadNow().finally(() => {
      if (loading === current) loading = undefined
    })
    loading = current
    return current
  }
  const scheduleNext = (pause_ms: number) => {
    clearTimeout(timer)
    if (stopped) return
    timer = setTimeout(() => void load().catch(() => scheduleNext(leastAge_s * 1000)), Math.min(pause_ms, 2 ** 31 - 1))
    unref(timer)
  }
  return {
    async find(kid) {
      const key = known.get(kid)
      if (key !== undefined || performance.now() < loaded_ms + cooldown_ms) return key
      await load().catch((cause: Error) => {
        throw new Refusal('token_status_unknown', { cause })
      })
      return known.get(kid)
    },
    load,
    end(kid) {
      known.delete(kid)
      loaded_ms = Number.NEGATIVE_INFINITY
      loading = undefined
      void load().catch(() => scheduleNext(1000))
    },
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}

/** A timer does not keep the process alive. Timers of other runtimes may have no `unref`. */
export function unref(timer: ReturnType<typeof setTimeout>): void {
  ;(timer as { unref?: () => void }).unref?.()
}
