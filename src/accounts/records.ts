import { type RawBuilder, type Selectable, sql, type Updateable } from 'kysely'
import type { Place } from '../http/page.ts'
import { isEnabled } from '../store/enabled.ts'
import { isPostgres } from '../store/open.ts'
import type { Schema, Store, Trx } from '../store/schema.ts'
import type { AccountName } from './names.ts'

export type UserRow = Selectable<Schema['user']>

function nameColumn(name: AccountName | { id: string }): ['id' | 'email' | 'username', string] {
  if ('id' in name) return ['id', name.id]
  return 'email' in name ? ['email', name.email] : ['username', name.username]
}

/**
 * Finds an account. `known` is its last login from this network, or null. `decoy` is the hash of the first account from `decoyId` on,
 * in the circle of all ids, or null if there is no account. One statement, which does the same for each name.
 */
export async function findForLogin(store: Store, name: AccountName | { id: string }, network: string, decoyId: string) {
  const [column, value] = nameColumn(name)
  const hashes = store.selectFrom('user').select('password_hash').orderBy('id').limit(1)
  const { decoy, id, password_hash, admin, generation, ...rest } = await store
    .selectFrom(sql<{ one: number }>`(select 1 as one)`.as('always'))
    .leftJoin('user', (join) => join.on(`user.${column}`, '=', value))
    .leftJoin('known_address', (join) =>
      join.onRef('known_address.user_id', '=', 'user.id').on('known_address.address', '=', network),
    )
    .select([
      'user.id',
      'user.email',
      'user.username',
      'user.password_hash',
      'user.admin',
      'user.generation',
      'user.disabled_at',
      'user.disabled_until',
      'user.factors',
      'user.email_verified_at',
    ])
    .select('known_address.last_login_at as known')
    .select(({ fn }) => fn.coalesce(hashes.where('id', '>=', decoyId), hashes).as('decoy'))
    .executeTakeFirstOrThrow()
  const { factors, email } = rest
  const isFound =
    id !== null && password_hash !== null && admin !== null && generation !== null && factors !== null && email !== null
  return { decoy, user: isFound ? { ...rest, id, email, password_hash, admin, generation, factors } : undefined }
}

export function findUser(store: Store, name: AccountName | { id: string }): Promise<UserRow | undefined> {
  const [column, value] = nameColumn(name)
  return store.selectFrom('user').selectAll().where(column, '=', value).executeTakeFirst()
}

/** Whether the user's logins are refused. @param now milliseconds since 1970 */
export function isDisabled(
  { disabled_at, disabled_until }: Pick<UserRow, 'disabled_at' | 'disabled_until'>,
  now: number,
) {
  return disabled_at !== null && (disabled_until === null || now < disabled_until)
}

/** The order of a list of accounts. */
export interface UserOrder {
  sort: 'created_at' | 'email' | 'last_login_at'
  descending: boolean
}

const nameColumns = ['email', 'username', 'id'] as const

type NameColumn = (typeof nameColumns)[number]

/** Accounts that a search has found. */
export interface FoundUsers {
  prefix: string
  total: number
  /** The columns in which an account begins so. */
  columns: NameColumn[]
  /** Few enough to name them all. */
  ids?: string[]
}

/** Above this number, a list is read in its order and compared, rather than found and put into its order. */
const few = 500

/** A range of bytes uses an index, for which `like` depends on the collation. The last code point ends every range. */
function begins(store: Store, name: NameColumn, prefix: string) {
  return sql<boolean>`(${byBytes(store, name)} >= ${prefix} and ${byBytes(store, name)} < ${`${prefix}\u{10ffff}`})`
}

/** A column in the order of its bytes, as its index has it. */
function byBytes(store: Store, name: string) {
  return isPostgres(store) ? sql`${sql.ref(name)} collate "C"` : sql.ref(name)
}

/** The same as a condition that no index answers, so that the rows are read in their order, and none is sorted. */
function beginsInOrder(store: Store, columns: NameColumn[], prefix: string) {
  const any = columns.map((name) => begins(store, name, prefix))
  return sql<boolean>`(${sql.join(any, sql` or `)}) is true`
}

/** @param prefix the beginning of an e-mail address, a username or an id, in lower case. Empty: all accounts */
export async function findUsers(store: Store, prefix: string): Promise<FoundUsers> {
  if (prefix === '') return { prefix, total: await countUsers(store, sql<boolean>`true`, 'id'), columns: [] }
  const columns: NameColumn[] = []
  const many: NameColumn[] = []
  const named = new Set<string>()
  for (const name of nameColumns) {
    const ids = await selectFew(store, name, prefix)
    if (ids.length > 0) columns.push(name)
    if (ids.length > few) many.push(name)
    else for (const id of ids) named.add(id)
  }
  const ids = [...named]
  const [one, another] = many
  if (one === undefined && ids.length <= few) return { prefix, total: ids.length, columns, ids }
  if (one === undefined || another !== undefined) {
    return { prefix, total: await countUsers(store, beginsInOrder(store, columns, prefix), 'email'), columns }
  }
  const range = begins(store, one, prefix)
  const others = sql<boolean>`${sql.ref('id')} in (${sql.join(ids)}) and ${range} is not true`
  const beside = ids.length === 0 ? 0 : await countUsers(store, others, 'id')
  return { prefix, total: (await countUsers(store, range, one)) + beside, columns }
}

/** Selects the ids of accounts of which a column begins so, by its index, and one more than a few if there are more. */
async function selectFew(store: Store, name: NameColumn, prefix: string): Promise<string[]> {
  const rows = await store
    .selectFrom('user')
    .select('id')
    .where(begins(store, name, prefix))
    .orderBy(byBytes(store, name))
    .limit(few + 1)
    .execute()
  return rows.map(({ id }) => id)
}

/** @param by the column of the index to read. Without an order, PostgreSQL may read the table instead */
async function countUsers(store: Store, condition: RawBuilder<boolean>, by: NameColumn): Promise<number> {
  const users = store.selectFrom('user').select('id').where(condition).orderBy(byBytes(store, by))
  const { count } = await store
    .selectFrom(users.as('found'))
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

/** Selects one page of the accounts that a search has found. An index has all that is read of accounts on other pages. */
export async function selectUserPage(
  store: Store,
  { prefix, columns, ids }: FoundUsers,
  { sort, descending }: UserOrder,
  { offset, limit, fromEnd }: Place,
): Promise<UserRow[]> {
  const order = descending === fromEnd ? 'asc' : 'desc'
  const by = sort === 'email' ? byBytes(store, sort) : sql.ref(sort)
  const page = await store
    .selectFrom('user')
    .select('id')
    .$if(ids !== undefined, (query) => query.where('id', 'in', ids as string[]))
    .$if(ids === undefined && prefix !== '', (query) =>
      query.where(
        columns.length === 1 && columns[0] === sort
          ? begins(store, sort, prefix)
          : beginsInOrder(store, columns, prefix),
      ),
    )
    .orderBy(by, (ob) => {
      if (sort !== 'last_login_at') return ob[order]()
      // An account without a login comes before all others.
      return order === 'asc' ? ob.asc().nullsFirst() : ob.desc().nullsLast()
    })
    .orderBy('id', order)
    .offset(offset)
    .limit(limit)
    .execute()
  const places = page.map(({ id }) => id)
  const rows = await store.selectFrom('user').selectAll().where('id', 'in', places).execute()
  const byId = new Map(rows.map((row) => [row.id, row]))
  // An account may have been deleted meanwhile.
  return places.flatMap((id) => byId.get(id) ?? [])
}

/**
 * Whether no other account can act as an administrator. Locks the rows of all administrators until the commit, always in one
 * order, so that two of them cannot remove each other.
 * @returns false too if the user is no administrator who may log in
 */
export async function isLastAdministrator(trx: Trx, id: string, now: number): Promise<boolean> {
  const rows = await trx
    .selectFrom('user')
    .select(['id', 'disabled_at', 'disabled_until'])
    .where('admin', '=', 1)
    .orderBy('id')
    .$if(isPostgres(trx), (query) => query.forUpdate())
    .execute()
  const enabled = rows.filter((row) => !isDisabled(row, now))
  return enabled.length === 1 && enabled[0]?.id === id
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
 * Records a login if the account has not changed since the read: the account is enabled and has this password, these rights,
 * this generation and these second factors. The row stays locked until the commit, so a transaction that ends the account's tokens runs either
 * before or after.
 * @returns false if the account has changed
 */
export async function markLoggedIn(
  trx: Trx,
  user: { id: string; password_hash: string; admin: 0 | 1; generation: number; factors: string },
  change: Updateable<Schema['user']>,
  now: number,
): Promise<boolean> {
  const updated = await trx
    .updateTable('user')
    .set(change)
    .where('id', '=', user.id)
    .where('password_hash', '=', user.password_hash)
    .where('admin', '=', user.admin)
    .where('generation', '=', user.generation)
    .where('factors', '=', user.factors)
    .where(isEnabled(now))
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
