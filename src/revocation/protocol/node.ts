import { holds, type Instant } from '../check/lease.ts'
import { type Activity, abandon, type Context, emit, wakeActivityAt } from './activity.ts'
import {
  type AppendQueue,
  advanceAppends,
  appendAgain,
  createAppendQueue,
  type RequestTicket,
  type Ticket,
  takeBatch,
  takeOverdue,
  wakeAppendsAt,
} from './append-queue.ts'
import {
  advanceFences,
  createFences,
  dropFences,
  type Fences,
  lookAgain,
  openFence,
  type Standing,
  takeOverdueFences,
  updateFences,
} from './fence.ts'
import { checkAfterStep, checkBeforeStep, invariant } from './invariants.ts'
import type { Answer, DatabaseState, Effect, Event, Receipt, RevocationRequest } from './messages.ts'
import {
  advanceRenewal,
  answerRenewal,
  appliedSeq,
  applyUnread,
  createRenewal,
  failRenewal,
  finishLeaving,
  type Renewal,
  startJoining,
  startLeaving,
  wakeRenewalAt,
} from './renewal.ts'

/**
 * One process's part in the fleet: a state machine without clocks, timers, randomness or I/O. The driver feeds events to
 * `step`, carries out the effects, wakes the node at `wakeAt`, and decides requests with `check`. The node makes every
 * decision of the protocol, so the simulation tests all of them.
 */
export interface Node extends Context {
  renewal: Renewal
  appends: AppendQueue
  fences: Fences
  /** Ids of the tickets that are not answered yet. */
  tickets: Set<string>
  /** The database's incarnation, as last seen. */
  incarnation: string | undefined
  /** When this incarnation was first seen. */
  incarnation_since_ms: number
  /** From this time on no lease runs that began in an earlier incarnation. */
  settled_ms: number
  /** Whether `step` checks the invariants. Only a simulation of a broken protocol turns the checks off. */
  audit: boolean
  /** When the last step was taken. */
  stepped_ms: number
}

/** A node that can revoke at once. It follows the log and holds leases after the event `join`. */
export function createNode(options: Pick<Context, 'timing' | 'set' | 'newId'> & { audit?: boolean }): Node {
  return {
    audit: true,
    ...options,
    ops: 0,
    out: [],
    renewal: createRenewal(),
    appends: createAppendQueue(),
    fences: createFences(),
    tickets: new Set(),
    incarnation: undefined,
    incarnation_since_ms: Number.POSITIVE_INFINITY,
    settled_ms: Number.POSITIVE_INFINITY,
    stepped_ms: Number.NEGATIVE_INFINITY,
  }
}

/**
 * What this process knows about a token without asking. `ask`: only the database can tell, and the token must not be
 * accepted if the database cannot be reached. A look-up that was sent before a request arrived must not decide about the
 * request.
 * @param expires_at the token's own `exp`, in milliseconds since 1970
 * @param now read after the request had arrived
 */
export function check(node: Node, jti: string, expires_at: number, now: Instant): 'live' | 'revoked' | 'ask' {
  if (node.set.has(jti, expires_at)) return 'revoked'
  return holds(node.renewal.lease, now) ? 'live' : 'ask'
}

/**
 * Takes one event, and does everything that has become due.
 * @returns what the driver has to do, in this order
 * @throws InvariantError if the node is in a state that the protocol excludes. The node must not be used any more
 */
export function step(node: Node, event: Event, now: Instant): Effect[] {
  const out: Effect[] = []
  node.out = out
  if (node.audit) checkBeforeStep(node, now)
  take(node, event, now)
  dropOverdueCommands(node, now)
  for (const ticket of takeOverdue(node, node.appends, now.mono_ms)) giveUp(node, ticket)
  for (const ticket of takeOverdueFences(node, node.fences, now.mono_ms)) giveUp(node, ticket)
  advanceRenewal(node, node.renewal, now)
  advanceAppends(node, node.appends, now.mono_ms)
  advanceFences(node, node.fences, standing(node), now.mono_ms)
  if (node.audit) checkAfterStep(node, now)
  return out
}

/** When to send a `tick`, on this process's monotonic clock. Infinite if nothing is due. */
export function wakeAt({ renewal, appends, fences }: Node): number {
  return Math.min(wakeRenewalAt(renewal), wakeAppendsAt(appends), wakeActivityAt(fences))
}

function take(node: Node, event: Event, now: Instant): void {
  switch (event.kind) {
    case 'tick':
      applyUnread(node, node.renewal)
      break
    case 'join':
      startJoining(node.renewal, now, node.renewal.applied_seq)
      node.fences.due_ms = now.mono_ms
      break
    case 'leave':
      leave(node, now)
      break
    case 'hint':
      if (event.of === 'log') node.renewal.hinted = true
      else if (node.fences.open.length > 0) node.fences.hinted = true
      break
    case 'revoke':
      takeRequest(node, event.request, now)
      break
    case 'committed':
      takeCommitted(node, event, now)
      break
    case 'answer':
      takeAnswer(node, event, now)
      break
    case 'failed':
      for (const activity of activities(node)) if (activity.inFlight?.op === event.op) fail(node, activity, now)
      break
  }
}

function activities({ renewal, appends, fences }: Node): [Renewal, AppendQueue, Fences] {
  return [renewal, appends, fences]
}

function standing({ renewal, incarnation, settled_ms }: Node): Standing {
  return { id: renewal.id, applied_seq: appliedSeq(renewal), incarnation, settled_ms }
}

/** Waits for the fleet, and for this node if other nodes have appended entries that it has not read. */
function startFence(node: Node, tickets: Ticket[], appended: { seq: number; count: number }, now: Instant): void {
  // An append's numbers follow each other, because the append holds the log's lock.
  const own_seq = appended.seq - appended.count
  if (appliedSeq(node.renewal) < own_seq) node.renewal.hinted = true
  openFence(node, node.fences, { tickets, seq: appended.seq, own_seq }, now.mono_ms)
}

function openTicket<R extends Ticket['request']>(node: Node, id: string, request: R, now: Instant) {
  if (node.audit) invariant(!node.tickets.has(id), 'each ticket has an id of its own')
  node.tickets.add(id)
  return { id, request, asked_ms: now.mono_ms, ended: request === undefined }
}

/** Tells the caller that the fleet has its revocation. */
function confirm(node: Node, { id, ended }: Ticket, receipt: Receipt): void {
  closeTicket(node, id)
  node.out.push({ kind: 'effective', ticket: id, receipt, ended })
}

/** Tells the caller that its revocation is given up. */
function giveUp(node: Node, { id }: Ticket): void {
  closeTicket(node, id)
  node.out.push({ kind: 'unconfirmed', ticket: id })
}

function closeTicket(node: Node, id: string): void {
  const wasOpen = node.tickets.delete(id)
  if (node.audit) invariant(wasOpen, 'each ticket is answered once')
}

/** Gives up the lease first, then the tickets. The row is deleted by the next command. */
function leave(node: Node, now: Instant): void {
  startLeaving(node, node.renewal, now)
  abandon(node, node.appends)
  const tickets = [...takeBatch(node.appends), ...node.appends.waiting.splice(0)]
  for (const ticket of [...tickets, ...dropFences(node.fences, Number.POSITIVE_INFINITY)]) giveUp(node, ticket)
}

function takeRequest(node: Node, request: RevocationRequest, now: Instant): void {
  const ticket = openTicket(node, request.id, request, now)
  if (node.renewal.next === 'leave') giveUp(node, ticket)
  else node.appends.waiting.push(ticket)
}

/**
 * Applies what the caller has committed, and waits for the fleet. Entries of an earlier incarnation may be lost, and only the
 * caller can append them again, so their ticket is given up.
 */
function takeCommitted(node: Node, event: Event & { kind: 'committed' }, now: Instant): void {
  const ticket = openTicket(node, event.ticket, undefined, now)
  for (const entry of event.entries) node.set.add(entry)
  if (node.incarnation === undefined) compareIncarnation(node, event.database, now)
  const isLost = event.database.incarnation !== node.incarnation
  if (isLost || node.renewal.next === 'leave') giveUp(node, ticket)
  else startFence(node, [ticket], { seq: event.seq, count: event.entries.length }, now)
}

function takeAnswer(node: Node, event: Event & { kind: 'answer' }, now: Instant): void {
  const { op, answer, database } = event
  const activity = activities(node).find(({ inFlight }) => inFlight?.op === op)
  if (activity === undefined) return
  activity.inFlight = undefined
  if (answer.kind === 'leave') finishLeaving(node, node.renewal)
  else if (!compareIncarnation(node, database, now)) return
  else if (activity === node.renewal) answerRenewal(node, node.renewal, answer, now)
  else if (answer.kind === 'append') takeAppended(node, answer, now)
  else if (answer.kind === 'look') takeRows(node, answer, database, now)
  else lookAgain(node.fences, now.mono_ms)
}

function takeAppended(node: Node, { seq, ended }: Answer & { kind: 'append' }, now: Instant): void {
  for (const entry of ended) node.set.add(entry)
  const expiries = new Map(ended.map(({ request_id, expires_at }) => [request_id, expires_at]))
  const tickets = takeBatch(node.appends)
  for (const ticket of tickets) {
    // A token that has expired by the caller's clock is in the log for the sake of slower clocks. For the caller it was dead.
    ticket.ended = (expiries.get(ticket.id) ?? Number.NEGATIVE_INFINITY) > ticket.request.now
  }
  startFence(node, tickets, { seq, count: ended.length }, now)
}

function takeRows(node: Node, { rows }: Answer & { kind: 'look' }, database: DatabaseState, now: Instant): void {
  // Rows that the database has kept may stand for longer leases than this node's.
  const ends = rows.map((row) => node.incarnation_since_ms + node.timing.wait_ms(row.lease_ms))
  if (!database.settled) node.settled_ms = Math.max(node.settled_ms, ...ends)
  for (const { tickets, receipt } of updateFences(node, node.fences, rows, standing(node), now.mono_ms)) {
    for (const ticket of tickets) confirm(node, ticket, receipt)
  }
  if (!database.settled && now.mono_ms >= node.settled_ms) {
    emit(node, { kind: 'settle', incarnation: database.incarnation })
  }
}

/**
 * Compares the database with the one that answered before, and starts over if it has begun a new incarnation.
 *
 * A new incarnation may have lost renewals and rows, so leases may run that no row shows. All of them began before this
 * answer. The node confirms nothing until they are over, unless another node has stored that they are (`settled`). A new
 * incarnation may also have lost entries that no caller was told of, and given their numbers to other entries, so the node
 * reads and appends everything again. A fresh process cannot tell a new incarnation from an old one, so it treats its first
 * incarnation as new.
 * @returns false if the incarnation has changed: the first answer from it must not be combined with older state
 */
function compareIncarnation(node: Node, database: DatabaseState, now: Instant): boolean {
  const before = node.incarnation
  if (database.incarnation === before) {
    if (database.settled) node.settled_ms = Number.NEGATIVE_INFINITY
    return true
  }
  const { timing } = node
  node.incarnation = database.incarnation
  node.incarnation_since_ms = now.mono_ms
  node.settled_ms = database.settled ? Number.NEGATIVE_INFINITY : now.mono_ms + timing.wait_ms(timing.lease_ms)
  if (before !== undefined) startOver(node, now)
  return before === undefined
}

function startOver(node: Node, now: Instant): void {
  const { renewal, appends, fences } = node
  for (const activity of activities(node)) abandon(node, activity)
  if (renewal.next !== 'rest' && renewal.next !== 'leave') startJoining(renewal, now, 0)
  const lost = dropFences(fences, now.mono_ms)
  appendAgain(appends, [...lost.filter(isRepeatable), ...takeBatch(appends)], now.mono_ms)
  for (const ticket of lost) if (!isRepeatable(ticket)) giveUp(node, ticket)
}

function isRepeatable(ticket: Ticket): ticket is RequestTicket {
  return ticket.request !== undefined
}

/** Counts commands as lost whose deadline has passed. */
function dropOverdueCommands(node: Node, now: Instant): void {
  for (const activity of activities(node)) {
    if (activity.inFlight === undefined || now.mono_ms < activity.inFlight.deadline_ms) continue
    abandon(node, activity)
    fail(node, activity, now)
  }
}

function fail(node: Node, activity: Activity, now: Instant): void {
  const due_ms = now.mono_ms + node.timing.retry_ms
  activity.inFlight = undefined
  if (activity === node.renewal) failRenewal(node, node.renewal, now)
  else if (activity === node.appends) appendAgain(node.appends, takeBatch(node.appends), due_ms)
  else lookAgain(node.fences, due_ms)
}
