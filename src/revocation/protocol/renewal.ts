import { type Instant, type Lease, leaseFrom } from '../check/lease.ts'
import type { Entry } from '../entry.ts'
import { type Activity, abandon, type Context, send, type Unsent, wakeActivityAt } from './activity.ts'
import type { Answer } from './messages.ts'
import type { Timing } from './timing.ts'

/**
 * The node's row and its lease. A node loads the log, inserts a row, and then reads and renews until it leaves.
 *
 * Loading comes before the row, so that no revocation waits for a node that reads a million entries. Loading earns no
 * lease. What counts is the read after the insert: a revocation that was appended before this read is in it, and a
 * revocation that is appended later finds the row and waits. Each attempt to join uses a new id, because the database may
 * still execute a lost insert.
 */
export interface Renewal extends Activity {
  /** The command in flight, or the next one. `rest`: the node has not joined, or has left. */
  next: 'rest' | 'load' | 'insert' | 'read' | 'renew' | 'leave'
  id: string | undefined
  /** Number of renewals tried with this id. */
  renewals: number
  /** Every entry up to this number is in the set or in `unread`. */
  applied_seq: number
  /** Entries that the node has read but not yet applied. The node applies them while the database looks for more. */
  unread: Iterable<Entry>
  /** The number that the row is known to show. */
  shown_seq: number
  /** When the last read was sent. */
  began: Instant
  lease: Lease | undefined
  /** A hint says that the log has grown since the last read was sent. */
  hinted: boolean
}

const nothing: Iterable<Entry> = []

export function createRenewal(): Renewal {
  return {
    next: 'rest',
    inFlight: undefined,
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

/** Every entry up to this number is in the set. Infinite for a node that does not follow the log: it accepts nothing. */
export function appliedSeq(renewal: Renewal): number {
  if (renewal.next === 'rest' || renewal.next === 'leave') return Number.POSITIVE_INFINITY
  return hasAppliedAll(renewal) ? renewal.applied_seq : Number.NEGATIVE_INFINITY
}

/** Whether every entry up to `applied_seq` is in the set. */
export function hasAppliedAll({ unread }: Renewal): boolean {
  return unread === nothing
}

/**
 * Begins to join, for the first time or again. If the node had a row, the row stood for the lease that is given up here.
 * @param from_seq 0 if the numbers may now stand for other entries
 */
export function startJoining(renewal: Renewal, now: Instant, from_seq: number): void {
  renewal.lease = undefined
  renewal.applied_seq = from_seq
  proceed(renewal, 'load', now.mono_ms)
}

/** Gives up the lease. The next command deletes the row. */
export function startLeaving(context: Context, renewal: Renewal, now: Instant): void {
  renewal.lease = undefined
  abandon(context, renewal)
  if (renewal.id === undefined) finishLeaving(context, renewal)
  else proceed(renewal, 'leave', now.mono_ms)
}

/** The attempt to delete the row is over. If it failed, the other nodes sweep the row. */
export function finishLeaving({ out }: Context, renewal: Renewal): void {
  Object.assign(renewal, createRenewal())
  out.push({ kind: 'left' })
}

function proceed(renewal: Renewal, next: Renewal['next'], due_ms: number): void {
  renewal.next = next
  renewal.due_ms = due_ms
}

/** Sends what is due. */
export function advanceRenewal(context: Context, renewal: Renewal, now: Instant): void {
  if (renewal.inFlight !== undefined || renewal.next === 'rest') return
  if (now.mono_ms < renewal.due_ms && !(renewal.hinted && renewal.next === 'read')) return
  send(context, renewal, prepareCommand(context, renewal, now), now.mono_ms)
}

function prepareCommand({ timing, newId }: Context, renewal: Renewal, now: Instant): Unsent {
  switch (renewal.next) {
    case 'insert':
      return prepareInsert(renewal, newId(), timing)
    case 'renew':
      renewal.renewals++
      return {
        kind: 'renew',
        id: ownId(renewal),
        applied_seq: renewal.applied_seq,
        renewal: renewal.renewals,
        advanced: renewal.applied_seq > renewal.shown_seq,
      }
    case 'leave':
      return { kind: 'leave', id: ownId(renewal) }
    default:
      renewal.began = now
      renewal.hinted = false
      return { kind: 'read', after_seq: renewal.applied_seq, limit: timing.read_limit }
  }
}

function prepareInsert(renewal: Renewal, id: string, { lease_ms }: Timing): Unsent {
  const replaces = renewal.id
  renewal.id = id
  renewal.renewals = 0
  renewal.shown_seq = renewal.applied_seq
  return { kind: 'insert', id, applied_seq: renewal.applied_seq, lease_ms, replaces }
}

function ownId({ id }: Renewal): string {
  if (id === undefined) throw new Error('the node has no row')
  return id
}

/** Takes the answer to the command that was in flight. */
export function answerRenewal(context: Context, renewal: Renewal, answer: Answer, now: Instant): void {
  if (answer.kind === 'read') takeEntries(context, renewal, answer, now)
  else if (answer.kind === 'renew') takeRenewal(context, renewal, answer.present, now)
  else if (answer.kind === 'insert' && answer.joined) proceed(renewal, 'read', now.mono_ms)
  else if (answer.kind === 'insert') proceed(renewal, 'load', now.mono_ms + context.timing.lease_ms)
}

function takeEntries(context: Context, renewal: Renewal, read: Answer & { kind: 'read' }, now: Instant): void {
  applyUnread(context, renewal)
  renewal.unread = read.entries
  renewal.applied_seq = read.last_seq
  if (!read.more) applyUnread(context, renewal)
  const next = renewal.next === 'load' ? 'insert' : 'renew'
  proceed(renewal, read.more ? renewal.next : next, now.mono_ms)
}

/** Applies the entries that the node has read. */
export function applyUnread({ set }: Context, renewal: Renewal): void {
  for (const entry of renewal.unread) set.add(entry)
  renewal.unread = nothing
}

function takeRenewal({ timing }: Context, renewal: Renewal, present: boolean, now: Instant): void {
  if (!present) {
    startJoining(renewal, now, renewal.applied_seq)
    return
  }
  renewal.lease = leaseFrom(renewal.began, timing.lease_ms)
  renewal.shown_seq = renewal.applied_seq
  proceed(renewal, 'read', renewal.began.mono_ms + timing.renew_ms)
}

/** The command in flight has failed, or its answer was lost. A renewal begins again with its read. */
export function failRenewal(context: Context, renewal: Renewal, now: Instant): void {
  if (renewal.next === 'leave') finishLeaving(context, renewal)
  else proceed(renewal, renewal.next === 'renew' ? 'read' : renewal.next, now.mono_ms + context.timing.retry_ms)
}

/** When the renewal has to be woken, on the monotonic clock. */
export function wakeRenewalAt(renewal: Renewal): number {
  return hasAppliedAll(renewal) ? wakeActivityAt(renewal) : Number.NEGATIVE_INFINITY
}
