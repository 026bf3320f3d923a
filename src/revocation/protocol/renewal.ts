import { type Instant, type Lease, leaseFrom } from '../check/lease.ts'
import { type Entry, type Position, start } from '../entry.ts'
import { type Activity, abandon, type Context, send, type Unsent, wakeActivityAt } from './activity.ts'
import type { Answer, News } from './messages.ts'
import type { Timing } from './timing.ts'
import { applyRead, countHolders, coveredAt, endLeases } from './verifiers.ts'

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
  next: 'rest' | 'load' | 'insert' | 'read' | 'renew' | 'show' | 'leave'
  id: string | undefined
  /** Number of renewals tried with this id. */
  renewals: number
  /** Every entry up to this one is in the set or in `unread`. */
  applied: Position
  /** Entries that the node has read but not yet applied. The node applies them while the database looks for more. */
  unread: Iterable<Entry>
  /** The number that the row is known to show. */
  shown_seq: number
  /** Another node may wait until the row shows this number. */
  awaited_seq: number
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
    failures: 0,
    due_ms: Number.POSITIVE_INFINITY,
    id: undefined,
    renewals: 0,
    applied: start,
    unread: nothing,
    shown_seq: 0,
    awaited_seq: 0,
    began: { mono_ms: 0, wall_ms: 0 },
    lease: undefined,
    hinted: false,
  }
}

/** Every entry up to this number is in the set. Infinite for a node that does not follow the log: it accepts nothing. */
export function appliedSeq(renewal: Renewal): number {
  if (renewal.next === 'rest' || renewal.next === 'leave') return Number.POSITIVE_INFINITY
  return hasAppliedAll(renewal) ? renewal.applied.seq : Number.NEGATIVE_INFINITY
}

/** Whether every entry up to `applied` is in the set. */
export function hasAppliedAll({ unread }: Renewal): boolean {
  return unread === nothing
}

/**
 * Begins to join, for the first time or again. If the node had a row, the row stood for the lease that is given up here.
 * @param from where the node reads on; the read proves that the log still has this entry
 */
export function startJoining(renewal: Renewal, now: Instant, from: Position): void {
  renewal.lease = undefined
  renewal.applied = from
  renewal.awaited_seq = 0
  proceed(renewal, 'load', now.mono_ms)
}

/** Gives up the lease, and asks the verifiers to give up theirs. The next command deletes the row. */
export function startLeaving(context: Context, renewal: Renewal, now: Instant): void {
  renewal.lease = undefined
  endLeases(context, context.verifiers)
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
  const isDue = now.mono_ms >= renewal.due_ms || (renewal.hinted && renewal.next === 'read')
  if (!isDue && !owesRow(renewal)) return
  const next = isDue ? renewal.next : 'show'
  if (now.mono_ms < writableAt(context, next, renewal)) return
  renewal.next = next
  send(context, renewal, prepareCommand(context, renewal, now), now.mono_ms)
}

/** Whether another node may wait for this node's row, and only for the row: the entries are here. */
function owesRow({ next, awaited_seq, shown_seq }: Renewal): boolean {
  return next === 'read' && awaited_seq > shown_seq
}

/**
 * Goes on from the end of the log as this node knows it to the end of an append. Entries that come from somewhere else than
 * the node's own read earn no lease, because the log may have had more when they were sent.
 * @returns false if the node has to read: it lacks entries before these, or is about to know more
 */
export function goOn(context: Context, renewal: Renewal, { after, entries, last, by }: News): boolean {
  if (last.seq <= renewal.applied.seq) return true
  if (renewal.next !== 'read' || renewal.inFlight !== undefined) return false
  applyUnread(context, renewal)
  if (after.seq !== renewal.applied.seq || after.mark !== renewal.applied.mark) return false
  applyRead(context, entries, last)
  renewal.applied = last
  if (by !== renewal.id) renewal.awaited_seq = last.seq
  return true
}

/**
 * When the next command may be sent. A row stands for the leases of verifiers too: the row shows only what no running lease
 * lacks, and is deleted only when no lease runs.
 */
function writableAt({ verifiers }: Context, next: Renewal['next'], { applied }: Renewal): number {
  if (next === 'leave') return coveredAt(verifiers, Number.POSITIVE_INFINITY)
  const isWrite = next === 'insert' || next === 'renew' || next === 'show'
  return isWrite ? coveredAt(verifiers, applied.seq) : Number.NEGATIVE_INFINITY
}

function prepareCommand({ timing, newId, verifiers }: Context, renewal: Renewal, now: Instant): Unsent {
  switch (renewal.next) {
    case 'insert':
      return prepareInsert(renewal, newId(), timing)
    case 'renew':
    case 'show':
      renewal.renewals++
      return {
        kind: 'renew',
        id: ownId(renewal),
        applied: renewal.applied,
        renewal: renewal.renewals,
        verifiers: countHolders(verifiers, now.mono_ms),
        tells: renewal.applied.seq > renewal.shown_seq,
      }
    case 'leave':
      return { kind: 'leave', id: ownId(renewal) }
    default:
      renewal.began = now
      renewal.hinted = false
      return { kind: 'read', after: renewal.applied, limit: timing.read_limit }
  }
}

function prepareInsert(renewal: Renewal, id: string, { lease_ms }: Timing): Unsent {
  const replaces = renewal.id
  renewal.id = id
  renewal.renewals = 0
  renewal.shown_seq = renewal.applied.seq
  return { kind: 'insert', id, applied: renewal.applied, lease_ms, replaces }
}

function ownId({ id }: Renewal): string {
  if (id === undefined) throw new Error('the node has no row')
  return id
}

/** Takes the answer to the command that was in flight. */
export function answerRenewal(context: Context, renewal: Renewal, answer: Answer, now: Instant): void {
  if (answer.kind === 'read') takeEntries(context, renewal, answer, now)
  else if (answer.kind === 'renew' && renewal.next === 'show') takeShow(renewal, answer.present, now)
  else if (answer.kind === 'renew') takeRenewal(context, renewal, answer.present, now)
  else if (answer.kind === 'insert' && answer.joined) proceed(renewal, 'read', now.mono_ms)
  else if (answer.kind === 'insert') proceed(renewal, 'load', now.mono_ms + context.timing.lease_ms)
}

function takeEntries(context: Context, renewal: Renewal, read: Answer & { kind: 'read' }, now: Instant): void {
  applyUnread(context, renewal)
  renewal.unread = read.entries
  renewal.applied = read.last
  if (!read.more) applyUnread(context, renewal)
  const next = renewal.next === 'load' ? 'insert' : 'renew'
  proceed(renewal, read.more ? renewal.next : next, now.mono_ms)
}

/** Applies the entries that the node has read, and sends them to the verifiers. */
export function applyUnread(context: Context, renewal: Renewal): void {
  if (renewal.unread === nothing) return
  applyRead(context, renewal.unread, renewal.applied)
  renewal.unread = nothing
}

/** The row shows more than at the last renewal. The lease is the same. */
function takeShow(renewal: Renewal, present: boolean, now: Instant): void {
  if (!present) {
    startJoining(renewal, now, renewal.applied)
    return
  }
  renewal.shown_seq = renewal.applied.seq
  renewal.next = 'read'
}

function takeRenewal({ timing }: Context, renewal: Renewal, present: boolean, now: Instant): void {
  if (!present) {
    startJoining(renewal, now, renewal.applied)
    return
  }
  renewal.lease = leaseFrom(renewal.began, timing.lease_ms)
  renewal.shown_seq = renewal.applied.seq
  proceed(renewal, 'read', renewal.began.mono_ms + timing.renew_ms)
}

/** The command in flight has failed, or its answer was lost. A write of the row begins again with a read. */
export function failRenewal(context: Context, renewal: Renewal, due_ms: number): void {
  if (renewal.next === 'leave') finishLeaving(context, renewal)
  else proceed(renewal, renewal.next === 'renew' || renewal.next === 'show' ? 'read' : renewal.next, due_ms)
}

/** When the renewal has to be woken, on the monotonic clock. */
export function wakeRenewalAt(context: Context, renewal: Renewal): number {
  if (!hasAppliedAll(renewal)) return Number.NEGATIVE_INFINITY
  const at_ms = wakeActivityAt(renewal)
  if (renewal.inFlight !== undefined) return at_ms
  if (owesRow(renewal)) return Math.min(at_ms, coveredAt(context.verifiers, renewal.applied.seq))
  return Math.max(at_ms, writableAt(context, renewal.next, renewal))
}
