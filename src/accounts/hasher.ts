import fastq from 'fastq'
import { Refusal } from '../refusal.ts'
import { type Cost, hashPassword, isOutdated, makeDecoy, matchesPassword } from './password.ts'

/** Password hashing with a bound: so many at once, so many waiting, and past that a refusal at once. */
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

/** How long a login may have to wait, and the least number that may wait however slow a hash is. */
const maxWait_ms = 8_000
const leastQueue = 64

export function createHasher(cost: Cost, concurrency: number): Hasher {
  const queue = fastq.promise((work: () => Promise<unknown>) => work(), concurrency)
  let hash_ms = 50
  const timed = async <T>(work: () => Promise<T>): Promise<T> => {
    const begin = performance.now()
    const result = await work()
    hash_ms += (performance.now() - begin - hash_ms) / 8
    return result
  }
  const enqueue = <T>(work: () => Promise<T>): Promise<T> => {
    const wait_ms = (queue.length() * hash_ms) / concurrency
    if (queue.length() >= leastQueue && wait_ms > maxWait_ms) {
      throw new Refusal('hashing_busy', { retry_after_s: Math.ceil(wait_ms / 1000) })
    }
    return queue.push(() => timed(work)) as Promise<T>
  }
  const decoy = makeDecoy(cost)
  return {
    hash: async (password) => enqueue(() => hashPassword(password, cost)),
    verify: async (password, stored) => {
      const matches = await enqueue(() => matchesPassword(password, stored ?? decoy))
      return matches && stored !== undefined
    },
    isOutdated: (stored) => isOutdated(stored, cost),
    waiting: () => queue.length(),
    running: () => queue.running(),
  }
}
