import { type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import { clockGrace_ms, type Entry } from '../revocation/entry.ts'
import { isEndable } from '../revocation/records.ts'
import { isPostgres } from '../store/open.ts'
import type { Schema, Store, Trx } from '../store/schema.ts'

export type TokenRow = Selectable<Schema['token']>

/**
 * Inserts a token's row if its key is not retired. The key's row stays locked until the commit, so a transaction that
 * ends the key's tokens cannot miss this token.
 * @returns false if the key has been retired
 */
export async function insertToken(trx: Trx, row: Insertable<Schema['token']>): Promise<boolean> {
  const key = await trx
    .selectFrom('signing_key')
    .select('kid')
    .where('kid', '=', row.kid)
    .where('retired_at', 'is', null)
    .$if(isPostgres(trx), (query) => query.forShare())
    .executeTakeFirst()
  if (key === undefined) return false
  await trx.insertInto('token').values(row).execute()
  return true
}

/** Every login adds a token. Without a limit, a client could make the list slow. */
const maxListed = 1000

/** Selects a user's tokens that are live at `now`, newest first, at most 1000. */
export function selectLiveTokens(store: Store, userId: string, now: number): Promise<TokenRow[]> {
  return store
    .selectFrom('token')
    .selectAll()
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .orderBy('issued_at', 'desc')
    .orderBy('jti', 'desc')
    .limit(maxListed)
    .execute()
}

/**
 * Marks every live token of a user as revoked and changes the user. Locks the user's row first, as a login does, so
 * each token is either issued before and returned here, or issued after.
 */
export async function markAllRevoked(
  trx: Trx,
  userId: string,
  change: Updateable<Schema['user']>,
  reason: string,
  now: number,
): Promise<Entry[]> {
  await trx
    .updateTable('user')
    .set({ tokens_revoked_at: now, ...change })
    .where('id', '=', userId)
    .execute()
  const endable = trx
    .selectFrom('token')
    .select('jti')
    .where('user_id', '=', userId)
    .where(isEndable(now))
    // Every transaction that ends several tokens locks their rows in this order, and the log last.
    .$if(isPostgres(trx), (query) => query.orderBy('jti').forUpdate())
  return trx
    .updateTable('token')
    .set({ revoked_at: now, reason })
    .where('jti', 'in', endable)
    .where('revoked_at', 'is', null)
    .returning(['jti', 'expires_at'])
    .execute()
}

/** Stores when tokens were last used. */
export async function updateLastUsed(store: Store, uses: [jti: string, at: number][]): Promise<void> {
  if (isPostgres(store)) return updateLastUsedIfFree(store, uses)
  await store.transaction().execute(async (trx) => {
    for (const [jti, at] of uses) {
      await trx.updateTable('token').set({ last_used_at: at }).where('jti', '=', jti).execute()
    }
  })
}

/** Skips locked rows. Waiting for a lock while holding others could deadlock with a revocation. */
async function updateLastUsedIfFree(store: Store, uses: [jti: string, at: number][]): Promise<void> {
  const ids = uses.map(([jti]) => jti)
  const instants = uses.map(([, at]) => at)
  await sql`
    with free as (select jti from token where jti = any(${ids}::text[]) for update skip locked)
    update token set last_used_at = used.at
    from free, unnest(${ids}::text[], ${instants}::bigint[]) as used (jti, at)
    where token.jti = free.jti and used.jti = free.jti`.execute(store)
}

/** Deletes up to `limit` rows that have expired by any clock. @returns the number of deleted rows */
export async function deleteExpiredTokens(store: Store, now: number, limit: number): Promise<number> {
  const expired = store
    .selectFrom('token')
    .select('jti')
    .where('expires_at', '<=', now - clockGrace_ms)
    .limit(limit)
    .$if(isPostgres(store), (query) => query.forUpdate().skipLocked())
  const { numDeletedRows } = await store.deleteFrom('token').where('jti', 'in', expired).executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}
