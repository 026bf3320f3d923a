import {
  advanceFences,
  createFences,
  dropFences,
  type Fences,
  giveUpFences,
  judgeRows,
  lookAgain,
  openFence,
} from './fence.ts'
import { abandon, type Lane, type Settings, type Shared, wakeLaneAt } from './lane.ts'
import { holds, type Instant, waitOut } from './lease.ts'
import { advanceLog, appendAgain, createLog, giveUpWaiting, type Log, takeBatch, wakeLogAt } from './log.ts'
import {
  advanceMembership,
  answerMembership,
  createMembership,
  failMembership,
  type Membership,
  rejoin,
  takeIn,
  wakeMembershipAt,
} from './membership.ts'
import type { Answer, Effect, Event, Seen } from './messages.ts'

/**
 * One process's part in the fleet: a state machine without clocks, timers, chance or I/O. Feed it events with `step`,
 * do what comes out, wake it at `wakeAt`, ask it with `check`.
 */
export interface Member extends Shared {
  membership: Membership
  log: Log
  fences: Fences
  /** The database's, as last seen. */
  incarnation: string | undefined
  /** When it was first seen. */
  observed_at: number
  /** From here on no lease runs that began in an earlier incarnation. */
  settled_at: number
}

/** The protocol's times for one length of lease. Giving up takes longer than waiting for a dead node, and a retry. */
export function settingsFor(lease_ms: number): Settings {
  return {
    lease_ms,
    wait_ms: waitOut,
    renew_ms: lease_ms / 3,
    command_ms: 1000,
    retry_ms: lease_ms / 20,
    give_up_ms: (longest_ms) => 5000 + 2 * longest_ms,
    look_min_ms: 1,
    look_max_ms: lease_ms / 20,
    read_limit: 10_000,
    append_limit: 1000,
  }
}

/** A member that can revoke at once; it follows and holds leases after the event `join`. */
export function createMember(options: Pick<Shared, 'settings' | 'set' | 'newId'>): Member {
  return {
    ...options,
    ops: 0,
    out: [],
    membership: createMembership(),
    log: createLog(),
    fences: createFences(),
    incarnation: undefined,
    observed_at: Number.POSITIVE_INFINITY,
    settled_at: Number.POSITIVE_INFINITY,
  }
}

/**
 * What this process knows about a token without asking. `ask`: only the database can tell, and if it cannot be reached
 * the token must not be accepted. A look-up that was sent before a request arrived must not decide about that request.
 * @param expires_at the token's own `exp`, in milliseconds since 1970
 * @param now read after the request had arrived
 */
export function check(member: Member, jti: string, expires_at: number, now: Instant): 'live' | 'revoked' | 'ask' {
  if (member.set.has(jti, expires_at)) return 'revoked'
  return holds(member.membership.lease, now) ? 'live' : 'ask'
}

/** Takes one event, and does all that has become due. */
export function step(member: Member, event: Event, now: Instant): Effect[] {
  const out: Effect[] = []
  member.out = out
  take(member, event, now)
  dropOverdue(member, now)
  giveUpWaiting(member, member.log, now.mono_ms)
  giveUpFences(member, member.fences, now.mono_ms)
  advanceMembership(member, member.membership, now)
  advanceLog(member, member.log, now.mono_ms)
  advanceFences(member, member.fences, member.membership.id, member.incarnation, now.mono_ms)
  return out
}

/** When to send a `tick`, on the own monotonic clock; infinite if nothing is due. */
export function wakeAt(member: Member): number {
  return Math.min(wakeMembershipAt(member.membership), wakeLogAt(member.log), wakeLaneAt(member.fences))
}

function take(member: Member, event: Event, now: Instant): void {
  switch (event.kind) {
    case 'tick':
      takeIn(member, member.membership)
      break
    case 'join':
      rejoin(member.membership, now, member.membership.applied_seq)
      member.fences.due_ms = now.mono_ms
      break
    case 'leave':
      leave(member)
      break
    case 'hint':
      if (event.of === 'log') member.membership.hinted = true
      else if (member.fences.open.length > 0) member.fences.hinted = true
      break
    case 'revoke':
      member.log.waiting.push({ name: event.ticket, asked_ms: now.mono_ms })
      break
    case 'committed':
      takeCommitted(member, event, now)
      break
    case 'answer':
      takeAnswer(member, event.op, event.answer, event.seen, now)
      break
    case 'failed':
      for (const lane of lanes(member)) if (lane.flight?.op === event.op) fail(member, lane, now)
      break
  }
}

function lanes({ membership, log, fences }: Member): [Membership, Log, Fences] {
  return [membership, log, fences]
}

/** Gives up the lease, then the row. */
function leave(member: Member): void {
  const { membership } = member
  abandon(member, membership)
  if (membership.id !== undefined) member.out.push({ kind: 'leave', op: ++member.ops, id: membership.id })
  Object.assign(membership, createMembership())
}

/** The caller appended in a transaction of its own. If that was in another incarnation, it may be lost: once more. */
function takeCommitted(member: Member, event: Event & { kind: 'committed' }, now: Instant): void {
  const ticket = { name: event.ticket, asked_ms: now.mono_ms }
  for (const entry of event.entries) member.set.add(entry)
  if (member.incarnation === undefined) observe(member, event.seen, now)
  if (event.seen.incarnation === member.incarnation) openFence(member, member.fences, [ticket], event.seq, now.mono_ms)
  else member.log.waiting.push(ticket)
}

function takeAnswer(member: Member, op: number, answer: Answer, seen: Seen, now: Instant): void {
  const lane = lanes(member).find(({ flight }) => flight?.op === op)
  if (lane === undefined) return
  lane.flight = undefined
  if (!observe(member, seen, now)) return
  if (lane === member.membership) answerMembership(member, member.membership, answer, now)
  else if (answer.kind === 'append') takeAppended(member, answer, now)
  else if (answer.kind === 'look') takeRows(member, answer, seen, now)
  else lookAgain(member.fences, now.mono_ms)
}

function takeAppended(member: Member, { seq, entries }: Answer & { kind: 'append' }, now: Instant): void {
  for (const entry of entries) member.set.add(entry)
  openFence(member, member.fences, takeBatch(member.log), seq, now.mono_ms)
}

function takeRows(member: Member, { rows }: Answer & { kind: 'look' }, seen: Seen, now: Instant): void {
  // Rows that the database has kept may stand for longer leases than the own one.
  const ends = rows.map((row) => member.observed_at + member.settings.wait_ms(row.lease_ms))
  if (!seen.settled) member.settled_at = Math.max(member.settled_at, ...ends)
  judgeRows(member, member.fences, rows, member.membership.id, now.mono_ms, member.settled_at)
  if (!seen.settled && now.mono_ms >= member.settled_at) {
    member.out.push({ kind: 'settle', op: ++member.ops, incarnation: seen.incarnation })
  }
}

/**
 * Compares the database with the one that answered before.
 *
 * A new incarnation may have lost renewals and rows, so that leases run which no row shows. All of them began before
 * this answer: nothing is confirmed until they are over, unless somebody has waited for that already. It may also have
 * lost entries that nobody was told of, and given their numbers to others: everything is read, and appended, again.
 * A member's first incarnation is as good as a new one, for it cannot know.
 * @returns false if it is another one, whose first answer must not be used with what is left of the last one's
 */
function observe(member: Member, seen: Seen, now: Instant): boolean {
  const before = member.incarnation
  if (seen.incarnation === before) {
    if (seen.settled) member.settled_at = Number.NEGATIVE_INFINITY
    return true
  }
  const { settings } = member
  member.incarnation = seen.incarnation
  member.observed_at = now.mono_ms
  member.settled_at = seen.settled ? Number.NEGATIVE_INFINITY : now.mono_ms + settings.wait_ms(settings.lease_ms)
  if (before !== undefined) startOver(member, now)
  return before === undefined
}

function startOver(member: Member, now: Instant): void {
  for (const lane of lanes(member)) abandon(member, lane)
  if (member.membership.next !== 'rest') rejoin(member.membership, now, 0)
  appendAgain(member.log, [...dropFences(member.fences, now.mono_ms), ...takeBatch(member.log)], now.mono_ms)
}

/** Counts commands as lost whose time is over. */
function dropOverdue(member: Member, now: Instant): void {
  for (const lane of lanes(member)) {
    if (lane.flight === undefined || now.mono_ms < lane.flight.deadline_ms) continue
    abandon(member, lane)
    fail(member, lane, now)
  }
}

function fail(member: Member, lane: Lane, now: Instant): void {
  const due_ms = now.mono_ms + member.settings.retry_ms
  lane.flight = undefined
  if (lane === member.membership) failMembership(member, member.membership, now)
  else if (lane === member.log) appendAgain(member.log, takeBatch(member.log), due_ms)
  else lookAgain(member.fences, due_ms)
}
