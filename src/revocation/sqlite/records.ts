import { sql } from 'kysely'
import type { Store, Trx } from '../../store/schema.ts'
import type { Entry } from '../entry.ts'
import { type Batch, batchColumns, isEndable, logGrace_ms } from '../records.ts'

/** Rows in one statement. SQLite limits the parameters of a statement. */
const insertLimit = 1000

/** Appends entries to the log. */
export async function appendLog(trx: Trx, entries: readonly Entry[]): Promise<void> {
  for (let at = 0; at < entries.length; at += insertLimit) {
    const values = entries.slice(at, at + insertLimit).map(({ jti, expires_at }) => ({ jti, expires_at }))
    await trx.insertInto('revocation').values(values).execute()
  }
}

/** Marks one live token as revoked. @returns undefined if the token is unknown, another user's, or no longer live */
export function markTokenRevoked(
  trx: Trx,
  token: { jti: string; user_id?: string },
  reason: string,
  now: number,
): Promise<Entry | undefined> {
  return trx
    .updateTable('token')
    .set({ revoked_at: now, reason })
    .where('jti', '=', token.jti)
    .$if(token.user_id !== undefined, (query) => query.where('user_id', '=', token.user_id as string))
    .where(isEndable(now))
    .returning(['jti', 'expires_at'])
    .executeTakeFirst()
}

/** Selects the next entries after `seq`, at most `limit`. */
export async function selectLogAfter(store: Store, seq: number, limit: number): Promise<Batch> {
  const { rows } = await sql<Batch>`
    select ${sql.raw(batchColumns)}
    from (select * from revocation where seq > ${seq} order by seq limit ${limit}) as next`.execute(store)
  return rows[0] as Batch
}

/** Returns the last number that SQLite gave to an entry, which may be deleted. https://sqlite.org/autoinc.html */
export async function selectLastSeq(store: Store): Promise<number> {
  const { rows } = await sql<{ seq: number }>`select seq from sqlite_sequence where name = 'revocation'`.execute(store)
  return rows[0]?.seq ?? 0
}

/** Deletes up to `limit` entries of tokens that have expired by any clock. @returns the number of deleted entries */
export async function deleteExpiredEntries(store: Store, now: number, limit: number): Promise<number> {
  const expired = store
    .selectFrom('revocation')
    .select('seq')
    .where('expires_at', '<=', now - logGrace_ms)
    .limit(limit)
  const { numDeletedRows } = await store.deleteFrom('revocation').where('seq', 'in', expired).executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}
