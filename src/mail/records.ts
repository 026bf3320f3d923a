import type { Insertable, Selectable } from 'kysely'
import { isPostgres } from '../store/open.ts'
import type { Schema, Store, Trx } from '../store/schema.ts'

export type MessageRow = Selectable<Schema['mail_message']>

/** Inserts a message unless `limit` messages wait. @returns false if the queue is full */
export async function insertMessage(
  trx: Trx,
  row: Insertable<Schema['mail_message']>,
  limit: number,
): Promise<boolean> {
  const last = await trx
    .selectFrom('mail_message')
    .select('id')
    .offset(limit - 1)
    .limit(1)
    .executeTakeFirst()
  if (last !== undefined) return false
  await trx.insertInto('mail_message').values(row).execute()
  return true
}

/** Selects the message that is due next. */
export function dueMessages(store: Store, now: number) {
  return store.selectFrom('mail_message').select('id').where('due_at', '<=', now).orderBy('due_at').limit(1)
}

/**
 * Takes the next message that is due, until the time `until`: no other process gets the message before. A process that is
 * killed while it sends thus leaves a message that is sent again.
 */
export async function claimMessage(store: Store, now: number, until: number): Promise<MessageRow | undefined> {
  // A read first, so that an idle sender never asks for the write lock of an SQLite file.
  if ((await dueMessages(store, now).executeTakeFirst()) === undefined) return undefined
  const due = dueMessages(store, now).$if(isPostgres(store), (query) => query.forUpdate().skipLocked())
  return store
    .updateTable('mail_message')
    .set(({ eb }) => ({ due_at: until, attempts: eb('attempts', '+', 1) }))
    .where('id', '=', due)
    .where('due_at', '<=', now)
    .returningAll()
    .executeTakeFirst()
}

/** Sends the message later. Does nothing if another process has claimed the message since. */
export async function postponeMessage(store: Store, { id, attempts }: MessageRow, due_at: number): Promise<void> {
  await store
    .updateTable('mail_message')
    .set({ due_at })
    .where('id', '=', id)
    .where('attempts', '=', attempts)
    .execute()
}

export async function deleteMessage(store: Store, id: string): Promise<void> {
  await store.deleteFrom('mail_message').where('id', '=', id).execute()
}

/** Empties the queue. */
export async function deleteAllMessages(trx: Trx): Promise<void> {
  await trx.deleteFrom('mail_message').execute()
}
