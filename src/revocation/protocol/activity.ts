import type { EntrySet } from '../entry.ts'
import type { Command, Effect } from './messages.ts'
import type { Timing } from './timing.ts'
import type { Verifiers } from './verifiers.ts'

/** What the parts of one node share. */
export interface Context {
  readonly timing: Timing
  readonly set: EntrySet
  readonly verifiers: Verifiers
  /** Never returns an id twice, on any node. A reused id could stand for a lease that is long over. */
  readonly newId: () => string
  /** Number of the last command. */
  ops: number
  /** What the current step wants done. */
  out: Effect[]
}

/** A part of the node that has at most one command in flight. The next command starts at `due_ms` (monotonic). */
export interface Activity {
  inFlight: { op: number; deadline_ms: number } | undefined
  /** Commands that have failed since the last answer. */
  failures: number
  due_ms: number
}

type WithoutOp<C> = C extends Command ? Omit<C, 'op'> : never

/** A command without its number. */
export type Unsent = WithoutOp<Command>

/** Numbers a command and hands it to the driver. */
export function emit(context: Context, command: Unsent): number {
  context.ops++
  context.out.push({ ...command, op: context.ops } as Command)
  return context.ops
}

/** Sends a command and waits for its answer. */
export function send(context: Context, activity: Activity, command: Unsent, mono_ms: number): void {
  activity.inFlight = { op: emit(context, command), deadline_ms: mono_ms + context.timing.command_ms }
}

/** Forgets the command in flight. Its answer no longer counts. */
export function abandon(context: Context, activity: Activity): void {
  if (activity.inFlight === undefined) return
  context.out.push({ kind: 'abandon', op: activity.inFlight.op })
  activity.inFlight = undefined
}

/** When to try again after a failure. The pauses double, so that a database in trouble is not asked too often. */
export function retryAt({ timing }: Context, { failures }: Activity, mono_ms: number): number {
  return mono_ms + Math.min(timing.retry_ms * 2 ** (failures - 1), timing.retry_max_ms)
}

/** When the activity has to be woken, on the monotonic clock. */
export function wakeActivityAt({ inFlight, due_ms }: Activity): number {
  return inFlight === undefined ? due_ms : inFlight.deadline_ms
}
