import { run } from './agenda.ts'
import { calmDown } from './calm.ts'
import { planSchedule } from './faults.ts'
import type { Mutation } from './mutations.ts'
import { createWorld, unbroken, type World } from './world.ts'

/** The result of one schedule. */
export interface Outcome {
  violation: string | undefined
  events: number
  checks: number
  asks: number
  revocations: number
  effective: number
}

/** One of this many schedules has a calm end, which checks that revocations are answered and hosts recover in time. */
const calmEvery = 8

/**
 * Runs the schedule of one seed. The same seed gives the same schedule.
 * @param trace gets a line for each event, for debugging
 */
export function runSchedule(seed: number, mutation: Mutation = unbroken, trace?: (line: string) => void): Outcome {
  const world = createWorld(seed, mutation, trace)
  const { agenda, checker, chances } = world
  planSchedule(world)
  run(agenda, chances.until_ms, () => checker.violation !== undefined)
  const calms = seed % calmEvery === 0 && chances.lengths_ms.length === 1 && chances.give_up_ms === undefined
  if (checker.violation === undefined && calms) calmDown(world)
  return outcomeOf(world)
}

export function outcomeOf({ checker, agenda }: World): Outcome {
  return {
    violation: checker.violation,
    events: agenda.planned,
    checks: checker.checks,
    asks: checker.asks,
    revocations: checker.tickets.length,
    effective: checker.tickets.filter(({ outcome }) => outcome === 'effective').length,
  }
}
