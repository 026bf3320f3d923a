import { checkFollower } from '../../../../src/revocation/feed/follower.ts'
import { check } from '../../../../src/revocation/protocol/node.ts'
import { plan, run } from './agenda.ts'
import { lease_ms } from './chances.ts'
import { violate } from './checker.ts'
import { untouched } from './claims.ts'
import { readClock } from './clock.ts'
import { revoke } from './faults.ts'
import { moveClients } from './verifiers.ts'
import { type Host, log, startProcess, type World } from './world.ts'

/** How long a revocation may take while a host is dead. */
const bound_ms = lease_ms + 250

/**
 * Ends a schedule without new faults. A broken host may stay broken. Each process that runs and is connected must
 * answer every ticket and hold a lease again. Then one more host dies, and new revocations must be answered in time.
 */
export function calmDown(world: World): void {
  const { agenda, chances, database, checker } = world
  log(world, () => 'calm')
  Object.assign(chances, { busy: 0, slow: 0, slow_kind: undefined, lost: 0, cut_short: 0 })
  database.up = true
  const healthy = world.hosts.filter((host) => recover(world, host))
  if (healthy.length > 0) moveClients(world, healthy)
  const isViolated = () => checker.violation !== undefined
  // A command that is lost, the longest pause before it is repeated, a lease to wait out, and the usual delays.
  run(agenda, chances.until_ms + 3.6 * lease_ms, isViolated)
  checkEnds(world, healthy)

  const probed = healthy.length > 1 ? healthy.slice(1) : healthy
  for (const client of healthy.length > 0 ? world.clients : []) {
    const now = readClock(client.clock, agenda.now_ms)
    if (checkFollower(client.follower, untouched, now) !== 'live') violate(world, `${client.name} got no lease again`)
  }
  if (healthy.length > 1) log(world, () => `${healthy[0]?.name} dies`)
  if (healthy.length > 1 && healthy[0] !== undefined) healthy[0].process = undefined
  const first = checker.tickets.length
  for (const host of probed)
    plan(agenda, agenda.now_ms + world.random.between(0, 5), () => revoke(world, host, `p${host.name}`))
  run(agenda, agenda.now_ms + bound_ms + 10, isViolated)
  for (const { outcome, waited_ms, jti } of checker.tickets.slice(first)) {
    if (outcome !== 'effective' || waited_ms > bound_ms)
      violate(world, `${jti} was ${outcome} after ${waited_ms.toFixed(1)} ms`)
  }
}

/** @returns whether the host works from now on. A few hosts stay broken */
function recover(world: World, host: Host): boolean {
  if (world.agenda.now_ms < host.stopped_until || world.random.chance(0.15)) return false
  if (host.process?.node.renewal.next === 'leave') return false
  host.cut_to = false
  host.cut_from = false
  if (host.process === undefined || host.process.node.renewal.next === 'rest') startProcess(world, host, true)
  return true
}

function checkEnds(world: World, healthy: Host[]): void {
  const { agenda, chances, checker } = world
  checker.tickets.forEach(({ host, process, outcome, asked_at }, ticket) => {
    if (outcome !== 'open' || !healthy.includes(host) || host.process !== process || asked_at > chances.until_ms) return
    violate(world, `ticket ${ticket} was never answered`)
  })
  for (const host of healthy) {
    const now = readClock(host.clock, agenda.now_ms)
    if (host.process && check(host.process.node, untouched, now) !== 'live')
      violate(world, `${host.name} got no lease again`)
  }
}
