import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Kysely, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import pg from 'pg'
import { migrate } from '../../src/store/migrate.ts'
import { up as initial } from '../../src/store/migrations/0001-initial.ts'
import { openDatabase } from '../../src/store/open.ts'
import type { Store } from '../../src/store/schema.ts'
import { onEachDatabase, open, type TestDatabase } from '../support/databases.ts'
import { createDatabase } from '../support/process/database.ts'

type Context = Parameters<typeof open>[0]

async function openStore(t: Context, create: () => Promise<TestDatabase>) {
  const { database, undo } = await open(t, create)
  const { store } = await openDatabase(database.url)
  undo.push(() => store.destroy())
  return { store, url: database.url, undo }
}

/** Migrates as another program that uses Kysely, with its names, does; or as an earlier version of Latchkey. */
async function migrateWithKysely(store: Store, names: string[], up: (db: Kysely<never>) => Promise<void>) {
  const list = Object.fromEntries(names.map((name, i) => [name, { up: i === 0 ? up : async () => {} }]))
  const { error } = await new Migrator({ db: store, provider: { getMigrations: async () => list } }).migrateToLatest()
  assert.equal(error, undefined)
}

async function names(store: Store, table: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(table)} order by name`.execute(store)
  return rows.map(({ name }) => name)
}

onEachDatabase('migrations', (create) => {
  test('the history of an earlier version is taken over', async (t) => {
    const { store } = await openStore(t, create)
    await migrateWithKysely(store, ['0001-initial'], initial)
    const applied = await migrate(store)
    assert.equal(applied[0], '0002-fleet')
    assert.deepEqual(await names(store, 'latchkey_migration'), ['0001-initial', ...applied])
    await assert.rejects(names(store, 'kysely_migration'))
  })

  for (const theirs of [['2024-their-first'], ['0001-initial'], ['0001-initial', '9999-later']]) {
    test(`another program's history (${theirs}) in the same schema stays what it is`, async (t) => {
      const { store } = await openStore(t, create)
      await migrateWithKysely(store, theirs, (db) =>
        db.schema.createTable('invoice').addColumn('id', 'integer').execute(),
      )
      assert.equal((await migrate(store))[0], '0001-initial')
      assert.deepEqual(await names(store, 'kysely_migration'), theirs)
    })
  }

  for (const table of ['user', 'token', 'widget', 'signing_key']) {
    test(`another program's table "${table}" gets one line, and nothing is changed`, async (t) => {
      const { store } = await openStore(t, create)
      await sql`create table ${sql.table(table)} (theirs integer)`.execute(store)
      await assert.rejects(migrate(store), ({ message }: Error) => {
        assert.match(
          message,
          /^the database could not be migrated: .*already exists, and is not Latchkey's: give Latchkey/,
        )
        return message.includes(table) && !message.includes('\n')
      })
      assert.deepEqual(await names(store, 'latchkey_migration'), [])
    })
  }
})

test('each migration is applied once, by any number of processes that start at the same time', async (t) => {
  const { store, url, undo } = await openStore(t, createDatabase)
  const others = await Promise.all([1, 2, 3].map(async () => (await openDatabase(url)).store))
  undo.push(() => Promise.all(others.map((other) => other.destroy())))
  const applied = (await Promise.all([store, ...others].map((each) => migrate(each)))).flat()
  assert.deepEqual(applied, await names(store, 'latchkey_migration'))
  assert.deepEqual(await migrate(store), [])
})

test('tables of other programs in other schemas are none of our business', async (t) => {
  const { store } = await openStore(t, createDatabase)
  await sql`create schema billing`.execute(store)
  for (const table of ['kysely_migration', 'latchkey_migration', 'user', 'token', 'node', 'signing_key']) {
    await sql`create table billing.${sql.table(table)} (name text)`.execute(store)
    await sql`insert into billing.${sql.table(table)} values ('9999-theirs')`.execute(store)
  }
  assert.equal((await migrate(store))[0], '0001-initial')
})

test('a schema that search_path names is used, beside another program in public', async (t) => {
  const { database, undo } = await open(t, createDatabase)
  const admin = new pg.Client(database.url)
  await admin.connect()
  undo.push(() => admin.end())
  await admin.query('create schema latchkey')
  for (const table of ['"user"', 'token', 'node']) await admin.query(`create table ${table} (theirs integer)`)
  await admin.query(`alter database ${new URL(database.url).pathname.slice(1)} set search_path = latchkey, public`)
  const { store } = await openDatabase(database.url)
  undo.push(() => store.destroy())
  assert.equal((await migrate(store))[0], '0001-initial')
  assert.deepEqual(await migrate(store), [])
  const { rows } = await admin.query(
    `select from pg_tables where schemaname = 'latchkey' and tablename = 'signing_key'`,
  )
  assert.equal(rows.length, 1)
})

for (const { what, hold } of [
  { what: "Kysely's advisory lock", hold: 'select pg_advisory_lock(3853314791062309107)' },
  { what: 'every advisory lock of a small number', hold: 'select pg_advisory_lock(n) from generate_series(1, 1000) n' },
]) {
  test(`a stranger who holds ${what} stops no migration`, async (t) => {
    const { store, url, undo } = await openStore(t, createDatabase)
    const stranger = new pg.Client(url)
    await stranger.connect()
    undo.push(() => stranger.end())
    await stranger.query(hold)
    assert.equal((await migrate(store))[0], '0001-initial')
  })
}

test('a migration that cannot have its lock ends with a line that names the holder', async (t) => {
  const { store, url, undo } = await openStore(t, createDatabase)
  await migrateWithKysely(store, ['0001-initial'], initial)
  const backup = new pg.Client({ connectionString: url, application_name: 'pg_dump' })
  await backup.connect()
  undo.push(() => backup.end())
  await backup.query('begin; lock table token in access share mode')
  const { rows } = await backup.query('select pg_backend_pid() as pid')
  await assert.rejects(migrate(store), {
    name: 'StoreError',
    message: `the database could not be migrated: pg_dump (process ${rows[0].pid} of the server, role postgres) holds a lock on token; try again when it has ended`,
  })
  await backup.query('commit')
  assert.equal((await migrate(store))[0], '0002-fleet')
})
