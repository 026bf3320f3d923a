import { clockRateError } from '../../../../src/revocation/check/lease.ts'
import { type Entry, type Position, start } from '../../../../src/revocation/entry.ts'
import {
  createSingle,
  type Single,
  type SingleEvent,
  singleWakeAt,
  stepSingle,
} from '../../../../src/revocation/protocol/single.ts'
import type { Granting } from '../../../../src/revocation/sqlite/records.ts'
import { plan, run } from './agenda.ts'
import { drawRate } from './chances.ts'
import { checkClient } from './checker.ts'
import { claimsOf } from './claims.ts'
import { type Clock, createClock, readClock, setWall, skipSuspension, whenMono } from './clock.ts'
import { createSet } from './mutations.ts'
import { type Outcome, outcomeOf } from './schedule.ts'
import type { FileMutation } from './verifier-mutations.ts'
import type { Server, ServerProcess } from './verifiers.ts'
import {
  breakLink,
  closeClient,
  closeLinks,
  cutLink,
  isForVerifiers,
  restartClient,
  sendToVerifiers,
} from './verifiers.ts'
import { createWorld, log, type World } from './world.ts'

/** The SQLite file, as the processes that use it see it. */
interface File {
  log: (Entry & Position)[]
  last_seq: number
  marks: number
  /** The process that grants leases. */
  feed: { server: string; lease_ms: number } | undefined
  /** Number of commits. */
  version: number
}

/** A machine with a process that uses the file: a server, or a command. */
interface Machine extends Server {
  clock: Clock
  process: FileProcess | undefined
}

interface FileProcess extends ServerProcess {
  id: string
  single: Single
  applied: Position
  /** The file's version when the log was last read, without the process's own commits. */
  version: number
  own_commits: number
  wake_at: number
  /** Everything that verifiers do is handled in order. */
  handled_ms: number
  waiting: Map<string, () => void>
  /** The process is a server. */
  started: boolean
}

/** What a schedule on a file needs beyond a world. */
interface FileWorld {
  world: World
  file: File
  /** Entries that a restore has taken out. A later copy of the file may have them again, but they were not there throughout. */
  lost: Set<Entry>
  machines: Machine[]
  mutation: FileMutation
  tickets: number
  /** LEASE_MS of every process. Undefined: the processes differ. */
  setting_ms: number | undefined
}

/**
 * Runs one schedule of servers on SQLite, with verifiers, and with commands beside them.
 * @param trace gets a line for each event, for debugging
 */
export function runFileSchedule(
  seed: number,
  mutation: FileMutation = { name: 'unbroken' },
  trace?: (line: string) => void,
): Outcome {
  const world = createWorld(seed, mutation, trace)
  const { random, chances, agenda, checker } = world
  const files: FileWorld = {
    world,
    file: { log: [], last_seq: 0, marks: 0, feed: undefined, version: 1 },
    lost: new Set(),
    machines: [],
    mutation,
    setting_ms: random.chance(0.5) ? random.pick(chances.lengths_ms) : undefined,
    tickets: 0,
  }
  world.hosts = []
  for (let i = 0; i < (random.chance(0.8) ? 1 : 2); i++) {
    const clock = createClock(0, drawRate(random, clockRateError), drawRate(random, clockRateError))
    files.machines.push({ name: `server${i}`, clock, stopped_until: 0, process: undefined })
  }
  world.reachable = files.machines
  for (const machine of files.machines) plan(agenda, random.between(0, 500), () => startServer(files, machine))
  for (const client of world.clients) plan(agenda, random.between(0, 300), () => restartClient(world, client))
  for (let i = 0; i < chances.revocations; i++) {
    plan(agenda, random.between(100, chances.until_ms), () => revokeSomewhere(files, `j${i}`))
  }
  for (let i = 0; i < chances.faults; i++) {
    plan(agenda, random.between(20, chances.until_ms), () => random.pick(faults)(files))
  }
  run(agenda, chances.until_ms + 2000, () => checker.violation !== undefined)
  return { ...outcomeOf(world), revocations: chances.revocations, effective: checker.effective.size }
}

function createProcess(files: FileWorld, machine: Machine): FileProcess {
  const { world, mutation } = files
  const set = createSet(mutation)
  const single = createSingle((files.setting_ms ?? world.random.pick(world.chances.lengths_ms)) / 2, set)
  const process: FileProcess = {
    id: `${machine.name}.${++world.ids}`,
    single,
    set,
    links: [],
    granted_ms: single.lease_ms,
    takesVerifiers: () => process.version > 0,
    log: () => undefined,
    readAfter: (after) => readFile(files, after),
    hand: (event) => handle(files, machine, process, event),
    applied: start,
    version: 0,
    own_commits: 0,
    wake_at: Number.POSITIVE_INFINITY,
    handled_ms: 0,
    waiting: new Map(),
    started: false,
  }
  return process
}

function startServer(files: FileWorld, machine: Machine): void {
  if (machine.process !== undefined) return
  const process = createProcess(files, machine)
  machine.process = process
  log(files.world, () => `${process.id} starts`)
  follow(files, machine, process)
  process.started = true
  const { others_ms } = grantingOf(files, process)
  if (others_ms > 0) takeOver(files, machine, process, others_ms)
}

function readFile({ file }: FileWorld, after: Position) {
  const continues = after.seq === 0 || file.log.some(({ seq, mark }) => seq === after.seq && mark === after.mark)
  const entries = file.log.filter(({ seq }) => seq > after.seq)
  const { seq, mark } = entries.at(-1) ?? after
  return { continues, entries, last: { seq, mark } }
}

function dispatch(files: FileWorld, machine: Machine, process: FileProcess, event: SingleEvent): void {
  const { world } = files
  const now = readClock(machine.clock, world.agenda.now_ms)
  if (world.trace) log(world, () => `${process.id} takes ${JSON.stringify(event)}`)
  files.mutation.beforeSingle?.(process.single, event)
  for (const effect of stepSingle(process.single, event, now)) {
    if (isForVerifiers(effect)) sendToVerifiers(world, process, effect)
    else if (effect.kind === 'effective') process.waiting.get(effect.ticket)?.()
    else leaveFile(files, machine, process, effect.settled)
  }
  files.mutation.afterSingle?.(process.single, event)
  planTick(files, machine, process)
}

function planTick(files: FileWorld, machine: Machine, process: FileProcess): void {
  const { agenda, random } = files.world
  const due_ms = singleWakeAt(process.single)
  if (due_ms === Number.POSITIVE_INFINITY) return
  const at_ms = Math.max(whenMono(machine.clock, due_ms), agenda.now_ms, machine.stopped_until) + random.next()
  if (at_ms >= process.wake_at) return
  process.wake_at = at_ms
  plan(agenda, at_ms, () => {
    if (machine.process !== process || process.wake_at !== at_ms) return
    process.wake_at = Number.POSITIVE_INFINITY
    if (agenda.now_ms < machine.stopped_until) planTick(files, machine, process)
    else dispatch(files, machine, process, { kind: 'tick' })
  })
}

/** Runs when the machine runs, after everything that was handed over before. */
function later(files: FileWorld, machine: Machine, process: FileProcess, act: () => void): void {
  const { agenda, random } = files.world
  const at_ms = Math.max(process.handled_ms, agenda.now_ms, machine.stopped_until) + random.between(0, 2)
  process.handled_ms = at_ms
  plan(agenda, at_ms, () => {
    if (machine.process !== process) return
    if (agenda.now_ms < machine.stopped_until) later(files, machine, process, act)
    else act()
  })
}

/** The file is read after a question has arrived. What happens between the read and the answer is in no lease. */
function handle(files: FileWorld, machine: Machine, process: FileProcess, event: SingleEvent): void {
  const reads = event.kind === 'ask' || event.kind === 'follow'
  later(files, machine, process, () => {
    if (reads && files.mutation.asksWithoutReading !== true) follow(files, machine, process)
    const { grants, leaving } = process.single
    if (event.kind === 'follow' && !grants && !leaving) {
      takeOver(files, machine, process, grantingOf(files, process).others_ms)
    }
    if (event.kind === 'follow') readLog(files, machine, process)
  })
  later(files, machine, process, () => dispatch(files, machine, process, event))
}

function follow(files: FileWorld, machine: Machine, process: FileProcess): void {
  const version = files.file.version - process.own_commits
  if (version === process.version) return
  readLog(files, machine, process)
  if (process.single.grants && grantingOf(files, process).by !== 'own')
    dispatch(files, machine, process, { kind: 'lose' })
  process.version = version
}

function readLog(files: FileWorld, machine: Machine, process: FileProcess): void {
  for (let more = true; more; ) {
    const { continues, entries, last } = readFile(files, process.applied)
    more = !continues
    process.applied = continues ? last : start
    const read = continues ? entries : []
    dispatch(files, machine, process, { kind: 'read', entries: read, last: process.applied, continues })
  }
}

function grantingOf({ file, mutation }: FileWorld, { id, single }: FileProcess): Granting {
  if (file.feed?.server === id) return { by: 'own', others_ms: 0 }
  const others_ms = mutation.ignoresOthers === true ? 0 : Math.max(file.feed?.lease_ms ?? 0, single.lease_ms)
  return { by: file.feed === undefined ? 'unknown' : 'other', others_ms }
}

function commit({ file }: FileWorld, process: FileProcess): void {
  file.version++
  process.own_commits++
}

function takeOver(files: FileWorld, machine: Machine, process: FileProcess, others_ms: number): void {
  const known_ms = files.file.feed?.lease_ms ?? 0
  files.file.feed = { server: process.id, lease_ms: Math.max(process.single.lease_ms, others_ms, known_ms) }
  commit(files, process)
  dispatch(files, machine, process, { kind: 'take over', others_ms })
}

/** @param settled every lease is over, so the file may forget that there were any */
function leaveFile(files: FileWorld, machine: Machine, process: FileProcess, settled: boolean): void {
  const { file, world } = files
  if ((settled || files.mutation.forgetsOthers) && file.feed?.server === process.id) {
    file.feed = undefined
    commit(files, process)
  }
  closeLinks(world, process)
  machine.process = undefined
  log(world, () => `${process.id} has left`)
}

/** A client revokes through a server, or an operator by a command. */
function revokeSomewhere(files: FileWorld, jti: string): void {
  const { world, machines } = files
  const machine = world.random.pick(machines)
  if (machine.process !== undefined && world.random.chance(0.6)) {
    const { process } = machine
    later(files, machine, process, () => revoke(files, machine, process, jti))
    return
  }
  const { random } = world
  const clock = createClock(0, drawRate(random, clockRateError), drawRate(random, clockRateError))
  const command: Machine = { name: 'command', clock, stopped_until: 0, process: undefined }
  command.process = createProcess(files, command)
  revoke(files, command, command.process, jti)
}

function revoke(files: FileWorld, machine: Machine, process: FileProcess, jti: string): void {
  const { file, world } = files
  const { checker, agenda } = world
  const entry = { jti, expires_at: claimsOf(jti).exp * 1000, seq: ++file.last_seq, mark: `m${++file.marks}` }
  file.log.push(entry)
  commit(files, process)
  process.set.add(entry)
  log(world, () => `${process.id} revokes ${jti} as ${entry.seq}`)
  const answer = () => {
    log(world, () => `${process.id} answers for ${jti}`)
    if (file.log.includes(entry) && !files.lost.has(entry) && !checker.effective.has(jti))
      checker.effective.set(jti, agenda.now_ms)
    for (const client of world.clients) checkClient(world, client)
  }
  later(files, machine, process, () => {
    const { by, others_ms } = grantingOf(files, process)
    if (by !== 'own' && others_ms === 0) {
      answer()
      return
    }
    if (by === 'unknown' && process.started && !process.single.leaving) takeOver(files, machine, process, others_ms)
    readLog(files, machine, process)
    const ticket = String(++files.tickets)
    process.waiting.set(ticket, answer)
    dispatch(files, machine, process, { kind: 'committed', ticket, last: process.applied, others_ms })
  })
}

type Fault = (files: FileWorld) => void

function onServer(act: (files: FileWorld, machine: Machine) => void): Fault {
  return (files) => act(files, files.world.random.pick(files.machines))
}

function onClient(act: (world: World, client: World['clients'][number]) => unknown): Fault {
  return ({ world }) => {
    if (world.clients.length > 0) act(world, world.random.pick(world.clients))
  }
}

function stop(world: World, machine: { name: string; stopped_until: number; clock: Clock }): void {
  const { agenda, random, chances } = world
  if (agenda.now_ms < machine.stopped_until) return
  const from_ms = agenda.now_ms
  const until_ms = from_ms + random.between(20, 1500)
  const isSuspended = chances.suspensions && random.chance(0.5)
  log(world, () => `${machine.name} stops until ${until_ms.toFixed(1)}`)
  machine.stopped_until = until_ms
  plan(agenda, until_ms, () => {
    if (isSuspended) skipSuspension(machine.clock, from_ms, until_ms)
    for (const client of world.clients) checkClient(world, client)
  })
}

function crash(files: FileWorld, machine: Machine): void {
  const { world } = files
  if (machine.process === undefined) return
  log(world, () => `${machine.process?.id} crashes`)
  closeLinks(world, machine.process)
  machine.process = undefined
  plan(world.agenda, world.agenda.now_ms + world.random.between(0, 600), () => startServer(files, machine))
}

function leave(files: FileWorld, machine: Machine): void {
  const { process } = machine
  const { agenda, random } = files.world
  if (process === undefined || agenda.now_ms < machine.stopped_until) return
  dispatch(files, machine, process, { kind: 'leave' })
  plan(agenda, agenda.now_ms + random.between(0, 1500), () => startServer(files, machine))
}

/**
 * The file is replaced by an older copy, and revocations that were answered are undone. Two servers on one file would then not
 * know which of them grants leases. A copy from the time of a shorter LEASE_MS would name a length that is too short.
 */
function restore({ world, file, lost, machines, setting_ms }: FileWorld): void {
  if (machines.length > 1 || setting_ms === undefined) return
  const { agenda, random, checker } = world
  const copy = [...file.log]
  const { feed, last_seq } = file
  plan(agenda, agenda.now_ms + random.between(0, 1000), () => {
    log(world, () => 'the file goes back')
    for (const entry of file.log) if (!copy.includes(entry)) lost.add(entry)
    file.log = copy
    file.feed = feed
    file.last_seq = last_seq
    file.version++
    for (const jti of checker.effective.keys()) {
      if (!copy.some((entry) => entry.jti === jti)) checker.effective.delete(jti)
    }
  })
}

const faults: Fault[] = [
  onServer(crash),
  onServer(crash),
  onServer(leave),
  onServer(({ world }, machine) => stop(world, machine)),
  onClient(stop),
  onClient(stop),
  onClient((world, { clock }) => setWall(clock, world.agenda.now_ms, world.random.between(0, 3000))),
  onClient(restartClient),
  onClient(closeClient),
  onClient((world, { link }) => link !== undefined && cutLink(world, link)),
  onClient((world, { link }) => link !== undefined && breakLink(world, link)),
  restore,
]
