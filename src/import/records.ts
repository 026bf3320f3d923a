import type { Store, Trx } from '../store/schema.ts'
import type { ImportedUser } from './user.ts'

/** The accounts that have an id, an address or a username of these accounts. */
export async function selectSame(
  store: Store,
  users: ImportedUser[],
): Promise<{ id: string; email: string; username: string | null }[]> {
  const usernames = users.flatMap(({ username }) => username ?? [])
  const select = store.selectFrom('user').select(['id', 'email', 'username'])
  // One statement for each index, because a condition with `or` may use none.
  const found = [
    await select.where('id', 'in', ids(users)).execute(),
    await select
      .where(
        'email',
        'in',
        users.map(({ email }) => email),
      )
      .execute(),
    usernames.length === 0 ? [] : await select.where('username', 'in', usernames).execute(),
  ]
  return found.flat()
}

function ids(users: ImportedUser[]): string[] {
  return users.map(({ id }) => id)
}

/** Inserts the accounts whose id, address and username are free. @returns the ids of these accounts */
export async function insertUsers(trx: Trx, users: ImportedUser[], now: number): Promise<Set<string>> {
  const rows = users.map((user) => ({ ...user, created_at: user.created_at ?? now }))
  const inserted = await trx
    .insertInto('user')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .execute()
  return new Set(inserted.map(({ id }) => id))
}
