import type { Store, Trx } from '../store/schema.ts'
import type { ImportedUser } from './user.ts'
import type { ImportedWidget } from './widget.ts'

export interface AccountNames {
  id: string
  email: string
  username: string | null
}

/** The accounts that have an id, an address or a username of these accounts. */
export async function selectSameUsers(store: Store, users: AccountNames[]): Promise<AccountNames[]> {
  const emails = users.map(({ email }) => email)
  const usernames = users.flatMap(({ username }) => username ?? [])
  const select = store.selectFrom('user').select(['id', 'email', 'username'])
  // One statement for each index, because a condition with `or` may use none.
  const found = [
    await select.where('id', 'in', idsOf(users)).execute(),
    await select.where('email', 'in', emails).execute(),
    usernames.length === 0 ? [] : await select.where('username', 'in', usernames).execute(),
  ]
  return found.flat()
}

/** The ids of these accounts that belong to services. Tokens name their owner by its id alone. */
export async function selectServiceIds(store: Store, users: AccountNames[]): Promise<Set<string>> {
  const select = store.selectFrom('service').select('id')
  return new Set(idsOf(await select.where('id', 'in', idsOf(users)).execute()))
}

/** Inserts the accounts whose id, address and username are free. @returns the ids of these accounts */
export async function insertUsers(trx: Trx, users: ImportedUser[], now: number): Promise<Set<string>> {
  const rows = users.map(({ email_verified, created_at, ...user }) => ({
    ...user,
    email_verified_at: email_verified === 1 ? now : null,
    created_at: created_at ?? now,
  }))
  const insert = trx.insertInto('user').values(rows)
  const inserted = await insert
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .execute()
  return new Set(idsOf(inserted))
}

/** The widgets that have an id or a name of these widgets. */
export async function selectSameWidgets(
  store: Store,
  widgets: ImportedWidget[],
): Promise<{ id: string; name: string }[]> {
  const names = widgets.map(({ name }) => name)
  const select = store.selectFrom('widget').select(['id', 'name'])
  return [
    ...(await select.where('id', 'in', idsOf(widgets)).execute()),
    ...(await select.where('name', 'in', names).execute()),
  ]
}

/** Inserts the widgets whose id and name are free. @returns the ids of these widgets */
export async function insertWidgets(trx: Trx, widgets: ImportedWidget[]): Promise<Set<string>> {
  const insert = trx.insertInto('widget').values(widgets)
  const inserted = await insert
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .execute()
  return new Set(idsOf(inserted))
}

function idsOf(rows: { id: string }[]): string[] {
  return rows.map(({ id }) => id)
}
