import { createGenerations } from '../cache.ts'

/** Half of what a network has used is forgotten in this time. */
const halfLife_ms = 10_000
/** Networks that are remembered, twice. A forgotten network counts as one that has used nothing. */
const networkLimit = 10_000

/** Work that waits for its turn. */
interface Waiting<T> {
  network: string
  since_ms: number
  work: T
}

/**
 * A queue that is fair by network. Next comes the work of the network that has used least in the last minute, so a network
 * that floods the queue waits behind every other. Work of one network stays in order. All times are milliseconds of one
 * monotonic clock.
 */
export interface FairQueue<T> {
  /**
   * Adds work if fewer than `room` items wait. In a full queue the work replaces the last item of the network that has used
   * most, if that network has used more than this one.
   * @returns the work that has to be refused, perhaps this work itself. Undefined: none
   */
  add: (item: Waiting<T>, room: number) => T | undefined
  /** Takes the next work, and counts one use for its network. */
  take: (now_ms: number) => T | undefined
  /** Takes all work that was added before this time. */
  takeOlder: (before_ms: number) => T[]
  size: () => number
}

/** Every operation takes time in proportion to the length of the queue, so `room` has to be small. */
export function createFairQueue<T>(): FairQueue<T> {
  let waiting: Waiting<T>[] = []
  const uses = createGenerations<{ amount: number; at_ms: number }>(networkLimit)
  const used = (network: string, now_ms: number) => {
    const use = uses.get(network)
    return use === undefined ? 0 : use.amount * 2 ** ((use.at_ms - now_ms) / halfLife_ms)
  }
  /** The place of the item that `isBetter` prefers to every item before and to no item after. */
  const find = (now_ms: number, isBetter: (use: number, best: number) => boolean) => {
    const amounts = new Map<string, number>()
    let best: { at: number; use: number } | undefined
    for (const [at, { network }] of waiting.entries()) {
      const use = amounts.get(network) ?? used(network, now_ms)
      amounts.set(network, use)
      if (best === undefined || isBetter(use, best.use)) best = { at, use }
    }
    return best
  }
  return {
    add(item, room) {
      if (waiting.length >= room) {
        const worst = find(item.since_ms, (use, most) => use >= most)
        if (worst === undefined || worst.use <= used(item.network, item.since_ms)) return item.work
        const [evicted] = waiting.splice(worst.at, 1) as [Waiting<T>]
        waiting.push(item)
        return evicted.work
      }
      waiting.push(item)
      return undefined
    },
    take(now_ms) {
      const next = find(now_ms, (use, least) => use < least)
      if (next === undefined) return undefined
      const [{ network, work }] = waiting.splice(next.at, 1) as [Waiting<T>]
      uses.set(network, { amount: next.use + 1, at_ms: now_ms })
      return work
    },
    takeOlder(before_ms) {
      const older = waiting.filter(({ since_ms }) => since_ms < before_ms)
      if (older.length > 0) waiting = waiting.filter(({ since_ms }) => since_ms >= before_ms)
      return older.map(({ work }) => work)
    },
    size: () => waiting.length,
  }
}
