import { clockRateError } from '../../../../src/revocation/check/lease.ts'
import { type Entry, type Position, start } from '../../../../src/revocation/entry.ts'
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
import { claimsOf } from './claims.ts'
import { type Clock, createClock, readClock, whenMono } from './clock.ts'
import {
  createDatabase,
  type Database,
  insertEntries,
  isLive,
  type LogEntry,
  replicateLog,
  type Statements,
  statements,
  stateOf,
} from './database.ts'
import { revokeAfterRemoval } from './faults.ts'
import { createSet, type Mutation } from './mutations.ts'
import { notify, tellRow } from './notifications.ts'
import { createRandom, type Random } from './random.ts'
import {
  type Client,
  closeLinks,
  createClient,
  isForVerifiers,
  type Server,
  type ServerProcess,
  sendToVerifiers,
} from './verifiers.ts'

/** One schedule: the hosts, their clocks, the network and the database, all driven by one seed. */
export interface World {
  agenda: Agenda
  random: Random
  chances: Chances
  database: Database
  statements: Statements
  hosts: Host[]
  clients: Client[]
  /** The hosts that verifiers connect to. */
  reachable: Server[]
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

export interface Process extends ServerProcess {
  node: Node
  /** Real time of the earliest wake-up that has been planned. */
  wake_at: number
}

export const unbroken: Mutation = { name: 'unbroken' }

export function createWorld(seed: number, mutation: Mutation, trace?: (line: string) => void): World {
  const random = createRandom(seed)
  const chances = { ...drawChances(random), ...mutation.size }
  const world: World = {
    agenda: createAgenda(),
    random,
    chances,
    database: createDatabase(random.chance(0.8)),
    statements: { ...statements, ...mutation.statements },
    hosts: [],
    clients: [],
    reachable: [],
    checker: createChecker(),
    mutation,
    ids: 0,
    trace,
  }
  for (let i = 0; i < chances.hosts; i++) {
    const clock = createClock(0, drawRate(random, clockRateError), drawRate(random, clockRateError))
    world.hosts.push({ name: `n${i}`, clock, process: undefined, stopped_until: 0, cut_to: false, cut_from: false })
  }
  world.reachable = world.hosts
  for (let i = 0; i < chances.verifiers; i++) {
    const clock = createClock(0, drawRate(random, clockRateError), drawRate(random, clockRateError))
    world.clients.push(createClient(world, `v${i}`, clock))
  }
  return world
}

export function log(world: World, line: () => string): void {
  world.trace?.(`${world.agenda.now_ms.toFixed(1).padStart(8)}  ${line()}`)
}

/** Starts a new process with empty memory. A process that does not join can revoke, as the command line does. */
export function startProcess(world: World, host: Host, joins: boolean): void {
  const set = createSet(world.mutation)
  const id = `${host.name}.${++world.ids}`
  const node = createNode({
    timing: drawTiming(world),
    set,
    newId: () => (world.mutation.oneId ? id : `${host.name}.${++world.ids}`),
    audit: world.mutation === unbroken,
  })
  const process: Process = {
    node,
    set,
    links: [],
    wake_at: Number.POSITIVE_INFINITY,
    granted_ms: node.timing.lease_ms / 2,
    takesVerifiers: () => node.renewal.next !== 'rest',
    log: () => node.log,
    readAfter: (after) =>
      world.database.up ? statements.read(world.database, { kind: 'read', op: 0, after, limit: 1000 }) : undefined,
    hand: (event) => deliver(world, host, process, event),
  }
  host.process = process
  if (joins) deliver(world, host, process, { kind: 'join' })
}

function drawTiming({ random, chances, mutation }: World): Timing {
  const { give_up_ms, lengths_ms } = chances
  const usual = { ...timingFor(random.pick(lengths_ms)), read_limit: 3 }
  const timing = give_up_ms === undefined ? usual : { ...usual, give_up_ms: () => give_up_ms }
  return mutation.timing?.(timing) ?? timing
}

/**
 * Delivers an event to a process when its host runs. A process that has ended gets no event.
 * @param isOld whether the event must not be delivered any more
 */
export function deliver(world: World, host: Host, process: Process, event: Event, isOld = () => false): void {
  if (host.process !== process || isOld()) return
  const { now_ms } = world.agenda
  if (now_ms < host.stopped_until) {
    plan(world.agenda, host.stopped_until + world.random.next(), () => deliver(world, host, process, event, isOld))
    return
  }
  if (event.kind === 'revoke' || event.kind === 'committed')
    takeTicket(world, event.kind === 'revoke' ? event.request.id : event.ticket)
  const now = readClock(host.clock, now_ms)
  const taken = event.kind === 'hint' ? (world.mutation.takesHint?.(event, process.node) ?? event) : event
  const effects = step(process.node, taken, now)
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
  else if (effect.kind === 'notify') notify(world, { kind: 'hint', of: 'log', news: effect.news })
  else if (effect.kind === 'left') closeLinks(world, process)
  else if (isForVerifiers(effect)) sendToVerifiers(world, process, effect)
  else if (effect.kind !== 'abandon') send(world, host, process, effect)
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
    if (command.kind === 'renew' && answer.kind === 'renew' && answer.present) tellRow(world, command)
    reply(world, host, process, command.op, answer)
  }
}

function reply(world: World, host: Host, process: Process, op: number, answer: Answer): void {
  const { agenda, random, chances, database } = world
  const event: Event = { kind: 'answer', op, answer, database: hear(world) }
  const { restores } = database
  // An answer that is on its way during a restore says what was true, and no process can know that the answer is old.
  const isOld = () => answer.kind === 'look' && database.restores !== restores
  if (isLost(world, host.cut_from)) failSometimes(world, host, process, op)
  else plan(agenda, agenda.now_ms + drawDelay(random, chances.slow), () => deliver(world, host, process, event, isOld))
}

function hear({ mutation, database }: World): DatabaseState {
  return mutation.hears?.(stateOf(database)) ?? stateOf(database)
}

function append(world: World, host: Host, process: Process, { op, requests, by }: Command & { kind: 'append' }): void {
  const busy = requests.filter(() => world.random.chance(world.chances.busy))
  const free = requests.filter((request) => !busy.includes(request))
  const tell = ({ after, ended, last }: Appended<EndedToken>) => {
    if (ended.length > 0) notify(world, { kind: 'hint', of: 'log', news: { after, entries: ended, last, by } })
  }
  appendUnderLock(world, free.length, endTokens(world, free), tell, (done) => {
    const answer: Answer = {
      kind: 'append',
      after: done?.after ?? start,
      last: done?.last ?? start,
      ended: done?.ended ?? [],
      busy: busy.map(({ id }) => id),
    }
    if (done === undefined) failSometimes(world, host, process, op)
    else reply(world, host, process, op, answer)
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
    appendUnderLock(world, 1, endTokens(world, [request]), tellNone, (done) => {
      if (done === undefined || isLost(world, host.cut_from)) later(again)
      else {
        const { after, last, ended } = done
        later({ kind: 'committed', ticket: request.id, after, last, entries: ended, database: hear(world) })
      }
    })
  }
}

/** Appends entries in a transaction of the process's own. If the answer is lost, the process gives up. */
export function commitEntries(world: World, host: Host, process: Process, ticket: string, entries: Entry[]): void {
  if (isLost(world, host.cut_to) || !world.database.up) return
  appendUnderLock(
    world,
    entries.length,
    () => entries,
    tellNone,
    (done) => {
      if (done === undefined || isLost(world, host.cut_from)) return
      const { after, last } = done
      const event: Event = { kind: 'committed', ticket, after, last, entries, database: hear(world) }
      plan(world.agenda, world.agenda.now_ms + drawDelay(world.random, world.chances.slow), () =>
        deliver(world, host, process, event),
      )
    },
  )
}

/** What an append has done. */
interface Appended<E> {
  after: Position
  last: Position
  ended: E[]
}

/** A transaction of the process's own notifies after its commit, not in it. */
function tellNone(): void {}

/**
 * An append waits for the log's latch and takes effect at its commit. The appender is answered when the replica has
 * the entries too. If that wait is cut short, the entries are stored but the append seems to fail.
 * @param count entries at most
 * @param commit runs at the commit, and returns the entries
 * @param tell sends the notification of the transaction
 * @param answer gets undefined if the append seems to fail
 */
function appendUnderLock<E extends Entry>(
  world: World,
  count: number,
  commit: () => E[],
  tell: (done: Appended<E>) => void,
  answer: (done: Appended<E> | undefined) => void,
): void {
  const { agenda, random, database, mutation } = world
  const early = mutation.numbersEarly ? Array.from({ length: count }, () => ++database.last_seq) : []
  const { incarnation } = database
  const isUp = () => database.up && database.incarnation === incarnation
  plan(agenda, agenda.now_ms + random.between(0, 4), () => {
    if (!isUp()) return answer(undefined)
    const { restores } = database
    const ended = commit()
    const after = positionOf(database.log.at(-1))
    const { last, wrote } = insert(world, ended, early)
    const replicated_ms = random.chance(0.8) ? random.between(0, 1) : random.between(1, 50)
    const cut_short = wrote && random.chance(world.chances.cut_short)
    plan(agenda, agenda.now_ms + replicated_ms, () => {
      if (!isUp()) return answer(undefined)
      // A wait that is cut short does not undo the commit, and the notification is sent.
      if (database.restores === restores) tell({ after, last, ended })
      if (cut_short) return answer(undefined)
      if (wrote && database.restores === restores) replicateLog(database, last.seq)
      answer({ after, last, ended })
    })
  })
}

function insert(world: World, entries: readonly Entry[], early: number[]): { last: Position; wrote: boolean } {
  const { database, mutation } = world
  const isKnown = ({ jti }: Entry) => database.log.some((entry) => entry.jti === jti)
  const added = entries
    .filter((entry) => !(mutation.appendsNothing && isKnown(entry)))
    .map(({ jti, expires_at }, i): LogEntry => {
      return { jti, expires_at, seq: early[i] ?? ++database.last_seq, mark: `m${++database.marks}`, replicated: false }
    })
  insertEntries(database, added)
  if (world.trace) log(world, () => `database appends ${JSON.stringify(added)}`)
  // The real append locks a row each time, so its commit waits for the replica even if no token was left to end.
  return { last: endOfLog(database, early), wrote: added.length > 0 || !mutation.appendsNothing }
}

/** The last entry, or the last of the numbers that were assigned early. */
function endOfLog({ log }: Database, early: number[]): Position {
  return positionOf(early.length > 0 ? log.find(({ seq }) => seq === Math.max(...early)) : log.at(-1))
}

function positionOf(entry: LogEntry | undefined): Position {
  return entry === undefined ? start : { seq: entry.seq, mark: entry.mark }
}

/** Ends the tokens that no request has ended, and returns each token that its own request has ended, now or before. */
function endTokens({ database }: World, requests: RevocationRequest[]): () => EndedToken[] {
  return () => {
    for (const { id, jti } of requests) if (isLive(database, jti)) database.ended_by.set(jti, id)
    const own = requests.filter(({ id, jti }) => database.ended_by.get(jti) === id)
    return own.map(({ id, jti }) => ({ request_id: id, jti, expires_at: claimsOf(jti).exp * 1000 }))
  }
}
