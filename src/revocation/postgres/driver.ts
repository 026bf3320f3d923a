import { randomUUID } from 'node:crypto'
import type { Pool, PoolClient } from 'pg'
import type { Logger } from 'pino'
import { type Problem, watchProblem } from '../../operation/problem.ts'
import { isReadOnly } from '../../store/postgres-errors.ts'
import { StoreError } from '../../store/store-error.ts'
import type { Instant, Lease } from '../check/lease.ts'
import type { EntrySet } from '../entry.ts'
import type {
  Answer,
  Command,
  Effect,
  Event,
  Receipt,
  RevocationRequest,
  VerifierEffect,
} from '../protocol/messages.ts'
import { createNode, type Node, step, wakeAt } from '../protocol/node.ts'
import { timingFor } from '../protocol/timing.ts'
import { createNames, type Names } from './names.ts'
import { createNotifier, type Notifier } from './notifier.ts'
import { type Committed, execute, type NodeInfo } from './records.ts'

/**
 * Carries out what the protocol's node decides, with clocks, timers and PostgreSQL. The driver decides nothing, so the
 * simulation, which has another driver, tests every decision.
 */
export interface Driver {
  readonly node: Node
  readonly info: NodeInfo
  /** For the metrics. */
  readonly seen: Seen
  readonly names: Names
  readonly log: Logger
  readonly onBroken: (error: Error) => void
  readonly problem: Problem
  /** Connections for nothing else: a renewal must not wait behind other queries. */
  readonly pool: Pool
  readonly notifier: Notifier
  /** Commands that are carried out, with their connections. A command that is missing here has been abandoned. */
  readonly running: Map<number, PoolClient | undefined>
  /** The callers of open tickets. */
  readonly waiting: Map<string, PromiseWithResolvers<Outcome>>
  readonly joined: PromiseWithResolvers<void>
  readonly left: PromiseWithResolvers<void>
  timer: NodeJS.Timeout | undefined
  /** Sends to verifiers. */
  toVerifiers: (effect: VerifierEffect) => void
  /** The driver takes no more events: the node has left or is broken. */
  stopped: boolean
}

/** What came of a revocation. `ended`: the request has ended a token that lived by the caller's clock. */
export interface Outcome {
  receipt: Receipt
  ended: boolean
}

/** The database's state as this process knows it. The database may be further by now. */
interface Seen {
  /** The last lease that was held. It may be over, or have been given up. */
  lease: Lease | undefined
  nodes: number
  last_seq: number
}

/** The log could not take a revocation in time, or the fleet could not confirm it. To ask again does no harm. */
export class Unconfirmed extends Error {
  override name = 'Unconfirmed'
}

/** @param onBroken called once if the node breaks an invariant, after the node has given up its lease */
export function createDriver(
  pool: Pool,
  info: NodeInfo,
  set: EntrySet,
  log: Logger,
  onBroken: (error: Error) => void,
): Driver {
  const joined = Promise.withResolvers<void>()
  // A process that only revokes does not join, and waits for no lease.
  joined.promise.catch(() => {})
  return {
    node: createNode({ timing: timingFor(info.lease_ms), set, newId: randomUUID }),
    info,
    seen: { lease: undefined, nodes: 0, last_seq: 0 },
    names: createNames(pool, log),
    log,
    onBroken,
    problem: watchProblem(log, 'this node cannot read or write the log of revocations and its own row', () =>
      performance.now(),
    ),
    pool,
    notifier: createNotifier(pool, log),
    running: new Map(),
    waiting: new Map(),
    joined,
    left: Promise.withResolvers(),
    timer: undefined,
    toVerifiers: () => {},
    stopped: false,
  }
}

/** Reads both clocks of this process. */
export function readClocks(): Instant {
  return { mono_ms: performance.now(), wall_ms: Date.now() }
}

/**
 * Follows the log. Resolves with the first lease.
 * @throws StoreError if the fleet refuses the node, or if there is no lease within `limit_ms`
 */
export async function join(driver: Driver, limit_ms: number): Promise<void> {
  const { joined } = driver
  const tooLate = `the node got no lease within ${Math.round(limit_ms / 1000)} s; the log says what the database answers`
  const timer = setTimeout(() => joined.reject(new StoreError(tooLate)), limit_ms)
  dispatch(driver, { kind: 'join' })
  await joined.promise.finally(() => clearTimeout(timer))
}

/** Gives up the lease and deletes the node's row. Revocations that still wait are given up. */
export async function leave(driver: Driver): Promise<void> {
  dispatch(driver, { kind: 'leave' })
  if (!driver.stopped) await driver.left.promise
}

/** Ends a token through the log. @throws Unconfirmed */
export function revoke(driver: Driver, request: RevocationRequest): Promise<Outcome> {
  return waitFor(driver, request.id, { kind: 'revoke', request })
}

/** Waits until the fleet has what a transaction has appended. @throws Unconfirmed */
export async function confirm(driver: Driver, committed: Committed): Promise<Receipt> {
  const ticket = randomUUID()
  const { receipt } = await waitFor(driver, ticket, { kind: 'committed', ticket, ...committed })
  return receipt
}

async function waitFor(driver: Driver, ticket: string, event: Event): Promise<Outcome> {
  if (driver.stopped) throw new Unconfirmed('this node takes no more revocations')
  const caller = Promise.withResolvers<Outcome>()
  driver.waiting.set(ticket, caller)
  dispatch(driver, event)
  return caller.promise
}

/** Feeds one event to the node and carries out what comes out. */
export function dispatch(driver: Driver, event: Event): void {
  if (driver.stopped) return
  const { node, seen, joined } = driver
  let effects: Effect[]
  try {
    effects = step(node, event, readClocks())
  } catch (error) {
    stopBroken(driver, error as Error)
    return
  }
  seen.lease = node.renewal.lease ?? seen.lease
  if (node.renewal.lease !== undefined) joined.resolve()
  for (const effect of effects) perform(driver, effect)
  scheduleTick(driver)
}

function scheduleTick(driver: Driver): void {
  clearTimeout(driver.timer)
  const due_ms = wakeAt(driver.node) - performance.now()
  if (driver.stopped || due_ms === Number.POSITIVE_INFINITY) return
  driver.timer = setTimeout(() => dispatch(driver, { kind: 'tick' }), Math.max(0, due_ms))
}

/**
 * The node has met a state that the protocol excludes. Without a lease the node accepts nothing from memory, and a node that
 * does not renew is waited out by the others.
 */
function stopBroken(driver: Driver, error: Error): void {
  driver.node.renewal.lease = undefined
  stop(driver)
  driver.log.fatal({ err: error }, 'the revocation protocol is broken: this node stops answering from memory')
  driver.joined.reject(error)
  driver.onBroken(error)
}

function stop(driver: Driver): void {
  driver.stopped = true
  clearTimeout(driver.timer)
  for (const caller of driver.waiting.values()) caller.reject(new Unconfirmed('this node has stopped'))
  driver.waiting.clear()
  driver.left.resolve()
}

function perform(driver: Driver, effect: Effect): void {
  switch (effect.kind) {
    case 'abandon':
      destroy(driver.running.get(effect.op))
      driver.running.delete(effect.op)
      break
    case 'notify':
      driver.notifier.send(effect.news)
      break
    case 'effective':
      takeCaller(driver, effect.ticket).resolve(effect)
      break
    case 'unconfirmed':
      takeCaller(driver, effect.ticket).reject(new Unconfirmed('the fleet did not confirm the revocation in time'))
      break
    case 'left':
      stop(driver)
      break
    case 'begin':
    case 'publish':
    case 'grant':
    case 'end':
    case 'cut':
      driver.toVerifiers(effect)
      break
    default:
      void carryOut(driver, effect)
  }
}

function takeCaller({ waiting }: Driver, ticket: string): PromiseWithResolvers<Outcome> {
  const caller = waiting.get(ticket)
  if (caller === undefined) throw new Error(`no caller waits for the ticket ${ticket}`)
  waiting.delete(ticket)
  return caller
}

async function carryOut(driver: Driver, command: Command): Promise<void> {
  driver.running.set(command.op, undefined)
  const event = await ask(driver, command)
  if (event !== undefined) dispatch(driver, event)
}

/** Sends a command to the database. @returns undefined if the node has abandoned the command */
async function ask(driver: Driver, command: Command): Promise<Event | undefined> {
  const { pool, running, info, problem, notifier } = driver
  const { op } = command
  let client: PoolClient | undefined
  try {
    const connected = await pool.connect()
    client = connected
    if (!running.has(op)) return void client.release()
    running.set(op, client)
    const wants = command.kind === 'append' || (command.kind === 'renew' && command.tells)
    const { answer, database } = await notifier.around(wants, (tells) => execute(connected, command, info, tells))
    if (!running.delete(op)) return undefined
    client.release()
    note(driver, answer)
    return { kind: 'answer', op, answer, database }
  } catch (error) {
    if (!running.delete(op)) return undefined
    destroy(client)
    problem.occurred({ command: command.kind, why: (error as Error).message })
    return { kind: 'failed', op, read_only: isReadOnly(error as Error) }
  }
}

const otherFleet = 'nodes with another LEASE_MS, or another version of the protocol, run on this database'

/** Keeps for the metrics and the log what an answer tells. */
function note({ seen, names, joined, problem, log }: Driver, answer: Answer): void {
  if (answer.kind === 'insert' && !answer.joined) {
    joined.reject(new StoreError(otherFleet))
    problem.occurred({ command: 'insert', why: otherFleet })
    return
  }
  // A read-only database still answers reads.
  if (answer.kind !== 'read' && answer.kind !== 'look') problem.resolved()
  if (answer.kind === 'look') {
    seen.nodes = answer.rows.length
    names.learn(answer.rows.map(({ id }) => id))
  }
  if (answer.kind === 'sweep' && answer.removed.length > 0) {
    log.warn({ nodes: answer.removed }, 'nodes that did not renew for a lease were removed from the fleet')
  }
  seen.last_seq = Math.max(seen.last_seq, ...knownSeqs(answer))
}

/** The numbers in the log that an answer proves. */
function knownSeqs(answer: Answer): number[] {
  if (answer.kind === 'look') return answer.rows.map(({ applied_seq }) => applied_seq)
  return answer.kind === 'append' || answer.kind === 'read' ? [answer.last.seq] : []
}

/** Closes a connection at once, even if a query runs on the connection. */
function destroy(client: PoolClient | undefined): void {
  if (client === undefined) return
  // node-postgres types neither `connection` nor its stream. `release(true)` alone would wait for the query.
  const { stream } = (client as PoolClient & { connection: { stream: { destroy: () => void } } }).connection
  client.release(true)
  stream.destroy()
}
