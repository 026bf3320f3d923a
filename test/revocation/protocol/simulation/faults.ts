import { horizonEntry } from '../../../../src/revocation/entry.ts'
import { plan } from './agenda.ts'
import { lease_ms } from './chances.ts'
import { checkClient, checkNode, forgetUndone, recordAppend, recordTicket, request } from './checker.ts'
import { claimsOf } from './claims.ts'
import { setWall, skipSuspension } from './clock.ts'
import { backUp, loseLastCommits, restore, trim } from './database.ts'
import { breakLink, type Client, closeClient, cutLink, restartClient } from './verifiers.ts'
import { commitDirectly, commitEntries, deliver, type Host, log, startProcess, type World } from './world.ts'

/** Plans everything that comes from outside: process starts, client requests and faults. */
export function planSchedule(world: World): void {
  const { agenda, random, chances } = world
  for (const host of world.hosts) {
    const at_ms = random.chance(0.8) ? random.between(0, 50) : random.between(0, chances.until_ms)
    plan(agenda, at_ms, () => startProcess(world, host, random.chance(0.95)))
  }
  for (const client of world.clients) plan(agenda, random.between(0, 300), () => restartClient(world, client))
  const fault_times = Array.from({ length: chances.faults }, () => random.between(20, chances.until_ms))
  for (const at_ms of fault_times) {
    if (world.clients.length > 0 && random.chance(0.5)) {
      const fault = random.pick(clientFaults)
      plan(agenda, at_ms, () => fault(world, random.pick(world.clients)))
    } else {
      const fault = random.pick(faults)
      plan(agenda, at_ms, () => fault(world, random.pick(world.hosts)))
    }
  }
  const jtis = Array.from({ length: chances.revocations }, (_, i) => `j${i}`)
  for (const jti of jtis) planRevocation(world, jti, fault_times)
  for (let i = 0; i < 4; i++) {
    plan(agenda, random.between(0, chances.until_ms), () => request(world, random.pick(world.hosts), random.pick(jtis)))
  }
}

/** Plans a revocation: half of them are close to a fault, and some come from two clients. */
function planRevocation(world: World, jti: string, fault_times: number[]): void {
  const { agenda, random, chances } = world
  const close = fault_times.length > 0 && random.chance(0.5)
  const at_ms = close ? random.pick(fault_times) + random.between(-15, 30) : random.between(100, chances.until_ms)
  const times = random.chance(0.1) ? 2 : 1
  for (let i = 0; i < times; i++) {
    plan(agenda, at_ms + i * random.between(0, 50), () => revoke(world, random.pick(world.hosts), jti))
  }
}

export function revoke(world: World, host: Host, jti: string): void {
  const { process } = host
  if (process === undefined) return
  const id = recordTicket(world, host, jti)
  const request = { id, jti, user_id: undefined, reason: 'simulated', now: -1 }
  if (world.random.chance(0.2)) commitDirectly(world, host, process, request)
  else deliver(world, host, process, { kind: 'revoke', request })
}

/** A host may come back when its row is removed. A revocation at that moment detects a removal that was too early. */
export function revokeAfterRemoval(world: World): void {
  const { agenda, random, chances, checker } = world
  if (agenda.now_ms > chances.until_ms || checker.tickets.length > 12 || random.chance(0.4)) return
  const jti = `r${checker.tickets.length}`
  plan(agenda, agenda.now_ms + random.between(0, 20), () => revoke(world, random.pick(world.hosts), jti))
}

type Fault = (world: World, host: Host) => void

const faults: Fault[] = [
  pause,
  pause,
  suspend,
  crash,
  leave,
  cut,
  cut,
  cut,
  restartDatabase,
  restartDatabase,
  setClock,
  prune,
  prune,
  restoreBackup,
]

const clientFaults: ((world: World, client: Client) => void)[] = [
  pause,
  pause,
  suspend,
  setClock,
  restartClient,
  closeClient,
  (world, { link }) => link !== undefined && cutLink(world, link),
  (world, { link }) => link !== undefined && cutLink(world, link),
  (world, { link }) => link !== undefined && breakLink(world, link),
]

/** SIGSTOP or a long garbage collection: both clocks go on. */
function pause(world: World, machine: Host | Client): void {
  stop(world, machine, drawLength(world))
}

/** A virtual machine is suspended: its monotonic clock stands still. */
function suspend(world: World, machine: Host | Client): void {
  const from_ms = world.agenda.now_ms
  const resume = (now_ms: number) => world.chances.suspensions && skipSuspension(machine.clock, from_ms, now_ms)
  stop(world, machine, drawLength(world), resume)
}

/** Draws a length that is often about a fence's wait, so that a host comes back during its removal. */
function drawLength({ random }: World): number {
  return random.chance(0.4) ? random.between(lease_ms, lease_ms * 1.15) : random.between(20, 2500)
}

function stop(
  world: World,
  machine: Host | Client,
  length_ms: number,
  onResume: (now_ms: number) => unknown = () => undefined,
): void {
  const { agenda } = world
  const until_ms = agenda.now_ms + length_ms
  if (agenda.now_ms < machine.stopped_until) return
  log(world, () => `${machine.name} stops until ${until_ms.toFixed(1)}`)
  machine.stopped_until = until_ms
  plan(agenda, until_ms, () => {
    onResume(until_ms)
    if ('follower' in machine) checkClient(world, machine)
    else checkNode(world, machine)
  })
}

function crash(world: World, host: Host): void {
  const { agenda, random } = world
  log(world, () => `${host.name} crashes`)
  host.process = undefined
  if (random.chance(0.7)) plan(agenda, agenda.now_ms + random.between(0, 1500), () => restart(world, host))
}

function restart(world: World, host: Host): void {
  const { agenda, random, chances } = world
  if (host.process === undefined) startProcess(world, host, agenda.now_ms > chances.until_ms || random.chance(0.95))
}

function leave(world: World, host: Host): void {
  const { process } = host
  if (process === undefined) return
  deliver(world, host, process, { kind: 'leave' })
  plan(world.agenda, world.agenda.now_ms + world.random.between(0, 100), () => {
    if (host.process === process) crash(world, host)
  })
}

function cut(world: World, host: Host): void {
  const { agenda, random } = world
  const direction = random.below(3)
  host.cut_to = direction !== 0
  host.cut_from = direction !== 1
  log(world, () => `${host.name} is cut off: ${['from', 'to', 'both'][direction]}`)
  plan(agenda, agenda.now_ms + drawLength(world), () => heal(world, host))
}

function heal(world: World, host: Host): void {
  log(world, () => `${host.name} is connected`)
  host.cut_to = false
  host.cut_from = false
}

/** Restarts in the same incarnation, or loses renewals, joins and removals, answered or not. */
function restartDatabase(world: World): void {
  const { agenda, random, database } = world
  // A lost join may have had a longer lease than any other node knows of. The protocol does not cover this case.
  const clean = random.chance(0.2) || world.chances.lengths_ms.length > 1
  log(world, () => `database ${clean ? 'restarts' : 'loses its last commits'}`)
  database.up = false
  if (!clean) loseLastCommits(database, random.below(12), random.below(3))
  plan(agenda, agenda.now_ms + (random.chance(0.5) ? random.between(0, 20) : random.between(0, 1200)), () => {
    database.up = true
  })
}

/** A wall clock that is set back hides a suspension, so no schedule has both. */
function setClock(world: World, machine: Host | Client): void {
  const { agenda, random, chances } = world
  if (agenda.now_ms < machine.stopped_until) return
  const by_ms = random.chance(0.5) ? 3000 : 10_000_000
  setWall(machine.clock, agenda.now_ms, random.between(chances.suspensions ? 0 : -by_ms, by_ms))
}

/**
 * Housekeeping with a wrong clock: tokens count as expired long before. The horizon is raised first, and when every node
 * knows the horizon, rows and entries are deleted.
 */
function prune(world: World, host: Host): void {
  const { agenda, random, chances, database, mutation } = world
  if (host.process === undefined) return
  const horizon_ms = claimsOf(`j${random.below(chances.revocations)}`).exp * 1000
  const deleteAll = () => {
    plan(agenda, agenda.now_ms + random.between(0, 10), () => {
      const rules = { needsHorizon: !mutation.prunesAnyway, keepsNewest: !mutation.trimsNewest }
      if (database.up) trim(database, horizon_ms, rules)
    })
  }
  if (mutation.prunesEarly) deleteAll()
  const ticket = recordAppend(world, host, 'horizon', deleteAll)
  commitEntries(world, host, host.process, ticket, [horizonEntry(horizon_ms)])
}

/** A backup is made now, and the database goes back to it later, with or without a restart. */
function restoreBackup(world: World): void {
  const { agenda, random, chances, database } = world
  const backup = backUp(database)
  plan(agenda, random.between(agenda.now_ms, chances.until_ms), () => {
    const byHand = random.chance(0.5)
    log(world, () => `database goes back${byHand ? ', except for the node rows' : ''}`)
    restore(database, backup, byHand)
    forgetUndone(world)
    if (byHand || random.chance(0.3)) return
    database.up = false
    plan(agenda, agenda.now_ms + random.between(0, 100), () => {
      database.up = true
    })
  })
}
