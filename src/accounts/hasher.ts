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

/** How long a login may have to wait for its turn. */
const maxWait_ms = 8_000
/** Past this many hashes an old one has no weight any more. */
const memory = 8
/** The default cost takes 30 to 60 ms; who has measured nothing yet reckons with more. */
const typical = { memory_kib: 19_456, passes: 2, hash_ms: 100 }

/** Time grows with the memory that is filled, each pass anew (RFC 9106 §3.1). */
function guess_ms({ memory_kib, passes }: Cost): number {
  return Math.max(1, (typical.hash_ms * memory_kib * passes) / (typical.memory_kib * typical.passes))
}

/** How long a hash takes: the mean of the last ones, in which the guess counts as one until there are enough. */
function createEstimate(cost: Cost) {
  const estimate = {
    hash_ms: guess_ms(cost),
    seen: 1,
    async timed<T>(work: () => Promise<T>): Promise<T> {
      const begin = performance.now()
      const result = await work()
      estimate.seen = Math.min(estimate.seen + 1, memory)
      estimate.hash_ms += (performance.now() - begin - estimate.hash_ms) / estimate.seen
      return result
    },
  }
  return estimate
}

export function createHasher(cost: Cost, concurrency: number): Hasher {
  const queue = fastq.promise((work: () => Promise<unknown>) => work(), concurrency)
  const estimate = createEstimate(cost)
  const enqueue = <T>(work: () => Promise<T>): Promise<T> => {
    const ahead = queue.length() + queue.running()
    const wait_ms = (ahead * estimate.hash_ms) / concurrency
    // Whoever begins at once waits for nobody; and a guess may be wrong, so a few try it.
    const always = estimate.seen === 1 ? 2 * concurrency : concurrency
    if (ahead >= always && wait_ms > maxWait_ms) {
      throw new Refusal('hashing_busy', { retry_after_s: Math.ceil(wait_ms / 1000) })
    }
    return queue.push(() => estimate.timed(work)) as Promise<T>
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
