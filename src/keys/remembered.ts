import type { Cache } from '../cache.ts'

/**
 * The verified tokens that this process remembers. It forgets all of them when a key is removed, because the key may
 * have been stolen.
 */
export interface Remembered<T> {
  /** Returns what the token says, if the token has been verified. */
  get: (token: string) => T | undefined
  /**
   * Remembers what a token says, unless a key has been removed since `generation`.
   * @param generation read before the token was verified
   */
  set: (token: string, value: T, generation: number) => void
  /** Number of keys removed. If it changes across an `await`, verify again. */
  generation: () => number
  /** A revocation has ended the key. The process never uses the key again, even if the database still has the key. */
  dropKey: (kid: string) => void
  isDropped: (kid: string) => boolean
  /** A key is no longer in the database. */
  forget: () => void
}

/** @param cache bounded; it may lose entries at any time */
export function createRemembered<T>(cache: Cache<T>): Remembered<T> {
  const dropped = new Set<string>()
  let generation = 0
  const forget = () => {
    generation++
    cache.clear()
  }
  return {
    get: (token) => cache.get(token),
    set(token, value, since) {
      if (since === generation) cache.set(token, value)
    },
    generation: () => generation,
    dropKey(kid) {
      if (dropped.has(kid)) return
      dropped.add(kid)
      forget()
    },
    isDropped: (kid) => dropped.has(kid),
    forget,
  }
}
