import type { Command } from '../../../../src/revocation/protocol/messages.ts'
import type { Random } from './random.ts'

/** What may go wrong in one schedule, and how often. Each schedule leaves out some faults, so that the others show. */
export interface Chances {
  hosts: number
  /** Faults and revocations happen up to here, in real time. */
  until_ms: number
  revocations: number
  faults: number
  /** For each message. */
  slow: number
  /** A kind of command that reaches the database late half of the time. */
  slow_kind: Command['kind'] | undefined
  lost: number
  /** For each notification. */
  hint_lost: number
  /** For each append: the wait for the replica is cut short, so the commit seems to fail although it is stored. */
  cut_short: number
  suspensions: boolean
  /** How long a process may think that leases last. More than one length is an operator's mistake, and costs only time. */
  lengths_ms: number[]
  /** After this time a revocation is given up. Undefined: after the usual time, which is longer than a schedule. */
  patience_ms: number | undefined
}

export const lease_ms = 1000

export function drawChances(random: Random): Chances {
  return {
    hosts: 3 + random.below(3),
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
    patience_ms: random.chance(0.1) ? random.between(5, 1500) : undefined,
  }
}

/** How long a message takes: mostly a few milliseconds, sometimes longer than a lease. */
export function drawDelay(random: Random, slow: number): number {
  if (!random.chance(slow)) return random.between(0.2, 4)
  return random.chance(0.3) ? random.between(600, 2600) : random.between(10, 500)
}

/** The ends of the allowed range are the worst cases. */
export function drawRate(random: Random, error: number): number {
  return 1 + random.pick([-error, error, 0, random.between(-error, error)])
}
