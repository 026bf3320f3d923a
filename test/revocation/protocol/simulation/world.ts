import { clockRateError } from '../../../../src/revocation/check/lease.ts'
import type {
  Answer,
  Command,
  DatabaseState,
  Effect,
  EndedToken,
  Event,
  RevocationRequest,
} from '../../../../src/revocation/protocol/messages.ts'
import { createNode, type Node, step, wakeAt } from '../../../../src/revocation/protocol/node.ts'
import { type Timing, timingFor } from '../../../../src/revocation/protocol/timing.ts'
import { type Agenda, createAgenda, plan } from './agenda.ts'
import { type Chances, drawChances, drawDelay, drawRate } from './chances.ts'
import { type Checker, checkNode, createChecker, takeOutcome, takeTicket } from './checker.ts'
import { type Clock, createClock, readClock, whenMono } from './clock.ts'
import {
  createDatabase,
  type Database,
  insertEntries,
  isLogged,
  type LogEntry,
  replicateLog,
  type Statements,
  statements,
  stateOf,
} from './database.ts'
import { revokeAfterRemoval } from './faults.ts'
import { createSet, type Mutation, type SlowSet } from './mutations.ts'
import { createRandom, type Random } from './random.ts'

/** One schedule: the hosts, their clocks, the network and the database, all driven by one seed. */
export interface World {
  agenda: Agenda
  random: Random
  chances: Chances
  database: Database
  statements: Statements
  hosts: Host[]
  checker: Checker
  mutation: Mutation
  ids: number
  trace: ((line: string) => void) | undefined
}

/** A machine, and the process on it if one runs. */
export interface Host {
  name: string
  clock: Clock
  process: Process | undefined
  /** Until this time the host is paused or suspended, and takes no events and no requests. */
  stopped_until: number
  cut_to: boolean
  cut_from: boolean
}

export interface Process {
  node: Node
  set: SlowSet
  /** Real time of the earliest wake-up that has been planned. */
  wake_at: number
}

export const unbroken: Mutation = { name: 'unbroken' }

export function createWorld(seed: number, mutation: Mutation, trace?: (line: string) => void): World {
  const random = createRandom(seed)
  const chances = drawChances(random)
  const world: World = {
    agenda: createAgenda(),
    random,
    chances,
    database: createDatabase(random.chance(0.8)),
    statements: { ...statements, ...mutation.statements },
    hosts: [],
    checker: createChecker(),
    mutation,
    ids: 0,
    trace,
  }
  for (let i = 0; i < chances.hosts; i++) {
    const clock = createClock(0, drawRate(random, clockRateError), drawRate(random, clockRateError))
    world.hosts.push({ name: `n${i}`, clock, process: undefined, stopped_until: 0, cut_to: false, cut_from: false })
  }
  return world
}

export function log(world: World, line: () => string): void {
  world.trace?.(`${world.agenda.now_ms.toFixed(1).padStart(8)}  ${line()}`)
}

/** Starts a new process with empty memory. A process that does not join can revoke, as the command line does. */
export function start(world: World, host: Host, joins: boolean): void {
  const set = createSet(world.mutation.holdsBack === true)
  const id = `${host.name}.${++world.ids}`
  const node = createNode({
    timing: drawTiming(world),
    set,
    newId: () => (world.mutation.oneId ? id : `${host.name}.${++world.ids}`),
    audit: world.mutation === unbroken,
  })
  host.process = { node, set, wake_at: Number.POSITIVE_INFINITY }
  if (joins) deliver(world, host, host.process, { kind: 'join' })
}

function drawTiming({ random, chances, mutation }: World): Timing {
  const { give_up_ms, lengths_ms } = chances
  const usual = { ...timingFor(random.pick(lengths_ms)), read_limit: 3 }
  const timing = give_up_ms === undefined ? usual : { ...usual, give_up_ms: () => give_up_ms }
  return mutation.timing?.(timing) ?? timing
}

/** Delivers an event to a process when its host runs. A process that has ended gets no event. */
export function deliver(world: World, host: Host, process: Process, event: Event): void {
  if (host.process !== process) return
  const { now_ms } = world.agenda
  if (now_ms < host.stopped_until) {
    plan(world.agenda, host.stopped_until + world.random.next(), () => deliver(world, host, process, event))
    return
  }
  if (event.kind === 'revoke' || event.kind === 'committed')
    takeTicket(world, event.kind === 'revoke' ? event.request.id : event.ticket)
  const now = readClock(host.clock, now_ms)
  const effects = step(process.node, event, now)
  world.mutation.after?.(process.node, event, now)
  if (world.trace && event.kind !== 'tick') log(world, () => `${host.name} takes ${JSON.stringify(event)}`)
  for (const effect of effects) carryOut(world, host, process, effect)
  checkNode(world, host)
  planWake(world, host, process)
}

function planWake(world: World, host: Host, process: Process): void {
  const wake_ms = wakeAt(process.node)
  if (wake_ms === Number.POSITIVE_INFINITY) return
  const at_ms = Math.max(whenMono(host.clock, wake_ms), world.agenda.now_ms) + world.random.next()
  if (at_ms >= process.wake_at) return
  process.wake_at = at_ms
  plan(world.agenda, at_ms, () => wake(world, host, process, at_ms))
}

/** A timer that was planned too early, or twice, causes no step. */
function wake(world: World, host: Host, process: Process, at_ms: number): void {
  if (host.process !== process || process.wake_at !== at_ms) return
  process.wake_at = Number.POSITIVE_INFINITY
  const due = readClock(host.clock, world.agenda.now_ms).mono_ms >= wakeAt(process.node)
  if (due || world.agenda.now_ms < host.stopped_until) deliver(world, host, process, { kind: 'tick' })
  else planWake(world, host, process)
}

function carryOut(world: World, host: Host, process: Process, effect: Effect): void {
  if (effect.kind === 'effective' || effect.kind === 'unconfirmed') takeOutcome(world, host, effect)
  else if (effect.kind !== 'abandon' && effect.kind !== 'left') send(world, host, process, effect)
}

function send(world: World, host: Host, process: Process, intended: Command): void {
  const command = world.mutation.sends?.(intended, process.node) ?? intended
  if (world.trace) log(world, () => `${host.name} sends ${JSON.stringify(command)}`)
  const invented = world.mutation.answerFor?.(command, process.node)
  if (invented !== undefined) {
    reply(world, host, process, command.op, invented)
    return
  }
  const { agenda, random, chances } = world
  const at_ms = agenda.now_ms + drawDelay(random, command.kind === chances.slow_kind ? 0.5 : chances.slow)
  if (!isLost(world, host.cut_to)) {
    plan(agenda, at_ms, () => execute(world, host, process, command))
    return
  }
  failSometimes(world, host, process, command.op)
  // A connection can break after the server has read the statement. The statement then runs without a client.
  if (random.chance(0.2)) plan(agenda, at_ms + random.between(0, 1200), () => execute(world, host, process, command))
}

function isLost({ random, chances }: World, cut: boolean): boolean {
  return cut || random.chance(chances.lost)
}

/** A client may or may not notice that its connection broke. */
function failSometimes(world: World, host: Host, process: Process, op: number): void {
  const { random, agenda } = world
  if (random.chance(0.5)) {
    plan(agenda, agenda.now_ms + random.between(1, 300), () => deliver(world, host, process, { kind: 'failed', op }))
  }
}

function execute(world: World, host: Host, process: Process, command: Command): void {
  if (!world.database.up) failSometimes(world, host, process, command.op)
  else if (command.kind === 'append') append(world, host, process, command)
  else {
    // Each statement takes only its own kind of command. TypeScript cannot infer this from the table.
    const statement = world.statements[command.kind] as (database: Database, command: Command) => Answer
    const rows = world.database.rows.size
    const answer = statement(world.database, command)
    if (world.database.rows.size < rows) revokeAfterRemoval(world)
    if (command.kind === 'renew' && command.advanced) hint(world, 'rows')
    reply(world, host, process, command.op, answer)
  }
}

function reply(world: World, host: Host, process: Process, op: number, answer: Answer): void {
  const { agenda, random, chances } = world
  const event: Event = { kind: 'answer', op, answer, database: hear(world) }
  if (isLost(world, host.cut_from)) failSometimes(world, host, process, op)
  else plan(agenda, agenda.now_ms + drawDelay(random, chances.slow), () => deliver(world, host, process, event))
}

function hear({ mutation, database }: World): DatabaseState {
  return mutation.hears?.(stateOf(database)) ?? stateOf(database)
}

function append(world: World, host: Host, process: Process, { op, requests }: Command & { kind: 'append' }): void {
  appendUnderLock(world, requests, (done) => {
    if (done === undefined) failSometimes(world, host, process, op)
    else reply(world, host, process, op, { kind: 'append', ...done })
  })
}

/** Revokes in the client's own transaction. If the answer is lost, the client asks the node to revoke again. */
export function commitDirectly(world: World, host: Host, process: Process, request: RevocationRequest): void {
  const { agenda, random, chances } = world
  const again: Event = { kind: 'revoke', request }
  const later = (event: Event) => {
    plan(agenda, agenda.now_ms + drawDelay(random, chances.slow), () => deliver(world, host, process, event))
  }
  if (isLost(world, host.cut_to) || !world.database.up) later(again)
  else {
    appendUnderLock(world, [request], (done) => {
      if (done === undefined || isLost(world, host.cut_from)) later(again)
      else {
        const { seq, ended } = done
        later({ kind: 'committed', ticket: request.id, seq, entries: ended, database: hear(world) })
      }
    })
  }
}

/**
 * An append waits for the advisory lock and takes effect at its commit. The appender is answered when the replica has
 * the entries too. If that wait is cut short, the entries are stored but the append seems to fail.
 * @param answer gets undefined if the append seems to fail
 */
function appendUnderLock(
  world: World,
  requests: RevocationRequest[],
  answer: (done: { seq: number; ended: EndedToken[] } | undefined) => void,
): void {
  const { agenda, random, database, mutation } = world
  const early = mutation.numbersEarly ? requests.map(() => ++database.last_seq) : []
  const { incarnation } = database
  const isUp = () => database.up && database.incarnation === incarnation
  plan(agenda, agenda.now_ms + random.between(0, 4), () => {
    if (!isUp()) return answer(undefined)
    const { seq, ended, wrote } = commitAppend(world, requests, early)
    const replicated_ms = random.chance(0.8) ? random.between(0, 1) : random.between(1, 50)
    const cut_short = wrote && random.chance(world.chances.cut_short)
    plan(agenda, agenda.now_ms + replicated_ms, () => {
      if (!isUp() || cut_short) return answer(undefined)
      if (wrote) replicateLog(database, seq)
      answer({ seq, ended })
    })
  })
}

/** Ends the tokens that no request has ended, and appends every token that its own request has ended, now or before. */
function commitAppend(world: World, requests: RevocationRequest[], early: number[]) {
  const { database, mutation } = world
  const { ended_by } = database
  for (const { id, jti } of requests) if (!ended_by.has(jti)) ended_by.set(jti, id)
  const own = requests.filter(({ id, jti }) => ended_by.get(jti) === id)
  const appended = mutation.appendsNothing ? own.filter(({ jti }) => !isLogged(database, jti)) : own
  const added = appended.map(({ jti }, i): LogEntry => {
    return { jti, expires_at: 0, seq: early[i] ?? ++database.last_seq, replicated: false }
  })
  insertEntries(database, added)
  if (world.trace) log(world, () => `database appends ${JSON.stringify(added)}`)
  hint(world, 'log')
  const seq = early.length > 0 ? Math.max(...early) : database.last_seq
  const ended = own.map(({ id, jti }): EndedToken => ({ request_id: id, jti, expires_at: 0 }))
  return { seq, ended, wrote: added.length > 0 }
}

/** Notifies every host that listens. A notification may be late, lost or repeated. */
function hint(world: World, of: 'log' | 'rows'): void {
  const { agenda, random, chances } = world
  for (const host of world.hosts) {
    const { process } = host
    if (process === undefined || host.cut_from || random.chance(chances.hint_lost)) continue
    const times = random.chance(0.05) ? 2 : 1
    for (let i = 0; i < times; i++) {
      const at_ms = agenda.now_ms + drawDelay(random, chances.slow)
      plan(agenda, at_ms, () => deliver(world, host, process, { kind: 'hint', of }))
    }
  }
}
