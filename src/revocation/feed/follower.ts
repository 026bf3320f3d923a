import { holds, type Instant, type Lease, leaseFrom } from '../check/lease.ts'
import type { EntrySet, Position, TokenClaims } from '../entry.ts'
import type { ClientFrame, ServerFrame } from './frames.ts'

/**
 * A verifier's side of the feed: a state machine without clocks, timers or I/O. The caller opens connections, hands over what
 * arrives, does what comes back, and calls `tick` at `wakeAt`. docs/revocation.md says why a follower never accepts a token
 * that was revoked.
 */
export interface Follower {
  readonly set: EntrySet
  /** The lease that ends last. It outlives its connection, because the node that granted it waits for its end. */
  lease: Lease | undefined
  /** Everything up to this entry is in the set. Undefined: nothing was ever complete. */
  position: Position | undefined
  connection: Connection | undefined
}

interface Connection {
  /** The longest lease that the server grants. Undefined before `welcome`. */
  lease_ms: number | undefined
  /** The number of the last entry that this connection has completed. Undefined: the snapshot is not complete. */
  seq: number | undefined
  /** Number of questions asked. */
  questions: number
  /** The question without an answer, and the clocks before it was sent. */
  asked: { n: number; at: Instant } | undefined
  /** When to ask again, on the monotonic clock. */
  due_ms: number
  /** When the question was asked that the server first answered without a lease. Undefined: the last answer had a lease. */
  refused_since_ms: number | undefined
}

/** What the caller has to do. */
export type Action =
  | { kind: 'send'; frame: ClientFrame }
  /** Close this connection and open another one. `why` is for the log. */
  | { kind: 'reconnect'; why: string }

/** A server that says nothing for this long before `welcome` counts as dead. */
const silence_ms = 10_000

/** A server that grants no lease for this many of its leases may have lost its own. Another server of the fleet may have one. */
const maxRefusal_leases = 2

/** @param set the entries of the feed are applied to it before they are acknowledged */
export function createFollower(set: EntrySet): Follower {
  return { set, lease: undefined, position: undefined, connection: undefined }
}

/** What the follower knows about a token without asking. @param now read after the request arrived */
export function checkFollower({ set, lease }: Follower, claims: TokenClaims, now: Instant): 'live' | 'revoked' | 'ask' {
  if (set.has(claims)) return 'revoked'
  return holds(lease, now) ? 'live' : 'ask'
}

/** A connection is open. */
export function connected(follower: Follower, now: Instant): Action[] {
  follower.connection = {
    lease_ms: undefined,
    seq: undefined,
    questions: 0,
    asked: undefined,
    due_ms: now.mono_ms + silence_ms,
    refused_since_ms: undefined,
  }
  const { position } = follower
  return [{ kind: 'send', frame: position === undefined ? { type: 'follow' } : { type: 'follow', after: position } }]
}

/** The connection is gone. The lease runs on. */
export function disconnected(follower: Follower): void {
  follower.connection = undefined
}

/** Gives the lease up. The server then waits for this verifier no longer. */
export function giveUpLease(follower: Follower): Action[] {
  follower.lease = undefined
  if (follower.connection === undefined) return []
  follower.connection.asked = undefined
  follower.connection.due_ms = Number.POSITIVE_INFINITY
  return [{ kind: 'send', frame: { type: 'ended' } }]
}

/** Takes one message. @param frame undefined: a message that is not of this version */
export function take(follower: Follower, frame: ServerFrame | undefined, now: Instant): Action[] {
  const { connection } = follower
  if (connection === undefined) return []
  switch (frame?.type) {
    case 'welcome':
      connection.lease_ms = frame.lease_ms
      connection.due_ms = now.mono_ms + silence_ms
      return []
    case 'entries':
      return takeEntries(follower, connection, frame, now)
    case 'lease':
      return takeLease(follower, connection, frame, now)
    case 'end':
      return [...giveUpLease(follower), { kind: 'reconnect', why: 'the server leaves' }]
    default:
      return [{ kind: 'reconnect', why: 'the server sent a message that is not of this version' }]
  }
}

function takeEntries(
  follower: Follower,
  connection: Connection,
  { entries, last }: ServerFrame & { type: 'entries' },
  now: Instant,
): Action[] {
  for (const entry of entries) follower.set.add(entry)
  if (connection.seq === undefined) connection.due_ms = now.mono_ms + silence_ms
  if (last === undefined) return []
  if (last.seq < (connection.seq ?? 0)) return [{ kind: 'reconnect', why: 'the server sent entries out of order' }]
  const isFirst = connection.seq === undefined
  connection.seq = last.seq
  follower.position = last
  if (isFirst) connection.due_ms = now.mono_ms
  return [{ kind: 'send', frame: { type: 'applied', seq: last.seq } }, ...tick(follower, now)]
}

function takeLease(
  follower: Follower,
  connection: Connection,
  { n, for_ms }: ServerFrame & { type: 'lease' },
  now: Instant,
): Action[] {
  const { asked, lease_ms } = connection
  if (asked === undefined || asked.n !== n || lease_ms === undefined || for_ms > lease_ms) {
    return [{ kind: 'reconnect', why: 'the server sent a lease that was not asked for' }]
  }
  connection.asked = undefined
  connection.due_ms = for_ms > 0 ? asked.at.mono_ms + for_ms / 3 : now.mono_ms + lease_ms / 10
  if (for_ms > 0) {
    connection.refused_since_ms = undefined
    const lease = leaseFrom(asked.at, for_ms)
    if (follower.lease === undefined || lease.mono_ms >= follower.lease.mono_ms) follower.lease = lease
  } else {
    connection.refused_since_ms ??= asked.at.mono_ms
    const refused_ms = now.mono_ms - connection.refused_since_ms
    if (refused_ms > maxRefusal_leases * lease_ms) return [{ kind: 'reconnect', why: 'the server grants no lease' }]
  }
  return tick(follower, now)
}

/** Asks for a lease if it is time. @param now read before the question is sent */
export function tick(follower: Follower, now: Instant): Action[] {
  const { connection } = follower
  if (connection === undefined || now.mono_ms < connection.due_ms) return []
  const { lease_ms, seq, asked } = connection
  if (lease_ms === undefined || seq === undefined || asked !== undefined) {
    connection.due_ms = Number.POSITIVE_INFINITY
    return [{ kind: 'reconnect', why: 'the server does not answer' }]
  }
  connection.asked = { n: ++connection.questions, at: now }
  connection.due_ms = now.mono_ms + lease_ms
  return [{ kind: 'send', frame: { type: 'renew', n: connection.questions } }]
}

/** When to call `tick`, on the monotonic clock. Infinite if nothing is due. */
export function wakeAt({ connection }: Follower): number {
  return connection?.due_ms ?? Number.POSITIVE_INFINITY
}
