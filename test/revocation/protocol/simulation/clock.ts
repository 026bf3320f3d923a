import type { Instant } from '../../../../src/revocation/check/lease.ts'

/** A machine's two clocks, each with its own origin and rate. */
export interface Clock {
  mono: Dial
  wall: Dial
}

interface Dial {
  /** What the clock shows at the real time `at_ms`. */
  shows_ms: number
  at_ms: number
  rate: number
}

export function createClock(at_ms: number, mono_rate: number, wall_rate: number): Clock {
  return {
    mono: { shows_ms: 5000, at_ms, rate: mono_rate },
    wall: { shows_ms: 1_900_000_000_000, at_ms, rate: wall_rate },
  }
}

/** Like `Date.now`, the wall clock shows whole milliseconds. */
export function readClock({ mono, wall }: Clock, at_ms: number): Instant {
  return { mono_ms: read(mono, at_ms), wall_ms: Math.floor(read(wall, at_ms)) }
}

function read(dial: Dial, at_ms: number): number {
  return dial.shows_ms + (at_ms - dial.at_ms) * dial.rate
}

/** Returns the real time at which the monotonic clock will show `mono_ms`. */
export function whenMono({ mono }: Clock, mono_ms: number): number {
  return mono.at_ms + (mono_ms - mono.shows_ms) / mono.rate
}

/** Makes the monotonic clock stand still from `from_ms` to `to_ms`, because the machine was suspended. */
export function skipSuspension({ mono }: Clock, from_ms: number, to_ms: number): void {
  mono.shows_ms = read(mono, from_ms)
  mono.at_ms = to_ms
}

export function setWall({ wall }: Clock, at_ms: number, by_ms: number): void {
  wall.shows_ms = read(wall, at_ms) + by_ms
  wall.at_ms = at_ms
}
