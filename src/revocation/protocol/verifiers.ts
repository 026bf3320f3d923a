import { type Instant, type Lease, remaining, waitOut } from '../check/lease.ts'
import type { Entry, EntrySet, Position } from '../entry.ts'
import type { Resumed, VerifierEffect } from './messages.ts'

/**
 * The verifiers of one node: programs that follow the log through this node, and check tokens by leases that this node has
 * granted. The node speaks for them. It shows in its row only what each of them has applied, or what no running lease lacks.
 */
export interface Verifiers {
  known: Map<string, Verifier>
  /** The last entry that was sent to all of them. */
  sent: Position
}

/** A verifier that is connected, or whose lease may still run. */
interface Verifier {
  /** Id of the service that the verifier belongs to. */
  service: string
  connected: boolean
  /** The verifier has applied every entry up to this number. -1: the verifier has said nothing yet. */
  applied_seq: number
  /** Leases that may run, oldest first. */
  grants: Grant[]
}

/** A lease. The verifier has applied every entry up to `seq` when it learns of the lease. */
interface Grant {
  seq: number
  /** From this time on, by this process's monotonic clock, the lease is over on any clock. */
  ends_ms: number
}

/** Where messages to verifiers go. */
interface Outbox {
  out: unknown[] & { push: (effect: VerifierEffect) => unknown }
}

/** What entries are applied to. */
interface Applying extends Outbox {
  readonly set: EntrySet
  readonly verifiers: Verifiers
}

/** Below every number in the log. */
const nothing = -1

export function createVerifiers(sent: Position): Verifiers {
  return { known: new Map(), sent }
}

/**
 * A verifier has connected.
 * @param resumed the entries after the verifier's own position, as the log had them; without it the verifier gets everything
 */
export function follow(
  { out }: Outbox,
  verifiers: Verifiers,
  { id, service, resumed }: { id: string; service: string; resumed: Resumed | undefined },
): void {
  verifiers.known.set(id, { service, connected: true, applied_seq: nothing, grants: [] })
  const isUseful = resumed !== undefined && resumed.last.seq >= verifiers.sent.seq
  out.push({ kind: 'begin', verifier: id, entries: isUseful ? resumed.entries : undefined, last: verifiers.sent })
}

/** The connection is gone. The verifier's leases may still run. */
export function unfollow(verifiers: Verifiers, id: string): void {
  const verifier = verifiers.known.get(id)
  if (verifier !== undefined) verifier.connected = false
}

/** The verifier says that it has given up every lease. */
export function takeEnded(verifiers: Verifiers, id: string): void {
  const verifier = verifiers.known.get(id)
  if (verifier !== undefined) verifier.grants = []
}

/** The verifier says that it has applied everything up to `seq`. A number that was never sent, or a lower one, is an error. */
export function takeApplied(outbox: Outbox, verifiers: Verifiers, id: string, seq: number): void {
  const verifier = verifiers.known.get(id)
  if (verifier === undefined) return
  if (seq > verifiers.sent.seq) cut(outbox, verifier, id, 'acknowledged an entry that was not sent')
  else if (seq < verifier.applied_seq) cut(outbox, verifier, id, 'took an acknowledgement back')
  else verifier.applied_seq = seq
}

/** Applies entries that were read from the log, and sends them to every connected verifier. */
export function applyRead(applying: Applying, read: Iterable<Entry>, last: Position): void {
  const { verifiers, out, set } = applying
  verifiers.sent = last
  if (verifiers.known.size === 0) {
    for (const entry of read) set.add(entry)
    return
  }
  const entries = [...read]
  applyEntries(applying, entries)
  const isHeard = [...verifiers.known.values()].some(({ connected }) => connected)
  if (isHeard && entries.length > 0) out.push({ kind: 'publish', entries, last })
}

/** Applies entries that this process has read or appended. The verifiers of a service that an entry ends are cut. */
export function applyEntries(applying: Applying, entries: readonly Entry[]): void {
  for (const entry of entries) {
    applying.set.add(entry)
    if (entry.below_generation != null) cutService(applying, applying.verifiers, entry.jti)
  }
}

/** Cuts the verifiers of a service. Their leases have to be waited for. */
function cutService(outbox: Outbox, verifiers: Verifiers, service: string): void {
  for (const [id, verifier] of verifiers.known) {
    if (verifier.service === service) cut(outbox, verifier, id, 'belongs to a service that was removed')
  }
}

/** Cuts every verifier, because what was sent is of another log. Their leases lack everything in this log. */
export function cutAll(outbox: Outbox, verifiers: Verifiers, sent: Position): void {
  for (const [id, verifier] of verifiers.known) {
    cut(outbox, verifier, id, 'follows a log that has gone back')
    for (const grant of verifier.grants) grant.seq = nothing
  }
  verifiers.sent = sent
}

function cut({ out }: Outbox, verifier: Verifier, id: string, why: string): void {
  if (verifier.connected) out.push({ kind: 'cut', verifier: id, why })
  verifier.connected = false
  verifier.applied_seq = nothing
}

/** Asks every verifier to give up its leases. */
export function endLeases({ out }: Outbox, verifiers: Verifiers): void {
  for (const [id, { connected }] of verifiers.known) if (connected) out.push({ kind: 'end', verifier: id })
}

/**
 * Answers a verifier's question for a lease. The lease is over when the node's own lease is, because the verifier counts it
 * from before its question, and is at most half as long, so that the node can wait for its end between two renewals. A
 * verifier that was waited out gets no lease until it has applied what the node's row shows.
 * @param own the node's lease; undefined: the node has none
 * @param shown_seq the number that the node's row shows
 */
export function grant(
  { out }: Outbox,
  verifiers: Verifiers,
  { id, n }: { id: string; n: number },
  { own, shown_seq, longest_ms }: { own: Lease | undefined; shown_seq: number; longest_ms: number },
  now: Instant,
): void {
  const verifier = verifiers.known.get(id)
  if (verifier === undefined || !verifier.connected) return
  const { sent } = verifiers
  const allowed_ms = verifier.applied_seq >= shown_seq ? Math.min(longest_ms, remaining(own, now)) : 0
  const for_ms = Math.max(0, Math.floor(allowed_ms))
  out.push({ kind: 'grant', verifier: id, n, for_ms })
  if (for_ms === 0) return
  const running = verifier.grants.filter(({ ends_ms }) => ends_ms > now.mono_ms)
  const ends_ms = Math.max(
    now.mono_ms + waitOut(for_ms),
    ...running.map((each) => (each.seq === sent.seq ? each.ends_ms : 0)),
  )
  verifier.grants = [...running.filter(({ seq }) => seq < sent.seq), { seq: sent.seq, ends_ms }]
}

/** When no lease runs any more that lacks an entry up to `seq`. In the past: every verifier has them. */
export function coveredAt({ known }: Verifiers, seq: number): number {
  let at_ms = Number.NEGATIVE_INFINITY
  for (const { applied_seq, grants } of known.values()) {
    if (applied_seq >= seq) continue
    for (const each of grants) if (each.seq < seq && each.ends_ms > at_ms) at_ms = each.ends_ms
  }
  return at_ms
}

/** Number of verifiers that hold a lease. */
export function countHolders({ known }: Verifiers, mono_ms: number): number {
  let holders = 0
  for (const { grants } of known.values()) if (grants.some(({ ends_ms }) => ends_ms > mono_ms)) holders++
  return holders
}

/** Forgets verifiers that are not connected and hold no lease. */
export function forgetGone({ known }: Verifiers, mono_ms: number): void {
  for (const [id, { connected, grants }] of known) {
    if (!connected && grants.every(({ ends_ms }) => ends_ms <= mono_ms)) known.delete(id)
  }
}
