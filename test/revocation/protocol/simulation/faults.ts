import { plan } from './agenda.ts'
import { lease_ms } from './chances.ts'
import { checkNode, recordTicket, request } from './checker.ts'
import { setWall, skipSuspension } from './clock.ts'
import { loseLastCommits, trim } from './database.ts'
import { commitDirectly, deliver, type Host, log, start, type World } from './world.ts'

/** Plans everything that comes from outside: process starts, client requests and faults. */
export function planSchedule(world: World): void {
  const { agenda, random, chances } = world
  for (const host of world.hosts) {
    const at_ms = random.chance(0.8) ? random.between(0, 50) : random.between(0, chances.until_ms)
    plan(agenda, at_ms, () => start(world, host, random.chance(0.95)))
  }
  const fault_times = Array.from({ length: chances.faults }, () => random.between(20, chances.until_ms))
  for (const at_ms of fault_times) {
    const fault = random.pick(faults)
    plan(agenda, at_ms, () => fault(world, random.pick(world.hosts)))
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
  expire,
]

/** SIGSTOP or a long garbage collection: both clocks go on. */
function pause(world: World, host: Host): void {
  stop(world, host, drawLength(world), () => undefined)
}

/** A virtual machine is suspended: its monotonic clock stands still. */
function suspend(world: World, host: Host): void {
  const from_ms = world.agenda.now_ms
  const resume = (now_ms: number) => world.chances.suspensions && skipSuspension(host.clock, from_ms, now_ms)
  stop(world, host, drawLength(world), resume)
}

/** Draws a length that is often about a fence's wait, so that a host comes back during its removal. */
function drawLength({ random }: World): number {
  return random.chance(0.4) ? random.between(lease_ms, lease_ms * 1.15) : random.between(20, 2500)
}

function stop(world: World, host: Host, length_ms: number, onResume: (now_ms: number) => unknown): void {
  const { agenda } = world
  const until_ms = agenda.now_ms + length_ms
  if (agenda.now_ms < host.stopped_until) return
  log(world, () => `${host.name} stops until ${until_ms.toFixed(1)}`)
  host.stopped_until = until_ms
  plan(agenda, until_ms, () => {
    onResume(until_ms)
    checkNode(world, host)
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
  if (host.process === undefined) start(world, host, agenda.now_ms > chances.until_ms || random.chance(0.95))
}

function leave(world: World, host: Host): void {
  if (host.process === undefined) return
  deliver(world, host, host.process, { kind: 'leave' })
  plan(world.agenda, world.agenda.now_ms + world.random.between(0, 100), () => crash(world, host))
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
function setClock(world: World, host: Host): void {
  const { agenda, random, chances } = world
  if (agenda.now_ms < host.stopped_until) return
  setWall(host.clock, agenda.now_ms, random.between(chances.suspensions ? 0 : -3000, 3000))
}

/** Expires a token. Its entry may be trimmed from the log. */
function expire(world: World): void {
  const { random, checker, database } = world
  checker.expired.add(`j${random.below(world.chances.revocations)}`)
  trim(database, (jti) => checker.expired.has(jti), world.mutation.trimsNewest !== true)
}
