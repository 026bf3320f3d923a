import type { Command } from '../../../../src/revocation/protocol/messages.ts'
import type { Random } from './random.ts'

/** What may go wrong in one schedule, and how often. Each schedule leaves out some faults, so that the others show. */
export interface Chances {
  hosts: number
  verifiers: number
  /** Faults and revocations happen up to here, in real time. */
  until_ms: number
  revocations: number
  faults: number
  /** Probability for each message. */
  slow: number
  /** A kind of command that reaches the database late half of the time. */
  slow_kind: Command['kind'] | undefined
  lost: number
  /** Probability for each notification. */
  hint_lost: number
  /** A notification arrives without its text. */
  untold: number
  /** Probability that an append's wait for the replica is cut short: the commit seems to fail, but it is stored. */
  cut_short: number
  /** Probability that another transaction has locked the token of a request. */
  busy: number
  suspensions: boolean
  /** The lengths of lease that processes use. More than one is an operator's mistake, and may only cost time. */
  lengths_ms: number[]
  /** After this time a revocation is given up. Undefined: after the usual time, which is longer than a schedule. */
  give_up_ms: number | undefined
}

export const lease_ms = 1000

export function drawChances(random: Random): Chances {
  return {
    hosts: 3 + random.below(3),
    verifiers: random.pick([0, 0, 1, 2, 4]),
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
    untold: random.pick([0, 0.3, 1]),
    cut_short: 0.05,
    busy: random.pick([0, 0, 0.1]),
    suspensions: random.chance(0.5),
    lengths_ms: random.chance(0.1) ? [lease_ms, 3 * lease_ms] : [lease_ms],
    give_up_ms: random.chance(0.1) ? random.between(5, 1500) : undefined,
  }
}

/** Draws the delay of a message: usually a few milliseconds, sometimes longer than a lease. */
export function drawDelay(random: Random, slow: number): number {
  if (!random.chance(slow)) return random.between(0.2, 4)
  return random.chance(0.3) ? random.between(600, 2600) : random.between(10, 500)
}

/** Draws the rate of a clock. The ends of the allowed range are the worst cases. */
export function drawRate(random: Random, error: number): number {
  return 1 + random.pick([-error, error, 0, random.between(-error, error)])
}
