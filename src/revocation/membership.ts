import type { Entry } from './entry.ts'
import { type Lane, launch, type Settings, type Shared, wakeLaneAt } from './lane.ts'
import { type Instant, type Lease, leaseFrom } from './lease.ts'
import type { Answer, Command } from './messages.ts'

/**
 * A node's place in the fleet: load the log, insert a row, then read and renew for ever.
 *
 * Loading comes before the row so that nobody waits for a node that reads a million entries; it earns no lease. What
 * counts is the read after the insert: a revocation appended before that read is in it, one appended later finds the
 * row and waits. Every attempt to join uses a new id, since a lost insert may still be executed.
 */
export interface Membership extends Lane {
  /** What is in flight, or comes next. `rest` before joining and after leaving. */
  next: 'rest' | 'load' | 'insert' | 'read' | 'renew'
  id: string | undefined
  /** Renewals tried with this id. */
  renewals: number
  /** Every entry up to here is in the set, or in `unread`. */
  applied_seq: number
  /** Read from a long log, and to be put into the set while the database looks for the next stretch. */
  unread: Iterable<Entry>
  /** What the row is known to show. */
  shown_seq: number
  /** When the last read was sent. */
  began: Instant
  lease: Lease | undefined
  /** Something was appended since the last read was sent, they say. */
  hinted: boolean
}

const nothing: Iterable<Entry> = []

export function createMembership(): Membership {
  return {
    next: 'rest',
    flight: undefined,
    due_ms: Number.POSITIVE_INFINITY,
    id: undefined,
    renewals: 0,
    applied_seq: 0,
    unread: nothing,
    shown_seq: 0,
    began: { mono_ms: 0, wall_ms: 0 },
    lease: undefined,
    hinted: false,
  }
}

/**
 * Starts over with a new row. The old one, if it is still there, stands for a lease that this process gives up here.
 * @param from_seq 0 if the numbers may now stand for other entries
 */
export function rejoin(membership: Membership, now: Instant, from_seq: number): void {
  membership.lease = undefined
  membership.applied_seq = from_seq
  proceed(membership, 'load', now.mono_ms)
}

function proceed(membership: Membership, next: Membership['next'], due_ms: number): void {
  membership.next = next
  membership.due_ms = due_ms
}

/** Sends what is due. */
export function advanceMembership(shared: Shared, membership: Membership, now: Instant): void {
  if (membership.flight !== undefined || membership.next === 'rest') return
  if (now.mono_ms < membership.due_ms && !(membership.hinted && membership.next === 'read')) return
  const replaces = membership.id
  if (membership.next === 'insert') {
    membership.id = shared.newId()
    membership.renewals = 0
    membership.shown_seq = membership.applied_seq
  } else if (membership.next === 'renew') {
    membership.renewals++
  } else {
    membership.began = now
    membership.hinted = false
  }
  const op = launch(shared, membership, now.mono_ms)
  shared.out.push(commandFor(membership, op, shared.settings, replaces))
}

function commandFor(membership: Membership, op: number, settings: Settings, replaces: string | undefined): Command {
  const { next, id = '', applied_seq, shown_seq, renewals } = membership
  if (next === 'insert') return { kind: 'insert', op, id, applied_seq, lease_ms: settings.lease_ms, replaces }
  if (next === 'renew') {
    return { kind: 'renew', op, id, applied_seq, renewal: renewals, advanced: applied_seq > shown_seq }
  }
  return { kind: 'read', op, after_seq: applied_seq, limit: settings.read_limit }
}

/** Takes the answer to the command that was in flight. */
export function answerMembership(shared: Shared, membership: Membership, answer: Answer, now: Instant): void {
  if (answer.kind === 'read') takeEntries(shared, membership, answer, now)
  else if (answer.kind === 'renew') takeRenewal(shared, membership, answer.present, now)
  else if (answer.kind !== 'insert') return
  else if (answer.joined) proceed(membership, 'read', now.mono_ms)
  else proceed(membership, 'load', now.mono_ms + shared.settings.lease_ms)
}

function takeEntries(shared: Shared, membership: Membership, read: Answer & { kind: 'read' }, now: Instant): void {
  takeIn(shared, membership)
  membership.unread = read.entries
  membership.applied_seq = read.last_seq
  if (!read.more) takeIn(shared, membership)
  const next = membership.next === 'load' ? 'insert' : 'renew'
  proceed(membership, read.more ? membership.next : next, now.mono_ms)
}

/** Puts what has been read into the set. */
export function takeIn({ set }: Shared, membership: Membership): void {
  for (const entry of membership.unread) set.add(entry)
  membership.unread = nothing
}

export function wakeMembershipAt(membership: Membership): number {
  return membership.unread === nothing ? wakeLaneAt(membership) : Number.NEGATIVE_INFINITY
}

function takeRenewal({ settings }: Shared, membership: Membership, present: boolean, now: Instant): void {
  if (!present) {
    rejoin(membership, now, membership.applied_seq)
    return
  }
  membership.lease = leaseFrom(membership.began, settings.lease_ms)
  membership.shown_seq = membership.applied_seq
  proceed(membership, 'read', membership.began.mono_ms + settings.renew_ms)
}

/** The command in flight came to nothing, as far as anyone knows. A renewal begins again with its read. */
export function failMembership(shared: Shared, membership: Membership, now: Instant): void {
  proceed(membership, membership.next === 'renew' ? 'read' : membership.next, now.mono_ms + shared.settings.retry_ms)
}
