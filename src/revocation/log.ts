import { type Lane, launch, type Shared } from './lane.ts'

/** A revocation that somebody waits for. */
export interface Ticket {
  name: string
  asked_ms: number
}

/** Appending: what arrives while one append is in flight goes into the next one. */
export interface Log extends Lane {
  waiting: Ticket[]
  /** In flight. */
  batch: Ticket[]
}

export function createLog(): Log {
  return { flight: undefined, due_ms: Number.NEGATIVE_INFINITY, waiting: [], batch: [] }
}

/** Sends the next append if somebody waits for it. */
export function advanceLog(shared: Shared, log: Log, mono_ms: number): void {
  if (log.flight !== undefined || log.waiting.length === 0 || mono_ms < log.due_ms) return
  log.batch = log.waiting.splice(0, shared.settings.append_limit)
  const op = launch(shared, log, mono_ms)
  shared.out.push({ kind: 'append', op, tickets: log.batch.map(({ name }) => name) })
}

/** The tickets of the append that has been answered. */
export function takeBatch(log: Log): Ticket[] {
  const { batch } = log
  log.batch = []
  return batch
}

/** Puts tickets that have been tried back to the head: the oldest are always first. */
export function appendAgain(log: Log, tickets: Ticket[], due_ms: number): void {
  log.waiting.unshift(...tickets)
  log.due_ms = due_ms
}

/** Tells those who have waited too long while nothing could be appended. What is in flight may still succeed. */
export function giveUpWaiting({ settings, out }: Shared, log: Log, mono_ms: number): void {
  for (;;) {
    const ticket = log.waiting[0]
    if (ticket === undefined || mono_ms < ticket.asked_ms + settings.give_up_ms(settings.lease_ms)) return
    log.waiting.shift()
    out.push({ kind: 'unconfirmed', ticket: ticket.name, stored: false })
  }
}

export function wakeLogAt(log: Log): number {
  if (log.flight !== undefined) return log.flight.deadline_ms
  return log.waiting.length > 0 ? log.due_ms : Number.POSITIVE_INFINITY
}
