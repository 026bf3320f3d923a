import type { Command } from '../../../src/revocation/messages.ts'
import type { Random } from './random.ts'

/** What may go wrong in one schedule, and how often. Each schedule leaves some of it out, so that the rest shows. */
export interface Chances {
  nodes: number
  /** Faults and revocations happen up to here, in real time. */
  until_ms: number
  revocations: number
  faults: number
  /** For each message. */
  slow: number
  /** A kind of command whose way to the database is slow half of the time. */
  slow_kind: Command['kind'] | undefined
  lost: number
  /** For each notification. */
  hint_lost: number
  /** For each append: its commit does not wait for the replica, and fails though it is there. */
  cut_short: number
  suspensions: boolean
  /** How long a process may think that leases last. More than one is a mistake, and only a waste of time. */
  lengths_ms: number[]
}

export const lease_ms = 1000

export function drawChances(random: Random): Chances {
  return {
    nodes: 3 + random.below(3),
    until_ms: random.between(1500, 3500),
    revocations: 2 + random.below(6),
    faults: random.below(6),
    slow: random.pick([0, 0.02, 0.1, 0.25]),
    slow_kind: random.pick([
      undefined,
      undefined,
      'read',
      'insert',
      'renew',
      'renew',
      'append',
      'look',
      'remove',
      'sweep',
    ]),
    lost: random.pick([0, 0, 0.02, 0.1]),
    hint_lost: random.pick([0, 0.2, 1]),
    cut_short: 0.05,
    suspensions: random.chance(0.5),
    lengths_ms: random.chance(0.1) ? [lease_ms, 3 * lease_ms] : [lease_ms],
  }
}

/** How long a message takes: mostly a few milliseconds, now and then longer than a lease. */
export function drawDelay(random: Random, slow: number): number {
  if (!random.chance(slow)) return random.between(0.2, 4)
  return random.chance(0.3) ? random.between(600, 2600) : random.between(10, 500)
}

/** The ends of the allowed range are where it hurts. */
export function drawRate(random: Random, error: number): number {
  return 1 + random.pick([-error, error, 0, random.between(-error, error)])
}
