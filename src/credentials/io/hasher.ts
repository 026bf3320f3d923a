import { Refusal } from '../../refusal.ts'
import { createFairQueue } from '../fair-queue.ts'
import type { Hasher } from '../hasher.ts'
import { isImported, matchesImported, readStored } from '../imported-password.ts'
import { type Cost, hashPassword, isOutdated, makeDecoy, matchesPassword } from '../password.ts'
import { createBcrypt } from './bcrypt.ts'

/** Longest estimated wait in the queue. */
const maxWait_ms = 8_000
/** Most hashes that wait, however fast a hash is. */
const maxWaiting = 2000
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

/** No network has this name. */
const operator = 'operator'

/** A hash that was asked for. */
interface Job {
  work: () => Promise<unknown>
  resolve: (result: unknown) => void
  reject: (reason: unknown) => void
}

/** @param concurrency concurrent hashes, fewer than libuv has threads, because signatures are verified there too */
export function createHasher(cost: Cost, concurrency: number): Hasher {
  const queue = createFairQueue<Job>()
  const estimate = createEstimate(cost)
  let running = 0
  const busy = () => {
    const wait_ms = ((queue.size() + running) * estimate.hash_ms) / concurrency
    return new Refusal('hashing_busy', { retry_after_s: Math.max(1, Math.ceil(wait_ms / 1000)) })
  }
  const runNext = () => {
    const now_ms = performance.now()
    // Others were preferred for so long that the client has probably left.
    for (const late of queue.takeOlder(now_ms - 2 * maxWait_ms)) late.reject(busy())
    while (running < concurrency) {
      const job = queue.take(now_ms)
      if (job === undefined) return
      running++
      const done = () => {
        running--
        runNext()
      }
      estimate.timed(job.work).then(job.resolve, job.reject).finally(done)
    }
  }
  const enqueue = <T>(network: string, work: () => Promise<T>): Promise<T> => {
    // A hash that can begin immediately is always admitted. Before the first measurement a few more are.
    const alwaysAdmitted = estimate.seen === 1 ? 2 * concurrency : concurrency
    const inTime = Math.floor((maxWait_ms * concurrency) / estimate.hash_ms) + 1
    const room = Math.min(maxWaiting, Math.max(alwaysAdmitted, inTime)) - running
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    queue.add({ network, since_ms: performance.now(), work: { work, resolve, reject } }, room)?.reject(busy())
    runNext()
    return promise as Promise<T>
  }
  const decoy = makeDecoy(cost)
  const compareBcrypt = createBcrypt()
  const matches = (password: string, stored: string) => {
    if (!isImported(stored)) return matchesPassword(password, stored)
    const hash = readStored(stored)
    return hash === undefined ? matchesPassword(password, decoy) : matchesImported(password, hash, compareBcrypt)
  }
  return {
    hash: (password, network = operator) => enqueue(network, () => hashPassword(password, cost)),
    verify: async (password, stored, network = operator) => {
      const isRight = await enqueue(network, () => matches(password, stored ?? decoy))
      return isRight && stored !== undefined
    },
    isOutdated: (stored) => isImported(stored) || isOutdated(stored, cost),
    waiting: queue.size,
    running: () => running,
  }
}
