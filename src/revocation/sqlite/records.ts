import { sql } from 'kysely'
import type { Store, Trx } from '../../store/schema.ts'
import type { Entry, Position } from '../entry.ts'
import { type Batch, batchColumns, hasHorizon, isEndable } from '../records.ts'

/** Rows in one statement. SQLite limits the parameters of a statement. */
const insertLimit = 1000

const mark = sql<string>`lower(hex(randomblob(16)))`

/** Appends entries to the log. */
export async function appendLog(trx: Trx, entries: readonly Entry[]): Promise<void> {
  for (let at = 0; at < entries.length; at += insertLimit) {
    const values = entries.slice(at, at + insertLimit).map(({ jti, expires_at, below_generation = null }) => ({
      jti,
      expires_at,
      below_generation,
      mark,
    }))
    await trx.insertInto('revocation').values(values).execute()
  }
}

/** Marks one token as revoked. @returns undefined if the token is unknown, another user's, or revoked already */
export function markTokenRevoked(
  trx: Trx,
  token: { jti: string; user_id?: string },
  reason: string,
  now: number,
): Promise<(Entry & { user_id: string }) | undefined> {
  return trx
    .updateTable('token')
    .set({ revoked_at: now, reason })
    .where('jti', '=', token.jti)
    .$if(token.user_id !== undefined, (query) => query.where('user_id', '=', token.user_id as string))
    .where(isEndable)
    .returning(['jti', 'expires_at', 'user_id'])
    .executeTakeFirst()
}

/**
 * Selects the next entries after a position, at most `limit`.
 * @returns also whether the entry at the position is still there. If not, the log has gone back
 */
export async function selectLogAfter(
  store: Store,
  { seq, mark }: Position,
  limit: number,
): Promise<Batch & { continues: boolean }> {
  const { rows } = await sql<Batch & { continues: 0 | 1 }>`
    select *, (select mark from revocation where seq = last_seq) as last_mark,
      ${seq} = 0 or exists (select 1 from revocation where seq = ${seq} and coalesce(mark, '') = ${mark}) as continues
    from (
      select ${sql.raw(batchColumns)}
      from (select * from revocation where seq > ${seq} order by seq limit ${limit}) as next
    ) as batch`.execute(store)
  const [batch] = rows as [Batch & { continues: 0 | 1 }]
  return { ...batch, continues: batch.continues === 1 }
}

/**
 * Deletes up to `limit` entries below the horizon. The newest entry stays, because the end of the log must not move back,
 * and so does the entry of the horizon.
 * @returns the number of deleted entries
 */
export async function deleteExpiredEntries(store: Store, horizon: number, limit: number): Promise<number> {
  const expired = store
    .selectFrom('revocation')
    .select('seq')
    .where('expires_at', '<', horizon)
    .where(hasHorizon(horizon))
    .where('seq', '<', ({ selectFrom }) => selectFrom('revocation').select(({ fn }) => fn.max('seq').as('newest')))
    .limit(limit)
  const { numDeletedRows } = await store.deleteFrom('revocation').where('seq', 'in', expired).executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

/** Which process grants leases to verifiers, as the file says. */
export interface Granting {
  /** `own`: this process. `unknown`: no process has said so, or the file was replaced by a copy from before. */
  by: 'own' | 'other' | 'unknown'
  /** Other processes may have granted leases of this length. 0: none has, because no service exists. */
  others_ms: number
}

/**
 * Read after a revocation was committed: a lease of a process that takes over later does not lack the revocation.
 * @param own id of this process
 * @param lease_ms the longest lease that this process would grant. The row may be that of an older copy of the file, so the
 *   longer one of both counts
 */
export async function selectGranting(store: Store, own: string, lease_ms: number): Promise<Granting> {
  const row = await store.selectFrom('feed').select(['server', 'lease_ms']).executeTakeFirst()
  if (row !== undefined)
    return row.server === own
      ? { by: 'own', others_ms: 0 }
      : { by: 'other', others_ms: Math.max(row.lease_ms, lease_ms) }
  const service = await store.selectFrom('service').select('id').limit(1).executeTakeFirst()
  return { by: 'unknown', others_ms: service === undefined ? 0 : lease_ms }
}

/**
 * From now on this process grants leases to verifiers. The length in the row never becomes shorter, because leases of a process
 * that was killed may still run.
 * @param claim `lease_ms`: the longest lease that this process grants, or that the process before has granted
 */
export async function claimFeed(store: Store, claim: { server: string; lease_ms: number }): Promise<void> {
  await store
    .insertInto('feed')
    .values({ id: 1, ...claim })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet({
        server: claim.server,
        lease_ms: sql`max(feed.lease_ms, excluded.lease_ms)`,
      }),
    )
    .execute()
}

/** No lease runs any more that this process has granted. */
export async function releaseFeed(store: Store, own: string): Promise<void> {
  await store.deleteFrom('feed').where('server', '=', own).execute()
}
