/** A bounded cache. A lost entry costs time, never correctness. */
export interface Cache<T> {
  get: (key: string) => T | undefined
  set: (key: string, value: T) => unknown
  clear: () => void
}

/**
 * A cache of two generations: the older one is dropped when the younger one is full. So an entry that is in use stays, and
 * a look-up costs as much as in a map.
 * @param limit entries in one generation
 */
export function createGenerations<T>(limit: number): Cache<T> {
  let young = new Map<string, T>()
  let old = new Map<string, T>()
  const set = (key: string, value: T) => {
    if (young.size >= limit) {
      old = young
      young = new Map()
    }
    young.set(key, value)
  }
  return {
    get(key) {
      const value = young.get(key)
      if (value !== undefined || old.size === 0) return value
      const older = old.get(key)
      if (older !== undefined) set(key, older)
      return older
    },
    set,
    clear() {
      young = new Map()
      old = new Map()
    },
  }
}
