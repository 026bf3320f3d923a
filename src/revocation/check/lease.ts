/** One reading of a process's two clocks. Neither clock is ever compared with another machine's clock. */
export interface Instant {
  /** Monotonic milliseconds, from any origin. The clock stands still while a virtual machine is suspended. */
  mono_ms: number
  /** Wall clock, in milliseconds since 1970. It runs on during a suspension, but may be set at any time. */
  wall_ms: number
}

/** When a node must stop answering from memory, on each of its clocks. */
export type Lease = Readonly<Instant>

/**
 * How far the rate of a clock that counts a lease may differ from real time. Quartz and NTP's ordinary slewing stay below
 * 0.0006. chrony slews at up to 0.083 after a large error, unless `maxslewrate` forbids it.
 */
export const clockRateError = 0.01

/** Wall clocks are read in whole milliseconds, so the end of a lease may be seen this much late. */
const clockGrain_ms = 1

/**
 * The lease that a renewal earns.
 * @param began the clocks before the last read of the log was sent. An entry that this read missed was appended later
 */
export function leaseFrom(began: Instant, lease_ms: number): Lease {
  return { mono_ms: began.mono_ms + lease_ms, wall_ms: began.wall_ms + lease_ms }
}

/**
 * Whether a lease still runs. Both clocks must agree, because the monotonic clock does not notice a suspension.
 * @param now read after the request arrived
 */
export function holds(lease: Lease | undefined, now: Instant): boolean {
  return lease !== undefined && now.mono_ms < lease.mono_ms && now.wall_ms < lease.wall_ms
}

/** Milliseconds until the lease ends, by the clock that says it ends first. Not positive: no lease runs. */
export function remaining(lease: Lease | undefined, now: Instant): number {
  if (lease === undefined) return 0
  return Math.min(lease.mono_ms - now.mono_ms, lease.wall_ms - now.wall_ms)
}

/**
 * How long to wait, on this process's monotonic clock, until every lease that began before the wait is over, on any machine.
 *
 * A holder whose clock runs slow, at rate 1−ρ, takes lease / (1−ρ) of real time to count its lease. A waiter whose clock
 * runs fast, at rate 1+ρ, counts w within w / (1+ρ). So w = lease × (1+ρ) / (1−ρ), where the lease is longer by the grain of
 * the wall clock: 1022 ms for a second at one percent.
 */
export function waitOut(lease_ms: number): number {
  return Math.ceil(((lease_ms + clockGrain_ms) * (1 + clockRateError)) / (1 - clockRateError))
}
