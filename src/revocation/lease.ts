/** One look at a process's own two clocks. Neither is ever compared with another machine's. */
export interface Instant {
  /** Monotonic milliseconds, from any origin; stands still while a virtual machine is suspended. */
  mono_ms: number
  /** Milliseconds since 1970 by the wall clock; goes on during a suspension, but may be set at any time. */
  wall_ms: number
}

/** When a node must stop answering from memory, on each of its clocks. */
export type Lease = Readonly<Instant>

/**
 * How much faster or slower than real time a clock that counts a lease, or waits for one, may run. Quartz and NTP's
 * ordinary slewing stay below 0.0006; chrony slews at up to 0.083 after a large error unless `maxslewrate` forbids it.
 */
export const clockRateError = 0.01

/** Wall clocks are read in whole milliseconds, so a lease may be seen to end this much late. */
const clockGrain_ms = 1

/**
 * The lease that a renewal earns.
 * @param began read before the renewal's last look at the log was sent: whatever that look missed was appended later
 */
export function leaseFrom(began: Instant, lease_ms: number): Lease {
  return { mono_ms: began.mono_ms + lease_ms, wall_ms: began.wall_ms + lease_ms }
}

/**
 * Whether a lease still runs. Both clocks must say so: after a suspension the monotonic one does not know.
 * @param now read after the request that is being judged had arrived
 */
export function holds(lease: Lease | undefined, now: Instant): boolean {
  return lease !== undefined && now.mono_ms < lease.mono_ms && now.wall_ms < lease.wall_ms
}

/**
 * How long to wait on the own monotonic clock until every lease that began before the wait is over, whoever holds it.
 *
 * A holder whose clock runs slow, at 1−ρ, takes lease / (1−ρ) of real time to count its lease. A waiter whose clock
 * runs fast, at 1+ρ, counts w within w / (1+ρ). So w = lease × (1+ρ) / (1−ρ), where the lease is longer by the wall
 * clock's grain: 1022 ms for a second at one percent.
 */
export function waitOut(lease_ms: number): number {
  return Math.ceil(((lease_ms + clockGrain_ms) * (1 + clockRateError)) / (1 - clockRateError))
}
