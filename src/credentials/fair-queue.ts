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
 * A queue that is fair by network. Next comes the work of the network that has used least in the last minute. Work that was
 * taken counts as one use, and so does work that was refused: a network that asks again and again while the queue is full
 * waits behind every network that asks once. Work of one network stays in order. All times are milliseconds of one
 * monotonic clock.
 */
export interface FairQueue<T> {
  /**
   * Adds work if fewer than `room` items wait. In a full queue, the work replaces the last item of the network for which the
   * sum of its uses and of its waiting items is greatest, if that sum is greater than the sum of this network.
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
  const count = (network: string, now_ms: number) =>
    uses.set(network, { amount: used(network, now_ms) + 1, at_ms: now_ms })
  return {
    add(item, room) {
      if (waiting.length < room) {
        waiting.push(item)
        return undefined
      }
      const loads = new Map<string, number>()
      const load = (network: string) => loads.get(network) ?? used(network, item.since_ms)
      for (const { network } of waiting) loads.set(network, load(network) + 1)
      const most = Math.max(...loads.values())
      let refused = item
      if (most > load(item.network)) {
        const at = waiting.findLastIndex(({ network }) => load(network) === most)
        refused = waiting.splice(at, 1)[0] as Waiting<T>
        waiting.push(item)
      }
      count(refused.network, item.since_ms)
      return refused.work
    },
    take(now_ms) {
      const amounts = new Map(waiting.map(({ network }) => [network, 0]))
      for (const network of amounts.keys()) amounts.set(network, used(network, now_ms))
      const least = Math.min(...amounts.values())
      const at = waiting.findIndex(({ network }) => amounts.get(network) === least)
      if (at < 0) return undefined
      const [{ network, work }] = waiting.splice(at, 1) as [Waiting<T>]
      count(network, now_ms)
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
