import type { Effect } from './messages.ts'
import type { RevokedSet } from './revoked-set.ts'

/** Every length of time and size that the protocol uses. */
export interface Settings {
  lease_ms: number
  /** How long to wait until a lease of someone else's, of this length, is over. */
  wait_ms: (lease_ms: number) => number
  renew_ms: number
  /** After this a command counts as lost: executed or not, nobody knows. */
  command_ms: number
  retry_ms: number
  /** After this a revocation that could not be confirmed is given up, where the longest lease of the fleet is this long. */
  give_up_ms: (lease_ms: number) => number
  /** Between looks at the node rows while a revocation waits: the first pause, doubled each time up to the last. */
  look_min_ms: number
  look_max_ms: number
  /** Entries in one read, tickets in one append. */
  read_limit: number
  append_limit: number
}

/** What the lanes of one member share. */
export interface Shared {
  readonly settings: Settings
  readonly set: Pick<RevokedSet, 'add' | 'has'>
  /** Never says the same twice, on any node: an id that came back to life could stand for a lease long over. */
  readonly newId: () => string
  /** The last command's number. */
  ops: number
  /** What the current step wants done. */
  out: Effect[]
}

/** One thing at a time: a command is in flight, or the next one starts at `due_ms` on the monotonic clock. */
export interface Lane {
  flight: { op: number; deadline_ms: number } | undefined
  due_ms: number
}

/** Puts a command in flight and numbers it. */
export function launch(shared: Shared, lane: Lane, mono_ms: number): number {
  shared.ops++
  lane.flight = { op: shared.ops, deadline_ms: mono_ms + shared.settings.command_ms }
  return shared.ops
}

/** Forgets the command in flight; its answer no longer counts. */
export function abandon(shared: Shared, lane: Lane): void {
  if (lane.flight === undefined) return
  shared.out.push({ kind: 'abandon', op: lane.flight.op })
  lane.flight = undefined
}

/** When a lane wants to be woken. */
export function wakeLaneAt(lane: Lane): number {
  return lane.flight === undefined ? lane.due_ms : lane.flight.deadline_ms
}
