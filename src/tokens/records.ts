import { type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import { clockGrace_ms, type Entry, never } from '../revocation/entry.ts'
import { hasRowLocks } from '../store/open.ts'
import type { Schema, Store, Trx } from '../store/schema.ts'

export type TokenRow = Selectable<Schema['token']>
export type SigningKeyRow = Selectable<Schema['signing_key']>

/**
 * Writes a token's row if its key is still the one that signs. The key's row is held until commit, so that nobody
 * can end the key's tokens and miss this one.
 * @returns false if the key has been retired
 */
export async function insertToken(trx: Trx, row: Insertable<Schema['token']>): Promise<boolean> {
  const key = await trx
    .selectFrom('signing_key')
    .select('kid')
    .where('kid', '=', row.kid)
    .where('retired_at', 'is', null)
    .$if(hasRowLocks(trx), (query) => query.forShare())
    .executeTakeFirst()
  if (key === undefined) return false
  await trx.insertInto('token').values(row).execute()
  return true
}

/** A list that grows with every login would be a way to keep the server busy; nobody reads further. */
const maxListed = 1000

/** A user's tokens that live at `now`, newest first; the newest thousand at most. */
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
 * Marks every live token of a user as revoked and changes the user with it. The user's row comes first: a login holds
 * it too, so each token is either issued before and in this answer, or issued after.
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
  // What has expired by this clock may live by another one.
  const theirs = trx
    .selectFrom('token')
    .select('jti')
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now - clockGrace_ms)
    // Whoever ends several tokens at once takes their rows in this order, and the log's lock last.
    .$if(hasRowLocks(trx), (query) => query.orderBy('jti').forUpdate())
  return trx
    .updateTable('token')
    .set({ revoked_at: now, reason })
    .where('jti', 'in', theirs)
    .where('revoked_at', 'is', null)
    .returning(['jti', 'expires_at'])
    .execute()
}

/** Writes when tokens were last used. */
export async function updateLastUsed(store: Store, uses: [jti: string, at: number][]): Promise<void> {
  if (hasRowLocks(store)) return updateUnlocked(store, uses)
  await store.transaction().execute(async (trx) => {
    for (const [jti, at] of uses) {
      await trx.updateTable('token').set({ last_used_at: at }).where('jti', '=', jti).execute()
    }
  })
}

/** Passes over rows that somebody else holds: whoever waits while holding rows could meet a revocation that does too. */
async function updateUnlocked(store: Store, uses: [jti: string, at: number][]): Promise<void> {
  const ids = uses.map(([jti]) => jti)
  const instants = uses.map(([, at]) => at)
  await sql`
    with free as (select jti from token where jti = any(${ids}::text[]) for update skip locked)
    update token set last_used_at = used.at
    from free, unnest(${ids}::text[], ${instants}::bigint[]) as used (jti, at)
    where token.jti = free.jti and used.jti = free.jti`.execute(store)
}

/** Deletes up to `limit` rows that have expired by any clock; returns how many. */
export async function deleteExpiredTokens(store: Store, now: number, limit: number): Promise<number> {
  const expired = store
    .selectFrom('token')
    .select('jti')
    .where('expires_at', '<=', now - clockGrace_ms)
    .limit(limit)
    .$if(hasRowLocks(store), (query) => query.forUpdate().skipLocked())
  const { numDeletedRows } = await store.deleteFrom('token').where('jti', 'in', expired).executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

export function selectKeys(store: Store): Promise<SigningKeyRow[]> {
  return store.selectFrom('signing_key').selectAll().orderBy('created_at').execute()
}

/**
 * Retires the key that signs and puts another in its place, in one transaction.
 * @returns false if another process was first; the caller reads the keys again
 */
export function replaceCurrentKey(store: Store, next: SigningKeyRow, replaced: string | undefined): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    if (replaced !== undefined) {
      const { numUpdatedRows } = await trx
        .updateTable('signing_key')
        // It signs nothing any more, so its private part has no place here.
        .set({ retired_at: next.created_at, private_jwk: null })
        .where('kid', '=', replaced)
        .where('retired_at', 'is', null)
        .executeTakeFirstOrThrow()
      if (numUpdatedRows === 0n) return false
    }
    const inserted = await trx
      .insertInto('signing_key')
      .values(next)
      .onConflict((conflict) =>
        // A key from a file may come back after another one signed for a while.
        next.private_jwk === null && replaced !== undefined
          ? conflict.column('kid').doUpdateSet({ retired_at: null })
          : conflict.doNothing(),
      )
      .returning('kid')
      .executeTakeFirst()
    // It may have been ended since the caller looked: then it must not come back.
    const { numDeletedRows } = await trx
      .deleteFrom('signing_key')
      .where('kid', '=', next.kid)
      .where((where) =>
        where.exists(
          where
            .selectFrom('revocation')
            .select('seq')
            .where('expires_at', '=', never)
            .whereRef('jti', '=', 'signing_key.kid'),
        ),
      )
      .executeTakeFirstOrThrow()
    return inserted !== undefined && numDeletedRows === 0n
  })
}

/**
 * Deletes a key. Its row is held by every login that writes a token signed with it, so each such token is either written
 * before this returns or never.
 * @returns undefined if there is no such key
 */
export function deleteKey(trx: Trx, kid: string): Promise<SigningKeyRow | undefined> {
  return trx.deleteFrom('signing_key').where('kid', '=', kid).returningAll().executeTakeFirst()
}

/** Marks the next live tokens of a key as revoked: up to `limit`, in the order of their ids, after one; returns their ids. */
export async function markKeyRevoked(
  store: Store,
  kid: string,
  reason: string,
  now: number,
  after: string,
  limit: number,
): Promise<string[]> {
  const live = store
    .selectFrom('token')
    .select('jti')
    .where('kid', '=', kid)
    .where('jti', '>', after)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .orderBy('jti')
    .limit(limit)
  const marked = await store
    .updateTable('token')
    .set({ revoked_at: now, reason })
    .where('jti', 'in', live)
    .returning('jti')
    .execute()
  return marked.map(({ jti }) => jti).toSorted()
}

/** Deletes retired keys whose last token has expired. */
export async function deleteSpentKeys(store: Store, now: number): Promise<number> {
  const { numDeletedRows } = await store
    .deleteFrom('signing_key')
    .where('retired_at', 'is not', null)
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('token')
            .select('token.jti')
            .whereRef('token.kid', '=', 'signing_key.kid')
            .where('token.expires_at', '>', now - clockGrace_ms),
        ),
      ),
    )
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}
