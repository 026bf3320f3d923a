import { type Activity, type Context, send } from './activity.ts'
import type { RevocationRequest } from './messages.ts'

/** A revocation that a caller waits for. */
export interface Ticket {
  id: string
  asked_ms: number
  /** Undefined: the caller appended in its own transaction, so the node cannot append again. */
  request: RevocationRequest | undefined
  /** The append has ended a token that lived by the caller's clock. */
  ended: boolean
}

/** The tickets that wait for their append. Those that arrive while one append is in flight go into the next one. */
export interface AppendQueue extends Activity {
  waiting: RequestTicket[]
  /** Tickets of the append in flight. */
  batch: RequestTicket[]
}

/** A ticket that the node can append, as often as necessary. */
export interface RequestTicket extends Ticket {
  request: RevocationRequest
}

export function createAppendQueue(): AppendQueue {
  return { inFlight: undefined, failures: 0, due_ms: Number.NEGATIVE_INFINITY, waiting: [], batch: [] }
}

/** Sends the next append if a ticket waits. @param by id of the node */
export function advanceAppends(context: Context, queue: AppendQueue, by: string | undefined, mono_ms: number): void {
  if (queue.inFlight !== undefined || queue.waiting.length === 0 || mono_ms < queue.due_ms) return
  queue.batch = queue.waiting.splice(0, context.timing.append_limit)
  send(context, queue, { kind: 'append', requests: queue.batch.map(({ request }) => request), by }, mono_ms)
}

/** Takes the tickets of the append that was in flight. */
export function takeBatch(queue: AppendQueue): RequestTicket[] {
  const { batch } = queue
  queue.batch = []
  return batch
}

/** Puts tickets back at the head of the queue, where the oldest tickets are. */
export function appendAgain(queue: AppendQueue, tickets: RequestTicket[], due_ms: number): void {
  queue.waiting.unshift(...tickets)
  queue.due_ms = due_ms
}

/** Takes the tickets that have waited too long. A ticket whose append is in flight is not among them. */
export function takeOverdue({ timing }: Context, queue: AppendQueue, mono_ms: number): Ticket[] {
  const isOverdue = ({ asked_ms }: Ticket) => mono_ms >= asked_ms + timing.give_up_ms(timing.lease_ms)
  const first = queue.waiting.findIndex((ticket) => !isOverdue(ticket))
  return queue.waiting.splice(0, first === -1 ? queue.waiting.length : first)
}

/** When the queue has to be woken, on the monotonic clock. */
export function wakeAppendsAt({ inFlight, waiting, due_ms }: AppendQueue): number {
  if (inFlight !== undefined) return inFlight.deadline_ms
  return waiting.length > 0 ? due_ms : Number.POSITIVE_INFINITY
}
