import { type Selectable, sql, type Updateable } from 'kysely'
import { isPostgres } from '../store/open.ts'
import type { Schema, Store, Trx } from '../store/schema.ts'
import type { AccountName } from './names.ts'

export type UserRow = Selectable<Schema['user']>

function nameColumn(name: AccountName): ['email' | 'username', string] {
  return 'email' in name ? ['email', name.email] : ['username', name.username]
}

/** Finds an account. `known` is its last login from this network, or null. */
export async function findForLogin(store: Store, name: AccountName, network: string) {
  const [column, value] = nameColumn(name)
  return store
    .selectFrom('user')
    .leftJoin('known_address', (join) =>
      join.onRef('known_address.user_id', '=', 'user.id').on('known_address.address', '=', network),
    )
    .select(['user.id', 'user.email', 'user.username', 'user.password_hash', 'user.admin', 'user.generation'])
    .select(['user.disabled_at', 'user.email_verified_at'])
    .select('known_address.last_login_at as known')
    .where(`user.${column}`, '=', value)
    .executeTakeFirst()
}

export function findUser(store: Store, name: AccountName | { id: string }): Promise<UserRow | undefined> {
  const [column, value] = 'id' in name ? (['id', name.id] as const) : nameColumn(name)
  return store.selectFrom('user').selectAll().where(column, '=', value).executeTakeFirst()
}

export function selectUsers(store: Store): Promise<UserRow[]> {
  return store.selectFrom('user').selectAll().orderBy('created_at').orderBy('id').execute()
}

/** Inserts an account. The unique constraints decide between concurrent registrations. */
export async function insertUser(
  trx: Trx,
  user: Pick<UserRow, 'id' | 'email' | 'username' | 'password_hash' | 'admin' | 'email_verified_at'>,
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

/** Reads an account, and locks its row until the commit. */
export function lockUser(trx: Trx, id: string): Promise<UserRow | undefined> {
  return trx
    .selectFrom('user')
    .selectAll()
    .where('id', '=', id)
    .$if(isPostgres(trx), (query) => query.forUpdate())
    .executeTakeFirst()
}

/**
 * Gives an account its pending address, which the owner has proven to have. The caller has locked the row.
 * @returns false if another account has the address
 */
export async function adoptPendingEmail(trx: Trx, { id, pending_email }: UserRow, now: number): Promise<boolean> {
  if (pending_email === null || (await findUser(trx, { email: pending_email })) !== undefined) return false
  await updateUser(trx, id, { email: pending_email, pending_email: null, email_verified_at: now })
  return true
}

/**
 * Records a login if the account has not changed since the read: the account is enabled and has this password, these rights
 * and this generation. The row stays locked until the commit, so a transaction that ends the account's tokens runs either
 * before or after.
 * @returns false if the account has changed
 */
export async function markLoggedIn(
  trx: Trx,
  user: { id: string; password_hash: string; admin: 0 | 1; generation: number },
  change: Updateable<Schema['user']>,
): Promise<boolean> {
  const updated = await trx
    .updateTable('user')
    .set(change)
    .where('id', '=', user.id)
    .where('password_hash', '=', user.password_hash)
    .where('admin', '=', user.admin)
    .where('generation', '=', user.generation)
    .where('disabled_at', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return updated !== undefined
}

/** @returns false if the account has logged in from this network before */
export async function insertKnownAddress(trx: Trx, user_id: string, network: string, now: number): Promise<boolean> {
  const inserted = await trx
    .insertInto('known_address')
    .values({ user_id, address: network, last_login_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .returning('user_id')
    .executeTakeFirst()
  return inserted !== undefined
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

/** Deletes an account. The caller has locked its row, and ended and deleted its tokens. */
export async function deleteAccount(trx: Trx, id: string): Promise<void> {
  await trx.deleteFrom('known_address').where('user_id', '=', id).execute()
  await trx.deleteFrom('user').where('id', '=', id).execute()
}

/** Changes an account. Its tokens stay valid. */
export async function updateUser(store: Store, id: string, change: Updateable<Schema['user']>): Promise<void> {
  await store.updateTable('user').set(change).where('id', '=', id).execute()
}
