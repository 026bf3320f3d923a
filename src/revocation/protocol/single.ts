import { type Instant, waitOut } from '../check/lease.ts'
import { type Entry, type EntrySet, type Position, start } from '../entry.ts'
import type { VerifierEffect, VerifierEvent } from './messages.ts'
import {
  applyRead,
  countHolders,
  coveredAt,
  createVerifiers,
  cutAll,
  endLeases,
  follow,
  forgetGone,
  grant,
  takeApplied,
  takeEnded,
  unfollow,
  type Verifiers,
} from './verifiers.ts'

/**
 * A server on SQLite and its verifiers, as a state machine without clocks, timers or I/O. There is no fleet: the file itself
 * says whether another process has written. Before the driver hands over `ask` or `follow`, it reads what was written.
 */
export interface Single {
  /** The longest lease that a verifier gets. */
  readonly lease_ms: number
  readonly set: EntrySet
  readonly verifiers: Verifiers
  /** This process is the one that grants leases. */
  grants: boolean
  /** Until this time leases may run that another process has granted. */
  settled_ms: number
  waiting: Waiting[]
  /** The server grants nothing any more. */
  leaving: boolean
  /** The driver knows that every lease of this process is over. */
  left: boolean
  /** Revocations were answered up to this number. A verifier that they did not wait for any longer gets no lease before it has them. */
  answered_seq: number
  out: SingleEffect[]
}

/** A revocation whose entries are on disk. */
interface Waiting {
  ticket: string
  last: Position
  since_ms: number
}

export type SingleEvent =
  | VerifierEvent
  /** The time of `singleWakeAt` has come. */
  | { kind: 'tick' }
  /** Other processes may hold leases of verifiers for this long. This process grants from now on. */
  | { kind: 'take over'; others_ms: number }
  /** Another process grants from now on. */
  | { kind: 'lose' }
  /** The log has these entries after the ones that were read. `continues` false: the log has gone back. */
  | { kind: 'read'; entries: Iterable<Entry>; last: Position; continues: boolean }
  /** A revocation is on disk and was read. `others_ms`: leases of this length, that another process has granted, may lack it. */
  | { kind: 'committed'; ticket: string; last: Position; others_ms: number }
  | { kind: 'leave' }

export type SingleEffect =
  | VerifierEffect
  /** No verifier accepts the tokens. */
  | { kind: 'effective'; ticket: string; verifiers: number; waited_ms: number }
  /**
   * Every lease of this process is over. `settled`: so is every lease of the processes before, and the file may forget that
   * there were any.
   */
  | { kind: 'left'; settled: boolean }

export function createSingle(lease_ms: number, set: EntrySet): Single {
  return {
    lease_ms,
    set,
    verifiers: createVerifiers(start),
    grants: false,
    settled_ms: Number.NEGATIVE_INFINITY,
    waiting: [],
    leaving: false,
    left: false,
    answered_seq: 0,
    out: [],
  }
}

/** Takes one event. @returns what the driver has to do, in this order */
export function stepSingle(single: Single, event: SingleEvent, now: Instant): SingleEffect[] {
  const out: SingleEffect[] = []
  single.out = out
  take(single, event, now)
  answerCovered(single, now)
  return out
}

/** When to send a `tick`, on the monotonic clock. Infinite if nothing is due. */
export function singleWakeAt(single: Single): number {
  const ends = single.waiting.map((waiting) => overAt(single, waiting))
  if (single.leaving && !single.left) ends.push(coveredAt(single.verifiers, Number.POSITIVE_INFINITY))
  return Math.min(...ends, Number.POSITIVE_INFINITY)
}

function take(single: Single, event: SingleEvent, now: Instant): void {
  const { verifiers } = single
  switch (event.kind) {
    case 'tick':
      break
    case 'take over':
      single.grants = !single.leaving
      waitFor(single, event.others_ms, now)
      break
    case 'lose':
      single.grants = false
      cutAll(single, verifiers, verifiers.sent)
      break
    case 'read':
      takeEntries(single, event)
      break
    case 'committed':
      waitFor(single, event.others_ms, now)
      single.waiting.push({ ticket: event.ticket, last: event.last, since_ms: now.mono_ms })
      break
    case 'leave':
      single.leaving = true
      single.grants = false
      endLeases(single, verifiers)
      break
    case 'follow':
      beginFollowing(single, event, now)
      break
    case 'unfollow':
      unfollow(verifiers, event.verifier)
      break
    case 'ask':
      answerQuestion(single, event, now)
      break
    case 'applied':
      takeApplied(single, verifiers, event.verifier, event.seq)
      break
    case 'ended':
      takeEnded(verifiers, event.verifier)
      break
  }
}

/** Leases of other processes began before now, and are at most this long. 0: there are none. */
function waitFor(single: Single, others_ms: number, now: Instant): void {
  if (others_ms > 0) single.settled_ms = Math.max(single.settled_ms, now.mono_ms + waitOut(others_ms))
}

function takeEntries(single: Single, { entries, last, continues }: SingleEvent & { kind: 'read' }): void {
  if (!continues) {
    cutAll(single, single.verifiers, start)
    single.answered_seq = 0
  }
  applyRead(single, entries, last)
}

function beginFollowing(single: Single, event: VerifierEvent & { kind: 'follow' }, now: Instant): void {
  const { verifier: id, service, resumed } = event
  if (!single.grants) {
    single.out.push({ kind: 'cut', verifier: id, why: 'follows a server that leaves' })
    return
  }
  forgetGone(single.verifiers, now.mono_ms)
  const { sent } = single.verifiers
  // The log may have gone back since the driver asked it, and may have other entries with the same numbers now.
  const isOfThisLog = resumed?.last.seq === sent.seq && resumed.last.mark === sent.mark
  follow(single, single.verifiers, { id, service, resumed: isOfThisLog ? resumed : undefined })
}

/** The file was read after the question arrived, so the verifier's lease began before anything that it lacks. */
function answerQuestion(single: Single, { verifier: id, n }: VerifierEvent & { kind: 'ask' }, now: Instant): void {
  const { verifiers, lease_ms, grants, answered_seq: shown_seq } = single
  const own = grants ? { mono_ms: Number.POSITIVE_INFINITY, wall_ms: Number.POSITIVE_INFINITY } : undefined
  grant(single, verifiers, { id, n }, { own, shown_seq, longest_ms: lease_ms }, now)
}

function overAt({ verifiers, settled_ms }: Single, { last }: Waiting): number {
  return Math.max(settled_ms, coveredAt(verifiers, last.seq))
}

function answerCovered(single: Single, now: Instant): void {
  const over = single.waiting.filter((waiting) => now.mono_ms >= overAt(single, waiting))
  if (over.length > 0) single.waiting = single.waiting.filter((waiting) => !over.includes(waiting))
  for (const { ticket, last, since_ms } of over) {
    single.answered_seq = Math.max(single.answered_seq, last.seq)
    const verifiers = countHolders(single.verifiers, now.mono_ms)
    single.out.push({ kind: 'effective', ticket, verifiers, waited_ms: now.mono_ms - since_ms })
  }
  if (single.leaving && !single.left && now.mono_ms >= coveredAt(single.verifiers, Number.POSITIVE_INFINITY)) {
    single.left = true
    single.out.push({ kind: 'left', settled: now.mono_ms >= single.settled_ms })
  }
}
