/**
 * Hashes passwords. Bounds the queue and the number of concurrent hashes, and refuses the rest immediately. The queue is fair
 * by network: a network that asks for many hashes keeps no other network waiting. `network` is that of the client, as
 * `networkOf` returns it. Default: the operator's.
 */
export interface Hasher {
  /** @throws Refusal hashing_busy */
  hash: (password: string, network?: string) => Promise<string>
  /**
   * Whether the password matches. Without a stored hash the result is false, after the work of a native hash.
   * @param stored a native hash, or an imported one, which may cost more
   * @throws Refusal hashing_busy
   */
  verify: (password: string, stored: string | undefined, network?: string) => Promise<boolean>
  /** Whether the hash should be renewed: it is imported, or has other parameters than new ones. */
  isOutdated: (stored: string) => boolean
  waiting: () => number
  running: () => number
}
