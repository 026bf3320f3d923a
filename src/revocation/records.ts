import { sql } from 'kysely'
import type { Pool } from 'pg'
import type { Store, Trx } from '../store/schema.ts'
import { clockGrace_ms, type Entry, never } from './entry.ts'

/** How many rows go into one statement: SQLite and PostgreSQL both bound the parameters of one. */
const batch = 1000

/** Appends to the log. */
export async function appendLog(trx: Trx, entries: readonly Entry[]): Promise<void> {
  for (let at = 0; at < entries.length; at += batch) {
    const values = entries.slice(at, at + batch).map(({ jti, expires_at }) => ({ jti, expires_at }))
    await trx.insertInto('revocation').values(values).execute()
  }
}

/** Entries as one text, and the last one's number: a row an entry would cost the database and its reader three times as much. */
export const stretch = `count(*) as length, max(seq) as last_seq, string_agg(jti || ' ' || expires_at || ' ', '') as written`

/** What `stretch` selects; `last_seq` and `written` are null where there is no entry. */
export interface Stretch {
  length: number
  last_seq: number | null
  written: string | null
}

/** One entry at a time: a million of them, kept until the last is read, would cost a joining node a second of collection. */
export function* readEntries(written: string | null): Generator<Entry> {
  if (written === null) return
  for (let at = 0; at < written.length; ) {
    const gap = written.indexOf(' ', at)
    const end = written.indexOf(' ', gap + 1)
    yield { jti: written.slice(at, gap), expires_at: Number(written.slice(gap + 1, end)) }
    at = end + 1
  }
}

/** The next entries after `seq`, at most `limit`. */
export async function selectLogAfter(store: Store, seq: number, limit: number): Promise<Stretch> {
  const { rows } = await sql<Stretch>`
    select ${sql.raw(stretch)}
    from (select * from revocation where seq > ${seq} order by seq limit ${limit}) as next`.execute(store)
  return rows[0] as Stretch
}

/** The last number that an SQLite file has given to an entry, deleted ones included. https://sqlite.org/autoinc.html */
export async function selectLastSeq(store: Store): Promise<number> {
  const { rows } = await sql<{ seq: number }>`select seq from sqlite_sequence where name = 'revocation'`.execute(store)
  return rows[0]?.seq ?? 0
}

/** Deletes up to `limit` entries whose tokens have expired by any clock; returns how many. */
export async function deleteExpiredEntries(store: Store, now: number, limit: number): Promise<number> {
  const expired = store
    .selectFrom('revocation')
    .select('seq')
    .where('expires_at', '<=', now - grace_ms)
    .limit(limit)
  const { numDeletedRows } = await store.deleteFrom('revocation').where('seq', 'in', expired).executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

/**
 * Whether the token's own row says that it lives; a row that is gone says no. And which keys have been ended: a forged
 * token may bear the id of a live one.
 * @throws if the database is a standby: it may lag behind
 */
export async function selectStatus(
  pool: Pick<Pool, 'query'>,
  jti: string,
): Promise<{ live: boolean; endedKeys: string[] }> {
  const { rows } = await pool.query<{ standby: boolean; live: boolean | null; ended: string[] }>(
    `select pg_is_in_recovery() as standby, (select revoked_at is null from token where jti = $1) as live,
       array(select jti from revocation where expires_at = $2) as ended`,
    [jti, never],
  )
  if (rows[0]?.standby !== false) throw new Error('a standby may not know yet')
  return { live: rows[0].live === true, endedKeys: rows[0].ended }
}

/** The keys that the log has ended. Their entries never leave it. */
export async function selectEndedKeys(store: Store): Promise<Set<string>> {
  const rows = await store.selectFrom('revocation').select('jti').where('expires_at', '=', never).execute()
  return new Set(rows.map(({ jti }) => jti))
}

/** How long an entry stays in the log after its token has expired: clocks of nodes may differ, or have been wrong, by as much. */
const grace_ms = 3_600_000

/**
 * Deletes up to `limit` entries that no node needs: their tokens have expired by any clock, and every row has passed
 * them. The newest entry stays: the log's end must not move back.
 */
export async function trimLog(store: Store, now: number, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from revocation where seq in (
      select seq from revocation
      where expires_at <= ${now - grace_ms}
        and seq < (select max(seq) from revocation)
        and seq <= coalesce((select min(applied_seq) from node), (select max(seq) from revocation))
      limit ${limit} for update skip locked
    )`.execute(store)
  return Number(numAffectedRows)
}

/** Marks one live token as revoked. Undefined: unknown, another user's, or dead already. */
export function markTokenRevoked(
  trx: Trx,
  token: { jti: string; user_id?: string },
  reason: string,
  now: number,
): Promise<Entry | undefined> {
  return (
    trx
      .updateTable('token')
      .set({ revoked_at: now, reason })
      .where('jti', '=', token.jti)
      .$if(token.user_id !== undefined, (query) => query.where('user_id', '=', token.user_id as string))
      .where('revoked_at', 'is', null)
      // What has expired by this clock may live by another one.
      .where('expires_at', '>', now - clockGrace_ms)
      .returning(['jti', 'expires_at'])
      .executeTakeFirst()
  )
}
