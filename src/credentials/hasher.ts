/** Password hashing with limits: so many hashes at once, so many in the queue, and an immediate refusal for the others. */
export interface Hasher {
  /** @throws Refusal hashing_busy */
  hash: (password: string) => Promise<string>
  /**
   * Whether the password matches. Without a stored hash the answer is no, after the same work.
   * @throws Refusal hashing_busy
   */
  verify: (password: string, stored: string | undefined) => Promise<boolean>
  isOutdated: (stored: string) => boolean
  waiting: () => number
  running: () => number
}
