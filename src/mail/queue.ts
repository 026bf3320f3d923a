import { randomUUIDv7 } from 'node:crypto'
import type { Settings } from '../config/table.ts'
import type { Ports } from '../ports.ts'
import type { Trx } from '../store/schema.ts'
import { messageKinds, type NewMessage } from './message.ts'
import { insertMessage } from './records.ts'

/** Messages that wait at most. A message that is sent, dropped or given up leaves the queue. */
const maxWaiting = 10_000
/**
 * Of them, messages that anyone may ask for. The rest is for notices, so that a stranger who fills the queue hides no change of an
 * account from its owner.
 */
const maxAsked = 9_000

/** Whether this service sends mail: through SMTP_URL, or outside production into the folder MAIL_OUTBOX. */
export function isMailOn({ SMTP_URL, LATCHKEY_ENV }: Pick<Settings, 'SMTP_URL' | 'LATCHKEY_ENV'>): boolean {
  return SMTP_URL !== '' || LATCHKEY_ENV !== 'production'
}

/**
 * Queues a message in the caller's transaction, so the message is sent if, and only if, the transaction commits. Nothing is sent
 * here. Where mail is off, nothing is queued.
 * @returns false if the message was not queued, because mail is off or the queue is full
 */
export async function queueMail(
  trx: Trx,
  { settings, clock, log }: Pick<Ports, 'settings' | 'clock' | 'log'>,
  { kind, recipient, user_id, about = {} }: NewMessage,
): Promise<boolean> {
  if (!isMailOn(settings)) return false
  const now = clock()
  const row = {
    id: randomUUIDv7(),
    kind,
    recipient,
    user_id: user_id ?? null,
    about: JSON.stringify(about),
    created_at: now,
    due_at: now,
  }
  const isAsked = messageKinds[kind].link || kind === 'address-in-use'
  const queued = await insertMessage(trx, row, isAsked ? maxAsked : maxWaiting)
  if (!queued) log.warn({ kind, user: user_id }, 'a message was not queued: too many messages wait')
  return queued
}
