// How a process shares an SQLite file: with other processes, and between its own two connections.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { sql } from 'kysely'
import { migrate } from '../../src/store/migrate.ts'
import { openDatabase } from '../../src/store/open.ts'
import type { Store, Trx } from '../../src/store/schema.ts'
import { DatabaseUnavailable } from '../../src/store/unavailable.ts'
import { createSqlite, open } from '../support/databases.ts'

async function openStore(t: Parameters<typeof open>[0]) {
  const { database, undo } = await open(t, createSqlite)
  const opened = await openDatabase(database.url)
  assert.ok(opened.kind === 'sqlite')
  undo.push(() => opened.store.destroy())
  await migrate(opened.store)
  const path = database.url.slice('sqlite:'.length)
  const other = new DatabaseSync(path, { timeout: 5000 })
  undo.push(async () => other.close())
  return { ...opened, other, path }
}

function insertUser(store: Store | Trx, email: string) {
  const row = { id: randomUUID(), email, username: null, password_hash: 'x', admin: 0 as const, created_at: 1 }
  return store
    .insertInto('user')
    .values(row as never)
    .execute()
}

async function emails(store: Store): Promise<string[]> {
  const rows = await store.selectFrom('user').select('email').orderBy(sql`rowid`).execute()
  return rows.map(({ email }) => email)
}

test('while another process has the write lock, reads answer, and writes wait in order until the lock is free', async (t) => {
  const { store, dataVersion, ping, other } = await openStore(t)
  const version = dataVersion()
  other.exec('begin immediate')
  const done: string[] = []
  const note = (name: string) => () => void done.push(name)
  const writes = [
    store
      .transaction()
      .execute((trx) => insertUser(trx, 'first'))
      .then(note('first')),
    insertUser(store, 'second').then(note('second')),
    store
      .updateTable('user')
      .set({ last_login_at: 1 })
      .where('email', '=', 'second')
      .returning('id')
      .executeTakeFirstOrThrow()
      .then(note('third')),
    store
      .transaction()
      .execute((trx) => insertUser(trx, 'fourth'))
      .then(note('fourth')),
  ]
  for (let i = 0; i < 100; i++) {
    assert.deepEqual(await emails(store), [])
    await ping()
    assert.equal(dataVersion(), version)
  }
  assert.deepEqual(done, [])
  other.exec("insert into user (id, email, password_hash, created_at) values ('x', 'other', 'x', 1); commit")
  await Promise.all(writes)
  assert.deepEqual(done, ['first', 'second', 'third', 'fourth'])
  assert.deepEqual(await emails(store), ['other', 'first', 'second', 'fourth'])
})

test('a write that waits too long fails with DatabaseUnavailable, and the next write succeeds', async (t) => {
  const { store, other, ping, path } = await openStore(t)
  other.exec('begin immediate')
  const waiting = [
    store.transaction().execute((trx) => insertUser(trx, 'a')),
    insertUser(store, 'b'),
    store.deleteFrom('user').execute(),
  ]
  for (const write of waiting) {
    await assert.rejects(
      write,
      (error) => error instanceof DatabaseUnavailable && error.message === `${path}: database is locked`,
    )
  }
  await assert.rejects(ping(), DatabaseUnavailable)
  other.exec('rollback')
  await ping()
  await insertUser(store, 'c')
  assert.deepEqual(await emails(store), ['c'])
})

test('a read sees every commit of this process, and none of its open transactions', async (t) => {
  const { store, dataVersion } = await openStore(t)
  const version = dataVersion()
  for (let i = 0; i < 20; i++) {
    await store.transaction().execute(async (trx) => {
      await insertUser(trx, `user ${i}`)
      assert.equal((await emails(store)).length, i)
      assert.equal((await emails(trx)).length, i + 1)
    })
    assert.equal((await emails(store)).length, i + 1)
  }
  assert.equal(dataVersion(), version, 'own commits do not count')
})

test('a statement that only seems to read does not write through the reader', async (t) => {
  const { store } = await openStore(t)
  await insertUser(store, 'a')
  await sql`with chosen as (select id from user) delete from user where id in (select id from chosen)`.execute(store)
  await sql`  -- a comment
    insert into user (id, email, password_hash, created_at) values ('y', 'b', 'x', 1)`.execute(store)
  assert.deepEqual(await emails(store), ['b'])
})

test('a database in memory has one connection, and a read waits for the transaction before it', async () => {
  const { store } = await openDatabase('sqlite::memory:')
  await migrate(store)
  const writing = store.transaction().execute(async (trx) => {
    await insertUser(trx, 'a')
    await new Promise(setImmediate)
    await insertUser(trx, 'b')
  })
  await new Promise(setImmediate)
  assert.deepEqual(await emails(store), ['a', 'b'])
  await writing
  await store.destroy()
})

for (const { what, write } of [
  {
    what: 'an insert',
    write: (store: Store) =>
      store.transaction().execute(async (trx) => {
        for (let i = 0; i < 10_000; i++) await insertUser(trx, `full ${i}`)
      }),
  },
  {
    what: 'a large value',
    write: (store: Store) => store.transaction().execute((trx) => insertUser(trx, 'x'.repeat(1_000_000))),
  },
  { what: 'a statement outside of a transaction', write: (store: Store) => insertUser(store, 'x'.repeat(1_000_000)) },
]) {
  test(`a full file is reported as such by ${what}, not by the rollback, and undoes the transaction`, async (t) => {
    const { store, ping, path } = await openStore(t)
    await insertUser(store, 'before')
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(store)
    await sql`pragma max_page_count = ${sql.raw(String(Number(rows[0]?.page_count) + 3))}`.execute(store)
    for (let times = 0; times < 2; times++) {
      await assert.rejects(
        async () => write(store),
        (error) => error instanceof DatabaseUnavailable && error.message === `${path}: database or disk is full`,
      )
    }
    assert.deepEqual(await emails(store), ['before'])
    await sql`pragma max_page_count = 1000000`.execute(store)
    await ping()
    await insertUser(store, 'after')
    assert.deepEqual(await emails(store), ['before', 'after'])
  })
}

for (const { what, statement, code } of [
  { what: 'wrong SQL', statement: 'selekt 1', code: 1 },
  { what: 'a missing table', statement: 'select * from nothing', code: 1 },
  {
    what: 'a broken constraint',
    statement: "insert into user (id, email, password_hash, created_at) values ('z', null, 'x', 1)",
    code: 19,
  },
  { what: 'a wrong type', statement: "insert into revocation (seq, jti, expires_at) values ('x', 'x', 1)", code: 20 },
]) {
  test(`${what} is our own fault, not an unavailable database`, async (t) => {
    const { store } = await openStore(t)
    const ours = (error: Error & { errcode?: number }) =>
      !(error instanceof DatabaseUnavailable) && (Number(error.errcode) & 0xff) === code
    await assert.rejects(() => sql.raw(statement).execute(store), ours)
    await assert.rejects(() => store.transaction().execute((trx) => sql.raw(statement).execute(trx)), ours)
    await insertUser(store, 'still works')
  })
}
