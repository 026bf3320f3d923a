import { type Selectable, sql } from 'kysely'
import { never } from '../revocation/entry.ts'
import { isPostgres } from '../store/open.ts'
import type { Schema, Store, Trx } from '../store/schema.ts'

export type SigningKeyRow = Selectable<Schema['signing_key']>

/** Selects all keys, oldest first. A restore also reads databases of earlier versions, whose rows lack columns. */
export async function selectKeys(store: Store): Promise<SigningKeyRow[]> {
  const rows = await store.selectFrom('signing_key').selectAll().orderBy('created_at').orderBy('kid').execute()
  // A key and the next key may have been made at the same instant.
  return rows.toSorted((a, b) => a.created_at - b.created_at || (a.next ?? 0) - (b.next ?? 0))
}

/**
 * Retires the current key and puts another generated key in its place, in one transaction.
 * @param replaced the `kid` of the current key, undefined if there is none
 * @returns false if another process was first. The caller has to read the keys again
 */
export function replaceCurrentKey(store: Store, next: SigningKeyRow, replaced: string | undefined): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    if (replaced !== undefined && !(await retireKey(trx, replaced, next.created_at))) return false
    const inserted = await trx
      .insertInto('signing_key')
      .values(next)
      .onConflict((conflict) => conflict.doNothing())
      .returning('kid')
      .executeTakeFirst()
    return inserted !== undefined
  })
}

/**
 * Makes the announced next key the current key.
 * @param replaced the `kid` of the current key, undefined if there is none
 * @returns false if another process was first. The caller has to read the keys again
 */
export function promoteNextKey(
  store: Store,
  { next, replaced, now }: { next: string; replaced: string | undefined; now: number },
): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    await lockKeys(trx)
    const announced = await nextKey(trx, next).executeTakeFirst()
    if (announced === undefined) return false
    if (replaced !== undefined && !(await retireKey(trx, replaced, now))) return false
    const { numUpdatedRows } = await trx
      .updateTable('signing_key')
      .set({ next: 0, signs_from: null })
      .where('kid', '=', next)
      // Another process has made a key the current one.
      .where(({ not, exists }) => not(exists(currentKey(trx))))
      .executeTakeFirstOrThrow()
    return numUpdatedRows > 0n
  })
}

function nextKey(trx: Trx, kid: string) {
  return trx
    .selectFrom('signing_key')
    .select('kid')
    .where('kid', '=', kid)
    .where('next', '=', 1)
    .where('retired_at', 'is', null)
}

function currentKey(trx: Trx) {
  return trx
    .selectFrom('signing_key as current')
    .select('current.kid')
    .where('current.retired_at', 'is', null)
    .where('current.from_file', '=', 0)
    .where('current.next', '=', 0)
}

/**
 * Announces a next key.
 * @param replaced the `kid` of another next key, which has signed nothing; undefined if there is none
 * @returns false if another process was first. The caller has to read the keys again
 */
export function replaceNextKey(store: Store, next: SigningKeyRow, replaced: string | undefined): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    if (replaced !== undefined) {
      const { numDeletedRows } = await trx
        .deleteFrom('signing_key')
        .where('kid', '=', replaced)
        .where('next', '=', 1)
        .executeTakeFirstOrThrow()
      if (numDeletedRows === 0n) return false
    }
    const inserted = await trx
      .insertInto('signing_key')
      .values({ ...next, next: 1 })
      .onConflict((conflict) => conflict.doNothing())
      .returning('kid')
      .executeTakeFirst()
    return inserted !== undefined
  })
}

/** Decides from when on the next key signs. @returns false if that is decided already, or if there is no such key */
export async function scheduleNextKey(store: Store, kid: string, signs_from: number): Promise<boolean> {
  const { numUpdatedRows } = await store
    .updateTable('signing_key')
    .set({ signs_from })
    .where('kid', '=', kid)
    .where('next', '=', 1)
    .where('signs_from', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/** Retires a key and deletes its private part. @returns false if the key is retired already */
async function retireKey(trx: Trx, kid: string, retired_at: number): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('signing_key')
    .set({ retired_at, private_jwk: null })
    .where('kid', '=', kid)
    .where('retired_at', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/**
 * Makes the key of a SIGNING_KEY_FILE one of the keys that sign, even if it was retired before. A revoked key is not
 * registered again.
 * @param retireOthers whether every other key is retired
 */
export function registerFileKey(store: Store, row: SigningKeyRow, retireOthers: boolean): Promise<void> {
  return store.transaction().execute(async (trx) => {
    await lockKeys(trx)
    if (retireOthers) await retireOtherKeys(trx, row.kid, row.created_at)
    await trx
      .insertInto('signing_key')
      .values(row)
      .onConflict((conflict) =>
        conflict
          .column('kid')
          .doUpdateSet({ retired_at: null, private_jwk: null, from_file: 1, next: 0, signs_from: null }),
      )
      .execute()
    await trx
      .deleteFrom('signing_key')
      .where('kid', '=', row.kid)
      .where((where) =>
        where.exists(
          where
            .selectFrom('revocation')
            .select('seq')
            .where('expires_at', '=', never)
            .whereRef('jti', '=', 'signing_key.kid'),
        ),
      )
      .execute()
  })
}

/**
 * Excludes other transactions that change several keys, and a revocation of a key, until the commit. Logins go on, because
 * they only lock the row of their key.
 */
async function lockKeys(trx: Trx): Promise<void> {
  if (isPostgres(trx)) await sql`lock table signing_key in share row exclusive mode`.execute(trx)
}

async function retireOtherKeys(trx: Trx, kid: string, retired_at: number): Promise<void> {
  await trx
    .updateTable('signing_key')
    .set({ retired_at, private_jwk: null })
    .where('kid', '<>', kid)
    .where('retired_at', 'is', null)
    .execute()
}

/** Retires the keys of every SIGNING_KEY_FILE. A server that still has one of these files registers its key again. */
export function retireFileKeys(store: Store, retired_at: number): Promise<void> {
  return store.transaction().execute(async (trx) => {
    await lockKeys(trx)
    await trx
      .updateTable('signing_key')
      .set({ retired_at })
      .where('from_file', '=', 1)
      .where('retired_at', 'is', null)
      .execute()
  })
}

/**
 * Deletes a key. Every login that writes a token signed with the key holds the key's row, so each such token is written
 * before this returns, or never.
 * @returns undefined if there is no such key
 */
export function deleteKey(trx: Trx, kid: string): Promise<SigningKeyRow | undefined> {
  return trx.deleteFrom('signing_key').where('kid', '=', kid).returningAll().executeTakeFirst()
}

/** Whether a server signs with this key from its SIGNING_KEY_FILE. */
export function isFileKey({ retired_at, from_file }: SigningKeyRow): boolean {
  return retired_at === null && from_file === 1
}

/** Deletes every key. */
export function deleteKeys(trx: Trx): Promise<SigningKeyRow[]> {
  return trx.deleteFrom('signing_key').returningAll().execute()
}

/** Marks every live token as revoked. */
export async function markAllRevoked(trx: Trx, reason: string, now: number): Promise<void> {
  await trx
    .updateTable('token')
    .set({ revoked_at: now, reason })
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .execute()
}

/**
 * Marks the next live tokens of a key as revoked.
 * @param page the tokens with ids after `after`, at most `limit`
 * @returns the ids of the marked tokens, in order
 */
export async function markKeyRevoked(
  store: Store,
  kid: string,
  reason: string,
  now: number,
  page: { after: string; limit: number },
): Promise<string[]> {
  const live = store
    .selectFrom('token')
    .select('jti')
    .where('kid', '=', kid)
    .where('jti', '>', page.after)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .orderBy('jti')
    .limit(page.limit)
    .$if(isPostgres(store), (query) => query.forUpdate())
  const marked = await store
    .updateTable('token')
    .set({ revoked_at: now, reason })
    .where('jti', 'in', live)
    .returning('jti')
    .execute()
  return marked.map(({ jti }) => jti).toSorted()
}

/** Deletes retired keys that have no token any more. @returns the number of deleted keys */
export async function deleteSpentKeys(store: Store): Promise<number> {
  const { numDeletedRows } = await store
    .deleteFrom('signing_key')
    .where('retired_at', 'is not', null)
    .where((where) =>
      where.not(
        where.exists(where.selectFrom('token').select('token.jti').whereRef('token.kid', '=', 'signing_key.kid')),
      ),
    )
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}
