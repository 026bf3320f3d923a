import fastq from 'fastq'
import { Refusal } from '../../refusal.ts'
import type { Hasher } from '../hasher.ts'
import { type Cost, hashPassword, isOutdated, makeDecoy, matchesPassword } from '../password.ts'

/** Longest estimated wait in the queue. */
const maxWait_ms = 8_000
/** Hashes in the estimate of the duration. */
const samples = 8
/** A hash at the default cost takes 30 to 60 ms. The first estimate is higher. */
const typical = { memory_kib: 19_456, passes: 2, hash_ms: 100 }

/** The time of a hash grows with the memory and with the passes (RFC 9106 §3.1). */
function firstEstimate_ms({ memory_kib, passes }: Cost): number {
  return Math.max(1, (typical.hash_ms * memory_kib * passes) / (typical.memory_kib * typical.passes))
}

/** Estimates the duration of a hash: the mean of the last ones, and of the first estimate until there are enough. */
function createEstimate(cost: Cost) {
  const estimate = {
    hash_ms: firstEstimate_ms(cost),
    seen: 1,
    async timed<T>(work: () => Promise<T>): Promise<T> {
      const begin = performance.now()
      const result = await work()
      estimate.seen = Math.min(estimate.seen + 1, samples)
      estimate.hash_ms += (performance.now() - begin - estimate.hash_ms) / estimate.seen
      return result
    },
  }
  return estimate
}

/** @param concurrency concurrent hashes, fewer than libuv has threads, because signatures are verified there too */
export function createHasher(cost: Cost, concurrency: number): Hasher {
  const queue = fastq.promise((work: () => Promise<unknown>) => work(), concurrency)
  const estimate = createEstimate(cost)
  const enqueue = <T>(work: () => Promise<T>): Promise<T> => {
    const ahead = queue.length() + queue.running()
    const wait_ms = (ahead * estimate.hash_ms) / concurrency
    // A hash that can begin immediately is always admitted. Before the first measurement a few more are.
    const alwaysAdmitted = estimate.seen === 1 ? 2 * concurrency : concurrency
    if (ahead >= alwaysAdmitted && wait_ms > maxWait_ms) {
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
