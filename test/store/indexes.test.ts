// Which statements find their rows by an index, however many there are of others: the database's own plan says so.

import assert from 'node:assert/strict'
import { randomUUID, randomUUIDv7 } from 'node:crypto'
import { test } from 'node:test'
import { CompiledQuery, type Kysely, type RootOperationNode } from 'kysely'
import { Migrator } from 'kysely/migration'
import { deleteOldAddresses } from '../../src/accounts/records.ts'
import { deleteSpentKeys, markKeyRevoked } from '../../src/keys/records.ts'
import { migrate } from '../../src/store/migrate.ts'
import * as initial from '../../src/store/migrations/0001-initial.ts'
import * as fleet from '../../src/store/migrations/0002-fleet.ts'
import { openDatabase } from '../../src/store/open.ts'
import type { Schema, Store } from '../../src/store/schema.ts'
import { selectLiveTokens } from '../../src/tokens/records.ts'
import { type DatabaseKind, onEachDatabase, open, type TestDatabase } from '../support/databases.ts'
import { latchkey } from '../support/process/latchkey.ts'

const kid = 'k'.repeat(43)

/** A store as the version before left it. */
async function openOld(database: TestDatabase): Promise<Store> {
  const { store } = await openDatabase(database.url)
  const old = { '0001-initial': initial, '0002-fleet': fleet }
  const { error } = await new Migrator({ db: store, provider: { getMigrations: async () => old } }).migrateToLatest()
  assert.equal(error, undefined)
  return store
}

/** How the database would carry out the statements of `act`; PostgreSQL is told to think little of a table of no rows. */
async function plan(store: Store, kind: DatabaseKind, act: (store: Store) => Promise<unknown>): Promise<string> {
  const nodes: { node: RootOperationNode; queryId: { queryId: string } }[] = []
  const watched = store.withPlugin({
    transformQuery({ node, queryId }) {
      nodes.push({ node, queryId })
      return node
    },
    transformResult: async ({ result }) => result,
  })
  await act(watched as Kysely<Schema>)
  return store.connection().execute(async (one) => {
    if (kind === 'postgres') await one.executeQuery(CompiledQuery.raw('set enable_seqscan = off'))
    const lines: string[] = []
    for (const { node, queryId } of nodes) {
      const { sql: text, parameters } = one.getExecutor().compileQuery(node, queryId)
      const explain = kind === 'postgres' ? 'explain' : 'explain query plan'
      const { rows } = await one.executeQuery(CompiledQuery.raw(`${explain} ${text}`, [...parameters]))
      lines.push(...rows.map((row) => JSON.stringify(row)))
    }
    return lines.join('\n')
  })
}

onEachDatabase('statements', (create, kind) => {
  // With no rows, PostgreSQL may also begin with the tokens that live.
  const spent = kind === 'sqlite' ? 'token_by_key' : 'token_by_(key|expiry)'
  for (const [what, index, act] of [
    ['the live tokens of a user', 'token_live', (store: Store) => selectLiveTokens(store, randomUUID(), 1)],
    [
      'the live tokens of a key',
      'token_by_key',
      (store: Store) => markKeyRevoked(store, kid, 'x', 1, { after: '', limit: 10 }),
    ],
    ['keys without a token', spent, (store: Store) => deleteSpentKeys(store, 1)],
    ['addresses of long ago', 'known_address_by_age', (store: Store) => deleteOldAddresses(store, 1, 10)],
  ] as const) {
    test(`find ${what} by an index`, async (t) => {
      const { database, undo } = await open(t, create)
      const { store } = await openDatabase(database.url)
      undo.push(() => store.destroy())
      await migrate(store)
      const said = await plan(store, kind, act)
      assert.match(said, new RegExp(index), said)
      if (kind === 'sqlite') assert.doesNotMatch(said, /"SCAN (token|known_address)/, said)
    })
  }
})

onEachDatabase('the migration to these indexes', (create) => {
  test('runs beside connections of the version before, which go on reading and writing', async (t) => {
    const { database, undo } = await open(t, create)
    const old = await openOld(database)
    undo.push(() => old.destroy())
    const id = randomUUID()
    await old
      .insertInto('user')
      .values({ id, email: 'old@example.com', password_hash: 'x', admin: 0, created_at: 1 } as never)
      .execute()
    const write = () => {
      const row = {
        jti: randomUUIDv7(),
        user_id: id,
        kid,
        description: 'old',
        ip: '::1',
        issued_at: 1,
        expires_at: 9e12,
      }
      return old
        .insertInto('token')
        .values(row as never)
        .execute()
    }
    await write()
    let migrated = false
    const migrating = latchkey(['db', 'migrate'], { DATABASE_URL: database.url }).finally(() => {
      migrated = true
    })
    let written = 1
    for (; !migrated; written++) {
      await write()
      await new Promise(setImmediate)
    }
    assert.deepEqual(await migrating, {
      code: 0,
      stdout: 'applied 0003-indexes, 0004-functions, 0005-file-keys\n',
      stderr: '',
    })
    await write()
    assert.equal((await selectLiveTokens(old, id, 1)).length, Math.min(written + 1, 1000))
  })
})
