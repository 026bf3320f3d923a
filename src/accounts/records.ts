import { type Selectable, sql, type Updateable } from 'kysely'
import { isPostgres } from '../store/open.ts'
import type { Schema, Store, Trx } from '../store/schema.ts'
import type { AccountName } from './names.ts'

export type UserRow = Selectable<Schema['user']>

function nameColumn(name: AccountName | { id: string }): ['id' | 'email' | 'username', string] {
  if ('id' in name) return ['id', name.id]
  return 'email' in name ? ['email', name.email] : ['username', name.username]
}

/** Finds an account. `known` is its last login from this network, or null. */
export async function findForLogin(store: Store, name: AccountName | { id: string }, network: string) {
  const [column, value] = nameColumn(name)
  return store
    .selectFrom('user')
    .leftJoin('known_address', (join) =>
      join.onRef('known_address.user_id', '=', 'user.id').on('known_address.address', '=', network),
    )
    .select(['user.id', 'user.password_hash', 'user.admin', 'user.generation', 'user.disabled_at', 'user.factors'])
    .select('known_address.last_login_at as known')
    .where(`user.${column}`, '=', value)
    .executeTakeFirst()
}

export function findUser(store: Store, name: AccountName | { id: string }): Promise<UserRow | undefined> {
  const [column, value] = nameColumn(name)
  return store.selectFrom('user').selectAll().where(column, '=', value).executeTakeFirst()
}

export function selectUsers(store: Store): Promise<UserRow[]> {
  return store.selectFrom('user').selectAll().orderBy('created_at').orderBy('id').execute()
}

/** Selects the ids of the administrators without a second factor whose tokens may be live at `now`. */
export async function selectAdminsWithoutFactor(store: Store, now: number): Promise<string[]> {
  const rows = await store
    .selectFrom('user')
    .select('id')
    .where('admin', '=', 1)
    .where('factors', '=', '')
    .where('tokens_expire_at', '>', now)
    .execute()
  return rows.map(({ id }) => id)
}

/** Inserts an account. The unique constraints decide between concurrent registrations. */
export async function insertUser(
  trx: Trx,
  user: { id: string; email: string; username: string | null; password_hash: string; admin: 0 | 1 },
  now: number,
): Promise<'inserted' | 'email_taken' | 'username_taken'> {
  const inserted = await trx
    .insertInto('user')
    .values({ ...user, created_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  if (inserted !== undefined) return 'inserted'
  const email = await trx.selectFrom('user').select('id').where('email', '=', user.email).executeTakeFirst()
  return email === undefined ? 'username_taken' : 'email_taken'
}

/**
 * Records a login if the account has not changed since the read: the account is enabled and has this password, these rights,
 * this generation and these second factors. The row stays locked until the commit, so a transaction that ends the account's tokens runs either
 * before or after.
 * @returns false if the account has changed
 */
export async function markLoggedIn(
  trx: Trx,
  user: { id: string; password_hash: string; admin: 0 | 1; generation: number; factors: string },
  change: Updateable<Schema['user']>,
): Promise<boolean> {
  const updated = await trx
    .updateTable('user')
    .set(change)
    .where('id', '=', user.id)
    .where('password_hash', '=', user.password_hash)
    .where('admin', '=', user.admin)
    .where('generation', '=', user.generation)
    .where('factors', '=', user.factors)
    .where('disabled_at', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return updated !== undefined
}

export async function upsertKnownAddress(trx: Trx, user_id: string, network: string, now: number): Promise<void> {
  await trx
    .insertInto('known_address')
    .values({ user_id, address: network, last_login_at: now })
    .onConflict((conflict) => conflict.columns(['user_id', 'address']).doUpdateSet({ last_login_at: now }))
    .execute()
}

/** Deletes up to `limit` addresses without a login since `before`. @returns the number of deleted addresses */
export async function deleteOldAddresses(store: Store, before: number, limit: number): Promise<number> {
  // The outer condition is checked again on the locked row, because a login may have updated the row since.
  const { numAffectedRows } = await sql`
    delete from known_address where last_login_at < ${before} and (user_id, address) in (
      select user_id, address from known_address where last_login_at < ${before} limit ${limit}
    )`.execute(store)
  return Number(numAffectedRows)
}

/** Deletes counts of failed logins that expired before `before`. With SQLite, the counts are in memory only. */
export async function deleteOldFailures(store: Store, before: number): Promise<void> {
  if (isPostgres(store)) await sql`delete from login_failure where expire < ${before}`.execute(store)
}

/** Stores the hash of the same password by today's parameters. @returns false if the password has changed */
export async function updatePasswordHash(
  store: Store,
  { id, password_hash, renewed_hash }: { id: string; password_hash: string; renewed_hash: string },
): Promise<boolean> {
  const { numUpdatedRows } = await store
    .updateTable('user')
    .set({ password_hash: renewed_hash })
    .where('id', '=', id)
    .where('password_hash', '=', password_hash)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** Deletes an account. The caller has locked its row, and ended and deleted its tokens. */
export async function deleteAccount(trx: Trx, id: string): Promise<void> {
  await trx.deleteFrom('known_address').where('user_id', '=', id).execute()
  await trx.deleteFrom('user').where('id', '=', id).execute()
}

/** Changes an account. Its tokens stay valid. */
export async function updateUser(store: Store, id: string, change: Updateable<Schema['user']>): Promise<void> {
  await store.updateTable('user').set(change).where('id', '=', id).execute()
}
