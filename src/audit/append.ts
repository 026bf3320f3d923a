import { randomUUIDv7 } from 'node:crypto'
import type { Ports } from '../ports.ts'
import type { Trx } from '../store/schema.ts'
import type { Action } from './action.ts'
import { insertPending } from './records.ts'
import type { PendingRow } from './row.ts'

/** What happened. The ports say when, and who asked from where. */
export interface Fact {
  action: Action
  /** The id of the user or of the service that it happened to. */
  subject: string | null
  /** Default: the caller of the request. */
  actor?: string | null
  /** Ids and reasons, and no secret. */
  details?: Record<string, unknown>
}

/** Completes a fact with what the ports know. */
export function factOf(
  { clock, origin }: Pick<Ports, 'clock' | 'origin'>,
  { action, subject, actor = origin.actor, details = {} }: Fact,
): PendingRow {
  const { address, request_id, by } = origin
  const text = JSON.stringify({ ...details, ...(by && { by }) })
  return { id: randomUUIDv7(), at: clock(), action, actor, subject, address, request_id, details: text }
}

/** Writes a fact in the transaction of what the fact tells. {@link chainFacts} then gives it a place in the chain. */
export async function appendFact(trx: Trx, ports: Pick<Ports, 'clock' | 'origin'>, fact: Fact): Promise<void> {
  await insertPending(trx, factOf(ports, fact))
}

/** Writes a fact that another room has completed. */
export const appendPending = insertPending

/**
 * Notes what the fleet has confirmed. The revocation has been committed before, so the receipt gets a row of its own, which no
 * answer waits for.
 * @param effective undefined: there is no fleet
 */
export function noteReceipt(
  ports: Pick<Ports, 'clock' | 'origin' | 'receipts'>,
  { subject, details }: Pick<Fact, 'subject' | 'details'>,
  effective: object | undefined,
): void {
  if (effective === undefined) return
  ports.receipts.note(factOf(ports, { action: 'revocation.confirmed', subject, details: { ...details, ...effective } }))
}
