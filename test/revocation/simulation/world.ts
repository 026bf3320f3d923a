import type { Entry } from '../../../src/revocation/entry.ts'
import { clockRateError } from '../../../src/revocation/lease.ts'
import { createMember, type Member, settingsFor, step, wakeAt } from '../../../src/revocation/member.ts'
import type { Answer, Command, Effect, Event, Seen } from '../../../src/revocation/messages.ts'
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
  seen,
  statements,
} from './database.ts'
import { revokeAfterRemoval } from './faults.ts'
import { createSet, type Mutation, type SlowSet } from './mutations.ts'
import { createRandom, type Random } from './random.ts'

/** One schedule: the nodes, their clocks, the database and what lies between, all driven by one seed. */
export interface World {
  agenda: Agenda
  random: Random
  chances: Chances
  database: Database
  statements: Statements
  nodes: Node[]
  checker: Checker
  mutation: Mutation
  ids: number
  trace: ((line: string) => void) | undefined
}

/** A machine, and the process on it if one runs. */
export interface Node {
  name: string
  clock: Clock
  process: Process | undefined
  /** Paused or suspended until then: it takes no events, and no requests. */
  stopped_until: number
  cut_to: boolean
  cut_from: boolean
}

export interface Process {
  member: Member
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
    database: createDatabase(random.chance(0.8), random.chance(0.5)),
    statements: { ...statements, ...mutation.statements },
    nodes: [],
    checker: createChecker(),
    mutation,
    ids: 0,
    trace,
  }
  for (let i = 0; i < chances.nodes; i++) {
    const clock = createClock(0, drawRate(random, clockRateError), drawRate(random, clockRateError))
    world.nodes.push({ name: `n${i}`, clock, process: undefined, stopped_until: 0, cut_to: false, cut_from: false })
  }
  return world
}

export function log(world: World, line: () => string): void {
  world.trace?.(`${world.agenda.now_ms.toFixed(1).padStart(8)}  ${line()}`)
}

/** A new process, without a memory of the one before. One that does not join can revoke, as the command line does. */
export function start(world: World, node: Node, joins: boolean): void {
  const set = createSet(world.mutation.holdsBack === true)
  const id = `${node.name}.${++world.ids}`
  const settings = { ...settingsFor(world.random.pick(world.chances.lengths_ms)), read_limit: 3 }
  const member = createMember({
    settings: world.mutation.settings?.(settings) ?? settings,
    set,
    newId: () => (world.mutation.oneId ? id : `${node.name}.${++world.ids}`),
  })
  node.process = { member, set, wake_at: Number.POSITIVE_INFINITY }
  if (joins) happen(world, node, node.process, { kind: 'join' })
}

/** Something happens to a process: at once, or when it runs again. To one that is gone, nothing happens any more. */
export function happen(world: World, node: Node, process: Process, event: Event): void {
  if (node.process !== process) return
  const { now_ms } = world.agenda
  if (now_ms < node.stopped_until) {
    plan(world.agenda, node.stopped_until + world.random.next(), () => happen(world, node, process, event))
    return
  }
  if (event.kind === 'revoke' || event.kind === 'committed') takeTicket(world, event.ticket)
  const now = readClock(node.clock, now_ms)
  const effects = step(process.member, event, now)
  world.mutation.after?.(process.member, event, now)
  if (world.trace && event.kind !== 'tick') log(world, () => `${node.name} takes ${JSON.stringify(event)}`)
  for (const effect of effects) carryOut(world, node, process, effect)
  checkNode(world, node)
  planWake(world, node, process)
}

function planWake(world: World, node: Node, process: Process): void {
  const wake_ms = wakeAt(process.member)
  if (wake_ms === Number.POSITIVE_INFINITY) return
  const at_ms = Math.max(whenMono(node.clock, wake_ms), world.agenda.now_ms) + world.random.next()
  if (at_ms >= process.wake_at) return
  process.wake_at = at_ms
  plan(world.agenda, at_ms, () => wake(world, node, process, at_ms))
}

/** Timers that were planned too early, or a second time, cost no step. */
function wake(world: World, node: Node, process: Process, at_ms: number): void {
  if (node.process !== process || process.wake_at !== at_ms) return
  process.wake_at = Number.POSITIVE_INFINITY
  const due = readClock(node.clock, world.agenda.now_ms).mono_ms >= wakeAt(process.member)
  if (due || world.agenda.now_ms < node.stopped_until) happen(world, node, process, { kind: 'tick' })
  else planWake(world, node, process)
}

function carryOut(world: World, node: Node, process: Process, effect: Effect): void {
  if (effect.kind === 'effective' || effect.kind === 'unconfirmed') takeOutcome(world, node, effect)
  else if (effect.kind !== 'abandon') send(world, node, process, effect)
}

function send(world: World, node: Node, process: Process, meant: Command): void {
  const command = world.mutation.sends?.(meant, process.member) ?? meant
  if (world.trace) log(world, () => `${node.name} sends ${JSON.stringify(command)}`)
  const made_up = world.mutation.answerFor?.(command, process.member)
  if (made_up !== undefined) {
    reply(world, node, process, command.op, made_up)
    return
  }
  const { agenda, random, chances } = world
  const at_ms = agenda.now_ms + drawDelay(random, command.kind === chances.slow_kind ? 0.5 : chances.slow)
  if (!isLost(world, node.cut_to)) {
    plan(agenda, at_ms, () => execute(world, node, process, command))
    return
  }
  failSometimes(world, node, process, command.op)
  // A connection can break after the server has read the statement, which then runs when nobody waits for it.
  if (random.chance(0.2)) plan(agenda, at_ms + random.between(0, 1200), () => execute(world, node, process, command))
}

function isLost({ random, chances }: World, cut: boolean): boolean {
  return cut || random.chance(chances.lost)
}

/** A connection that breaks tells its client, or does not. */
function failSometimes(world: World, node: Node, process: Process, op: number): void {
  const { random, agenda } = world
  if (random.chance(0.5)) {
    plan(agenda, agenda.now_ms + random.between(1, 300), () => happen(world, node, process, { kind: 'failed', op }))
  }
}

function execute(world: World, node: Node, process: Process, command: Command): void {
  if (!world.database.up) failSometimes(world, node, process, command.op)
  else if (command.kind === 'append') append(world, node, process, command)
  else {
    // Each statement takes just its own kind of command; TypeScript cannot follow that through the table.
    const statement = world.statements[command.kind] as (database: Database, command: Command) => Answer | undefined
    const rows = world.database.rows.size
    const answer = statement(world.database, command)
    if (world.database.rows.size < rows) revokeAfterRemoval(world)
    if (answer === undefined) return
    if (command.kind === 'renew' && command.advanced) hint(world, 'rows')
    reply(world, node, process, command.op, answer)
  }
}

function reply(world: World, node: Node, process: Process, op: number, answer: Answer): void {
  const { agenda, random, chances } = world
  const event: Event = { kind: 'answer', op, answer, seen: hear(world) }
  if (isLost(world, node.cut_from)) failSometimes(world, node, process, op)
  else plan(agenda, agenda.now_ms + drawDelay(random, chances.slow), () => happen(world, node, process, event))
}

function hear({ mutation, database }: World): Seen {
  return mutation.hears?.(seen(database)) ?? seen(database)
}

function append(world: World, node: Node, process: Process, { op, tickets }: Command & { kind: 'append' }): void {
  appendUnderLock(world, tickets, (done) => {
    if (done === undefined) failSometimes(world, node, process, op)
    else reply(world, node, process, op, { kind: 'append', ...done })
  })
}

/** A revocation in a transaction of the client's own. Where its answer gets lost, it asks for the same again. */
export function commitDirectly(world: World, node: Node, process: Process, ticket: string): void {
  const { agenda, random, chances } = world
  const later = (event: Event) => {
    plan(agenda, agenda.now_ms + drawDelay(random, chances.slow), () => happen(world, node, process, event))
  }
  if (isLost(world, node.cut_to) || !world.database.up) later({ kind: 'revoke', ticket })
  else {
    appendUnderLock(world, [ticket], (done) => {
      if (done === undefined || isLost(world, node.cut_from)) later({ kind: 'revoke', ticket })
      else later({ kind: 'committed', ticket, ...done, seen: hear(world) })
    })
  }
}

/**
 * An append waits for the advisory lock, then everything happens at its commit. The appender hears when the replica has
 * it too; if that wait is cut short, the entries are there all the same.
 * @param tell undefined: nobody could say anything
 */
function appendUnderLock(
  world: World,
  tickets: string[],
  tell: (done: { seq: number; entries: Entry[] } | undefined) => void,
): void {
  const { agenda, random, database, mutation } = world
  const early = mutation.numbersEarly ? tickets.map(() => ++database.last_seq) : []
  const { incarnation } = database
  const lives = () => database.up && database.incarnation === incarnation
  plan(agenda, agenda.now_ms + random.between(0, 4), () => {
    if (!lives()) return tell(undefined)
    const { seq, entries, wrote } = commitAppend(world, tickets, early)
    const replicated_ms = random.chance(0.8) ? random.between(0, 1) : random.between(1, 50)
    const cut_short = wrote && random.chance(world.chances.cut_short)
    plan(agenda, agenda.now_ms + replicated_ms, () => {
      if (!lives() || cut_short) return tell(undefined)
      if (wrote) replicateLog(database, seq)
      tell({ seq, entries })
    })
  })
}

function commitAppend(world: World, tickets: string[], early: number[]) {
  const { database, mutation } = world
  const jtis = tickets.map((ticket) => world.checker.tickets[Number(ticket)]?.jti ?? '')
  const fresh = database.unique ? [...new Set(jtis)].filter((jti) => !isLogged(database, jti)) : jtis
  const added = fresh.map((jti, i): LogEntry => {
    return { jti, expires_at: 0, seq: early[i] ?? ++database.last_seq, replicated: false }
  })
  insertEntries(database, added)
  if (world.trace) log(world, () => `database appends ${JSON.stringify(added)}`)
  hint(world, 'log')
  const seq = early.length > 0 ? Math.max(...early) : database.last_seq
  const wrote = added.length > 0 || !mutation.appendsNothing
  return { seq, entries: jtis.map((jti) => ({ jti, expires_at: 0 })), wrote }
}

/** A notification to every node that listens: late, lost, or twice. */
function hint(world: World, of: 'log' | 'rows'): void {
  const { agenda, random, chances } = world
  for (const node of world.nodes) {
    const { process } = node
    if (process === undefined || node.cut_from || random.chance(chances.hint_lost)) continue
    const times = random.chance(0.05) ? 2 : 1
    for (let i = 0; i < times; i++) {
      const at_ms = agenda.now_ms + drawDelay(random, chances.slow)
      plan(agenda, at_ms, () => happen(world, node, process, { kind: 'hint', of }))
    }
  }
}
