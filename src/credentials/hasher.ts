/** Hashes passwords. Bounds the queue and the number of concurrent hashes, and refuses the rest immediately. */
export interface Hasher {
  /** @throws Refusal hashing_busy */
  hash: (password: string) => Promise<string>
  /**
   * Whether the password matches. Without a stored hash the result is false, after the same work.
   * @throws Refusal hashing_busy
   */
  verify: (password: string, stored: string | undefined) => Promise<boolean>
  isOutdated: (stored: string) => boolean
  waiting: () => number
  running: () => number
}
