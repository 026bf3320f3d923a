import { holds, type Instant } from '../check/lease.ts'
import { type Position, start, type TokenClaims } from '../entry.ts'
import { type Activity, abandon, type Context, emit, retryAt, wakeActivityAt } from './activity.ts'
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
  type Fence,
  type Fences,
  hasCovered,
  lookAgain,
  openFence,
  type Standing,
  takeOverdueFences,
  takeShown,
  updateFences,
} from './fence.ts'
import { checkAfterStep, checkBeforeStep } from './invariants.ts'
import type { Answer, Appended, DatabaseState, Effect, Event, RevocationRequest, VerifierEvent } from './messages.ts'
import {
  advanceRenewal,
  answerRenewal,
  appliedSeq,
  applyUnread,
  createRenewal,
  failRenewal,
  finishLeaving,
  goOn,
  type Renewal,
  startJoining,
  startLeaving,
  wakeRenewalAt,
} from './renewal.ts'
import { confirmAll, giveUp, openTicket } from './tickets.ts'
import {
  applyEntries,
  countHolders,
  coveredAt,
  createVerifiers,
  cutAll,
  follow,
  forgetGone,
  grant,
  takeApplied,
  takeEnded,
  unfollow,
} from './verifiers.ts'

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
  /** When this incarnation was first seen, or when the log was seen to have gone back. */
  incarnation_since_ms: number
  /** The log has gone back within the incarnation, so `settled` is of the time before. */
  log_lost: boolean
  /** How often the log may have become another one. */
  log: number
  /** This process has answered revocations up to this number. Its verifiers get a lease only if they were sent as much. */
  answered_seq: number
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
    log_lost: false,
    log: 0,
    answered_seq: 0,
    verifiers: createVerifiers(start),
    settled_ms: Number.POSITIVE_INFINITY,
    stepped_ms: Number.NEGATIVE_INFINITY,
  }
}

/**
 * What this process knows about a token without asking. `ask`: only the database can tell, and the token must not be
 * accepted if the database cannot be reached. A look-up that was sent before a request arrived must not decide about the
 * request.
 * @param now read after the request had arrived
 */
export function check(node: Node, claims: TokenClaims, now: Instant): 'live' | 'revoked' | 'ask' {
  if (node.set.has(claims)) return 'revoked'
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
  advanceAppends(node, node.appends, node.renewal.id, now.mono_ms)
  advanceFences(node, node.fences, standing(node, now), now.mono_ms)
  if (node.audit) checkAfterStep(node, now)
  return out
}

/** When to send a `tick`, on this process's monotonic clock. Infinite if nothing is due. */
export function wakeAt(node: Node): number {
  const { renewal, appends, fences } = node
  return Math.min(wakeRenewalAt(node, renewal), wakeAppendsAt(appends), wakeActivityAt(fences))
}

function take(node: Node, event: Event, now: Instant): void {
  switch (event.kind) {
    case 'tick':
      applyUnread(node, node.renewal)
      break
    case 'join':
      startJoining(node.renewal, now, node.renewal.applied)
      node.fences.due_ms = now.mono_ms
      break
    case 'leave':
      leave(node, now)
      break
    case 'hint':
      takeHint(node, event, now)
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
      if (event.read_only) for (const ticket of node.appends.waiting.splice(0)) giveUp(node, ticket)
      break
    default:
      takeVerifier(node, event, now)
  }
}

function takeVerifier(node: Node, event: VerifierEvent, now: Instant): void {
  const { verifiers, renewal, timing } = node
  const { verifier: id } = event
  switch (event.kind) {
    case 'follow':
      beginFollowing(node, event, now)
      break
    case 'unfollow':
      unfollow(verifiers, id)
      break
    case 'ask': {
      const own = verifiers.sent.seq >= node.answered_seq ? renewal.lease : undefined
      const { shown_seq } = renewal
      grant(node, verifiers, { id, n: event.n }, { own, shown_seq, longest_ms: timing.lease_ms / 2 }, now)
      break
    }
    case 'applied':
      takeApplied(node, verifiers, id, event.seq)
      break
    case 'ended':
      takeEnded(verifiers, id)
      break
  }
  lookForVerifiers(node, now)
}

/** A fence may wait for the verifiers of this node alone. A look tells whether the log still has the entries. */
function lookForVerifiers(node: Node, now: Instant): void {
  const { fences, verifiers } = node
  if (fences.open.length === 0) return
  const known = standing(node, now)
  const isOver = (fence: Fence) =>
    now.mono_ms >= coveredAt(verifiers, fence.last.seq) && hasCovered(fences, known, fence)
  if (fences.open.some(isOver)) fences.hinted = true
}

function takeHint(node: Node, hint: Event & { kind: 'hint' }, now: Instant): void {
  const { renewal, fences } = node
  if (hint.of === 'log') {
    if (hint.news === undefined || !goOn(node, renewal, hint.news)) renewal.hinted = true
    return
  }
  if (fences.open.length === 0) return
  const { shown } = hint
  const isNow = shown !== undefined && shown.incarnation === node.incarnation
  const confirmed = isNow ? takeShown(fences, shown, standing(node, now), now.mono_ms) : undefined
  if (confirmed === undefined) fences.hinted = true
  else confirmAll(node, confirmed)
}

/** A verifier must not follow a node that does not follow the log itself. */
function beginFollowing(node: Node, { verifier: id, service, resumed }: Followed, now: Instant): void {
  const { renewal, verifiers } = node
  if (renewal.next === 'rest' || renewal.next === 'leave') {
    node.out.push({ kind: 'cut', verifier: id, why: 'follows a node that leaves' })
    return
  }
  applyUnread(node, renewal)
  forgetGone(verifiers, now.mono_ms)
  const isOfThisLog = resumed?.log === node.log
  follow(node, verifiers, { id, service, resumed: isOfThisLog ? resumed : undefined })
}

type Followed = VerifierEvent & { kind: 'follow' }

function activities({ renewal, appends, fences }: Node): [Renewal, AppendQueue, Fences] {
  return [renewal, appends, fences]
}

function standing({ renewal, incarnation, settled_ms, verifiers }: Node, now: Instant): Standing {
  const { id, applied } = renewal
  return {
    id,
    position: applied,
    applied_seq: appliedSeq(renewal),
    incarnation,
    settled_ms,
    coveredAt: (seq) => coveredAt(verifiers, seq),
    holders: () => countHolders(verifiers, now.mono_ms),
  }
}

/** Waits for the fleet, and for this node if other nodes have appended entries that it has not read. */
function startFence(node: Node, tickets: Ticket[], appended: Appended, now: Instant): void {
  const { renewal } = node
  const { after, last } = appended
  const isHere = goOn(node, renewal, { ...appended, by: renewal.id })
  // The verifiers of this node get the entries when this node goes on to them, or reads them.
  if (!isHere && (appliedSeq(renewal) < after.seq || node.verifiers.known.size > 0)) renewal.hinted = true
  openFence(node, node.fences, { tickets, last, own_seq: after.seq }, now.mono_ms)
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
  applyEntries(node, event.entries)
  if (node.incarnation === undefined) compareIncarnation(node, event.database, now)
  const isLost = event.database.incarnation !== node.incarnation
  if (isLost || node.renewal.next === 'leave') giveUp(node, ticket)
  else {
    const { after, entries, last } = event
    startFence(node, [ticket], { after, entries, last }, now)
    if (entries.length > 0) node.out.push({ kind: 'notify', news: { after, entries, last, by: node.renewal.id } })
  }
}

function takeAnswer(node: Node, event: Event & { kind: 'answer' }, now: Instant): void {
  const { op, answer, database } = event
  const activity = activities(node).find(({ inFlight }) => inFlight?.op === op)
  if (activity === undefined) return
  activity.inFlight = undefined
  activity.failures = 0
  if (answer.kind === 'leave') finishLeaving(node, node.renewal)
  else if (!compareIncarnation(node, database, now)) return
  else if ((answer.kind === 'read' || answer.kind === 'look') && !answer.continues) loseLog(node, now)
  else if (activity === node.renewal) answerRenewal(node, node.renewal, answer, now)
  else if (answer.kind === 'append') takeAppended(node, answer, now)
  else if (answer.kind === 'look') takeRows(node, answer, database, now)
  else lookAgain(node.fences, now.mono_ms)
}

function takeAppended(node: Node, { after, last, ended, busy }: Answer & { kind: 'append' }, now: Instant): void {
  applyEntries(node, ended)
  const expiries = new Map(ended.map(({ request_id, expires_at }) => [request_id, expires_at]))
  const batch = takeBatch(node.appends)
  const isBusy = ({ id }: Ticket) => busy.includes(id)
  if (busy.length > 0) appendAgain(node.appends, batch.filter(isBusy), now.mono_ms + node.timing.retry_ms)
  const tickets = batch.filter((ticket) => !isBusy(ticket))
  if (tickets.length === 0) return
  for (const ticket of tickets) {
    // A token that has expired by the caller's clock is in the log for the sake of slower clocks. For the caller it was dead.
    ticket.ended = (expiries.get(ticket.id) ?? Number.NEGATIVE_INFINITY) > ticket.request.now
  }
  startFence(node, tickets, { after, entries: ended, last }, now)
}

function takeRows(node: Node, { rows }: Answer & { kind: 'look' }, database: DatabaseState, now: Instant): void {
  // Rows that the database has kept may stand for longer leases than this node's.
  const ends = rows.map((row) => node.incarnation_since_ms + node.timing.wait_ms(row.lease_ms))
  if (!isSettled(node, database)) node.settled_ms = Math.max(node.settled_ms, ...ends)
  confirmAll(node, updateFences(node, node.fences, rows, standing(node, now), now.mono_ms))
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
 * appends everything again, and its next read must prove that the log still has what it has read. A fresh process cannot tell a new incarnation from an old one, so it treats its first
 * incarnation as new.
 * @returns false if the incarnation has changed: the first answer from it must not be combined with older state
 */
function compareIncarnation(node: Node, database: DatabaseState, now: Instant): boolean {
  const before = node.incarnation
  if (database.incarnation === before) {
    if (isSettled(node, database)) node.settled_ms = Number.NEGATIVE_INFINITY
    return true
  }
  node.incarnation = database.incarnation
  node.log_lost = false
  waitForLeases(node, now)
  if (database.settled) node.settled_ms = Number.NEGATIVE_INFINITY
  if (before !== undefined) startOver(node, now, node.renewal.applied)
  return before === undefined
}

function isSettled({ log_lost }: Node, { settled }: DatabaseState): boolean {
  return settled && !log_lost
}

function waitForLeases(node: Node, now: Instant): void {
  const { timing } = node
  node.incarnation_since_ms = now.mono_ms
  node.settled_ms = now.mono_ms + timing.wait_ms(timing.lease_ms)
}

/**
 * The log does not have an entry that this process has seen: the log has gone back within the incarnation, as after a
 * restore into a running database. The rows may have gone back too, so this is like a new incarnation, except that no other
 * node can have noted that it is settled.
 */
function loseLog(node: Node, now: Instant): void {
  node.log_lost = true
  cutAll(node, node.verifiers, start)
  waitForLeases(node, now)
  startOver(node, now, start)
}

function startOver(node: Node, now: Instant, from: Position): void {
  const { renewal, appends, fences } = node
  node.log++
  node.answered_seq = 0
  for (const activity of activities(node)) abandon(node, activity)
  if (renewal.next !== 'rest' && renewal.next !== 'leave') startJoining(renewal, now, from)
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
  activity.inFlight = undefined
  activity.failures++
  const due_ms = retryAt(node, activity, now.mono_ms)
  if (activity === node.renewal) failRenewal(node, node.renewal, due_ms)
  else if (activity === node.appends) appendAgain(node.appends, takeBatch(node.appends), due_ms)
  else lookAgain(node.fences, due_ms)
}
