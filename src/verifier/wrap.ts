import type { Core } from './core.ts'
import { parseRouteOptions, type RouteOptions } from './rights.ts'
import type { Verifier, WithHeaders } from './types.ts'

/** What the adapters need of a verifier. */
export const internals = new WeakMap<Verifier, Core>()

/** The verifier around a core. */
export function wrap(core: Core, ready: () => Promise<void>, close: () => Promise<void>): Verifier {
  const verifier: Verifier = {
    ready,
    verify: core.verify,
    verifySync: core.verifySync,
    verifyRequest: (async ({ headers }: WithHeaders, options?: RouteOptions) => {
      const value = headers.get('authorization')
      return core.admit(value === null ? [] : ['authorization', value], parseRouteOptions(options))
    }) as Verifier['verifyRequest'],
    stats: () => ({
      lease_ms: Math.max(0, (core.follower.lease?.mono_ms ?? 0) - performance.now()),
      entries: core.entries(),
      asked: core.counters.asked,
      refused: Object.fromEntries(core.counters.refused),
    }),
    close,
  }
  internals.set(verifier, core)
  return verifier
}
