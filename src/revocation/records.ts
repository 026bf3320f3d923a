import type { Store, Trx } from '../store/schema.ts'
import type { Entry } from './entry.ts'

export interface LogRow extends Entry {
  seq: number
}

/** How many rows go into one statement: SQLite and PostgreSQL both bound the parameters of one. */
const batch = 1000

/** Appends to the log. */
export async function appendLog(trx: Trx, entries: readonly Entry[]): Promise<void> {
  for (let at = 0; at < entries.length; at += batch) {
    const values = entries.slice(at, at + batch).map(({ jti, expires_at }) => ({ jti, expires_at }))
    await trx.insertInto('revocation').values(values).execute()
  }
}

/** The next entries after `seq`, oldest first, at most `limit`. */
export function selectLogAfter(store: Store, seq: number, limit: number): Promise<LogRow[]> {
  return store.selectFrom('revocation').selectAll().where('seq', '>', seq).orderBy('seq').limit(limit).execute()
}

/** Deletes up to `limit` entries whose tokens have expired; returns how many. */
export async function deleteExpiredEntries(store: Store, now: number, limit: number): Promise<number> {
  const expired = store.selectFrom('revocation').select('seq').where('expires_at', '<=', now).limit(limit)
  const { numDeletedRows } = await store.deleteFrom('revocation').where('seq', 'in', expired).executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

/** Whether the token's own row says that it lives at `now`; a row that is gone says no. */
export async function isLive(store: Store, jti: string): Promise<boolean> {
  const row = await store.selectFrom('token').select('revoked_at').where('jti', '=', jti).executeTakeFirst()
  return row !== undefined && row.revoked_at === null
}
