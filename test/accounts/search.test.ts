import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { findUsers, selectUserPage } from '../../src/accounts/records.ts'
import { readPage } from '../../src/http/page.ts'
import { migrate } from '../../src/store/migrate.ts'
import { openDatabase } from '../../src/store/open.ts'
import { onEachDatabase, open } from '../support/databases.ts'

/** Accounts whose names overlap: one beginning may be that of an address, a username and an id. */
function accounts() {
  return Array.from({ length: 1300 }, (_, i) => ({
    id: `${'abc0'[i % 4]}${randomUUID().slice(1)}`,
    email: `${i < 1100 ? 'a' : i < 1200 ? 'b' : 'é'}${(i * 7919) % 1300}@example.com`,
    username: i % 2 === 0 ? null : `${i < 1150 ? 'c' : 'a'}-${i}`,
    password_hash: 'x',
    admin: 0 as const,
    created_at: (i * 31) % 400,
    last_login_at: i % 3 === 0 ? null : (i * 17) % 500,
  }))
}

/** In the order of bytes. */
const compare = (a: string | number, b: string | number) =>
  typeof a === 'number' ? a - Number(b) : Buffer.compare(Buffer.from(a), Buffer.from(String(b)))

onEachDatabase('a search for accounts', (create) => {
  test('finds few and many by each of their names, each account once, in every order', async (t) => {
    const { database, undo } = await open(t, create)
    const { store } = await openDatabase(database.url)
    undo.push(() => store.destroy())
    await migrate(store)
    const all = accounts()
    await store.insertInto('user').values(all).execute()
    for (const prefix of ['', 'a', 'a1', 'b', 'c', 'c-', 'é', '0', 'zz', all[7]?.id as string]) {
      const found = await findUsers(store, prefix)
      const same = all.filter(({ id, email, username }) =>
        [id, email, username ?? undefined].some((name) => name?.startsWith(prefix)),
      )
      assert.equal(found.total, same.length, prefix)
      for (const sort of ['created_at', 'email', 'last_login_at'] as const) {
        for (const descending of [false, true]) {
          const expected = same
            .toSorted((a, b) => compare(a[sort] ?? -1, b[sort] ?? -1) || compare(a.id, b.id))
            .map(({ id }) => id)
          const read: string[] = []
          for (let page = 1; read.length < expected.length && page < 20; page++) {
            const { items } = await readPage(
              { page, per_page: 100 },
              { total: found.total, select: (place) => selectUserPage(store, found, { sort, descending }, place) },
            )
            read.push(...items.map(({ id }) => id))
          }
          assert.deepEqual(read, descending ? expected.toReversed() : expected, `${prefix} ${sort} ${descending}`)
        }
      }
    }
  })
})
