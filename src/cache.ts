/** A bounded cache. A lost entry costs time, never correctness. */
export interface Cache<T> {
  get: (key: string) => T | undefined
  set: (key: string, value: T) => unknown
  clear: () => void
}
