import { type ExpressionBuilder, sql } from 'kysely'
import { isPostgres } from '../store/open.ts'
import type { Schema, Store } from '../store/schema.ts'
import { type Entry, horizon, never, type Position } from './entry.ts'

/**
 * Whether a revocation can end the token: nothing has ended the token before. The database function `revoke_tokens` has the
 * same rule. An expired token can be ended too, because another clock may be slow.
 */
export function isEndable({ and, eb, exists, or, selectFrom }: ExpressionBuilder<Schema, 'token'>) {
  const user = selectFrom('user').select('user.id').whereRef('user.id', '=', 'token.user_id')
  const service = selectFrom('service').select('service.id').whereRef('service.id', '=', 'token.user_id')
  const isOwned = or([
    exists(user.whereRef('user.generation', '<=', 'token.generation')),
    exists(service.whereRef('service.generation', '<=', 'token.generation')),
  ])
  return and([eb('token.revoked_at', 'is', null), isOwned])
}

/**
 * Selects entries as one text, with the number of the last entry. One row for each entry would cost the database and
 * the reader three times as much.
 */
export const batchColumns = `count(*) as length, max(seq) as last_seq,
  string_agg(jti || coalesce(':' || below_generation, '') || ' ' || expires_at || ' ', '') as written`

/**
 * What `batchColumns` selects, and the mark of the last entry. Without entries all but `length` are null. An entry that was
 * written by hand may have no mark.
 */
export interface Batch {
  length: number
  last_seq: number | null
  last_mark: string | null
  written: string | null
}

/** Where a colon stands after the id of a user. The ids of keys are longer, but contain no colon. */
const colonAt = 36
const colon = 58

/** Reads one entry at a time. A million parsed entries would cost a joining node a second of garbage collection. */
export function* readEntries(written: string | null): Generator<Entry> {
  if (written === null) return
  for (let at = 0; at < written.length; ) {
    const gap = written.indexOf(' ', at)
    const end = written.indexOf(' ', gap + 1)
    const expires_at = Number(written.slice(gap + 1, end))
    if (gap - at > colonAt && written.charCodeAt(at + colonAt) === colon) {
      const below_generation = Number(written.slice(at + colonAt + 1, gap))
      yield { jti: written.slice(at, at + colonAt), expires_at, below_generation }
    } else yield { jti: written.slice(at, gap), expires_at }
    at = end + 1
  }
}

/** The last entry of a batch, or `after` if the batch is empty. */
export function endOf({ last_seq, last_mark }: Batch, after: Position): Position {
  return last_seq === null ? after : { seq: last_seq, mark: last_mark ?? '' }
}

/**
 * When the last of the tokens expires that expire after `after` and until `until`, all in milliseconds since 1970, by their
 * rows and their entries. Null: there is none. The entry of a user may be kept for longer than the user's tokens live.
 */
export async function selectLastExpiry(store: Store, after: number, until: number): Promise<number | null> {
  const { rows } = await sql<{ last: number | null }>`
    select max(expires_at) as last from (
      select max(expires_at) as expires_at from token where expires_at > ${after} and expires_at <= ${until}
      union all
      select max(expires_at) from revocation
      where expires_at > ${after} and expires_at <= ${until} and jti <> ${horizon} and below_generation is null
    ) as ends`.execute(store)
  return rows[0]?.last ?? null
}

/**
 * The condition for a deletion of what expires at `to_ms` or earlier, in the same statement: the log has this horizon, or a
 * higher one. A database that goes back to an earlier state loses its horizon, and what was expired may be needed again.
 */
export function hasHorizon(to_ms: number) {
  // A literal, because SQLite uses the partial index only if the statement has the same text.
  return sql<boolean>`exists (
    select 1 from revocation as raised where raised.jti = ${sql.lit(horizon)} and raised.expires_at >= ${to_ms}
  )`
}

/** The clock of a PostgreSQL server, in milliseconds since 1970. An SQLite file has none: infinite. */
export async function readDatabaseClock(store: Store): Promise<number> {
  if (!isPostgres(store)) return Number.POSITIVE_INFINITY
  const { rows } = await sql<{ now: number }>`
    select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now`.execute(store)
  return (rows[0] as { now: number }).now
}

/** The keys that the log has ended. Their entries never leave the log. */
export async function selectEndedKeys(store: Store): Promise<Set<string>> {
  const rows = await store.selectFrom('revocation').select('jti').where('expires_at', '=', never).execute()
  return new Set(rows.map(({ jti }) => jti))
}

/**
 * What a new token of the user must be above, for a process that does not follow the log: the horizon, in milliseconds since 1970,
 * and the generation as `Revocation.generation`.
 */
export async function selectFloor(store: Store, userId: string): Promise<{ horizon: number; generation: number }> {
  const rows = await store
    .selectFrom('revocation')
    .select(['jti', 'expires_at', 'below_generation'])
    .where('jti', 'in', [horizon, userId])
    .execute()
  const highest = (values: number[]) => values.reduce((a, b) => Math.max(a, b), 0)
  return {
    horizon: highest(rows.filter(({ jti }) => jti === horizon).map(({ expires_at }) => expires_at)),
    generation: highest(rows.map(({ below_generation }) => below_generation ?? 0)),
  }
}
