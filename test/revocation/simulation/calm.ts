import { check } from '../../../src/revocation/member.ts'
import { plan, run } from './agenda.ts'
import { lease_ms } from './chances.ts'
import { violate } from './checker.ts'
import { readClock } from './clock.ts'
import { revoke } from './faults.ts'
import { log, type Node, start, type World } from './world.ts'

/** What a revocation may take when a node is dead. */
const bound_ms = lease_ms + 250

/**
 * The end of a schedule: nothing breaks any more, though what is broken may stay so. Everything asked of a process that
 * runs and is connected must be answered, each such node must hold a lease again, and then, with one more of them dead
 * at that moment, new revocations must be answered in time.
 */
export function calmDown(world: World): void {
  const { agenda, chances, database, checker } = world
  log(world, () => 'calm')
  Object.assign(chances, { slow: 0, slow_kind: undefined, lost: 0, cut_short: 0 })
  database.up = true
  const well = world.nodes.filter((node) => recover(world, node))
  const quiet = () => checker.violation !== undefined
  run(agenda, chances.until_ms + 2.4 * lease_ms, quiet)
  checkEnds(world, well)

  const probed = well.length > 1 ? well.slice(1) : well
  if (well.length > 1) log(world, () => `${well[0]?.name} dies`)
  if (well.length > 1 && well[0] !== undefined) well[0].process = undefined
  const first = checker.tickets.length
  for (const node of probed)
    plan(agenda, agenda.now_ms + world.random.between(0, 5), () => revoke(world, node, `p${node.name}`))
  run(agenda, agenda.now_ms + bound_ms + 10, quiet)
  for (const { outcome, waited_ms, jti } of checker.tickets.slice(first)) {
    if (outcome !== 'effective' || waited_ms > bound_ms)
      violate(world, `${jti} was ${outcome} after ${waited_ms.toFixed(1)} ms`)
  }
}

/** @returns whether the node is well from here on; a few stay as they are */
function recover(world: World, node: Node): boolean {
  if (world.agenda.now_ms < node.stopped_until || world.random.chance(0.15)) return false
  node.cut_to = false
  node.cut_from = false
  if (node.process === undefined || node.process.member.membership.next === 'rest') start(world, node, true)
  return true
}

function checkEnds(world: World, well: Node[]): void {
  const { agenda, chances, checker } = world
  checker.tickets.forEach(({ node, process, outcome, asked_at }, ticket) => {
    if (outcome !== 'open' || !well.includes(node) || node.process !== process || asked_at > chances.until_ms) return
    violate(world, `ticket ${ticket} was never answered`)
  })
  for (const node of well) {
    const now = readClock(node.clock, agenda.now_ms)
    if (node.process && check(node.process.member, 'nobody', 0, now) !== 'live')
      violate(world, `${node.name} never came back`)
  }
}
