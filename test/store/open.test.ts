import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import pg from 'pg'
import { openDatabase } from '../../src/store/open.ts'
import type { PostgresDatabase } from '../../src/store/postgres.ts'
import { open } from '../support/databases.ts'
import { createDatabase } from '../support/process/database.ts'
import { createPgbouncer } from '../support/process/pgbouncer.ts'
import { createProxy } from '../support/process/proxy.ts'

/** Sets database defaults that are weaker than what Latchkey needs. */
async function weaken(url: string): Promise<void> {
  const client = new pg.Client(url)
  await client.connect()
  const name = new URL(url).pathname.slice(1)
  for (const setting of ["synchronous_commit = 'off'", "default_transaction_isolation = 'repeatable read'"]) {
    await client.query(`alter database ${name} set ${setting}`)
  }
  await client.end()
}

for (const { what, query } of [
  { what: 'no parameter', query: '' },
  { what: 'another parameter', query: '?application_name=somebody' },
  { what: 'options', query: '?options=-c%20work_mem%3D5MB' },
  {
    what: 'conflicting options',
    query:
      '?application_name=somebody&options=-c+synchronous_commit%3Doff+-c+default_transaction_isolation%3Dserializable+-c+work_mem%3D5MB',
  },
  { what: 'options twice', query: '?options=-c%20work_mem%3D6MB&options=-c%20work_mem%3D5MB' },
  { what: 'an unencoded space', query: '?application_name=some body' },
]) {
  test(`each statement and each transaction overrides the database defaults for durability and isolation, if DATABASE_URL has ${what}`, async (t) => {
    const { database, undo } = await open(t, createDatabase)
    await weaken(database.url)
    const opened = await openDatabase(`${database.url}${query}`)
    undo.push(() => opened.store.destroy())
    assert.ok(opened.kind === 'postgres')
    const more = opened.openPool({ max: 1, connect_ms: 10_000, answer_ms: 10_000 })
    undo.push(() => more.end())
    for (const pool of [opened.pool, more]) {
      const show = async (name: string) => (await pool.query(`show ${name}`)).rows[0][name]
      assert.equal(await show('synchronous_commit'), 'on')
      assert.equal(await show('transaction_isolation'), 'read committed')
      if (query.includes('work_mem')) assert.equal(await show('work_mem'), '5MB')
      if (query.includes('application_name')) assert.match(await show('application_name'), /^some ?body$/)
    }
    await opened.store.transaction().execute(async (trx) => {
      for (const [name, value] of [
        ['synchronous_commit', 'on'],
        ['transaction_isolation', 'read committed'],
      ] as const) {
        const { rows } = await sql<{ value: string }>`select current_setting(${name}) as value`.execute(trx)
        assert.deepEqual(rows, [{ value }])
      }
    })
  })
}

/** One connection through a proxy, and through a pooler if there is a mode, and the same database without them. */
async function openProxied(t: Parameters<typeof open>[0], pool_mode: string | undefined) {
  const { database, undo } = await open(t, createDatabase)
  const { store, pool } = (await openDatabase(database.url)) as PostgresDatabase
  undo.push(() => store.destroy())
  await pool.query('create table written (text text)')
  const pooler = pool_mode === undefined ? undefined : await createPgbouncer(database.url, { pool_mode })
  if (pooler !== undefined) undo.push(pooler.remove)
  const url = new URL(pooler?.url ?? database.url)
  const proxy = await createProxy(Number(url.port))
  undo.push(proxy.close)
  url.port = String(proxy.port)
  const proxied = (await openDatabase(url.href)) as PostgresDatabase
  undo.push(() => proxied.store.destroy())
  const single = proxied.openPool({ max: 1, connect_ms: 10_000, answer_ms: 300 })
  undo.push(() => single.end())
  return { pool, single, proxy }
}

for (const pool_mode of [undefined, 'session', 'transaction']) {
  const where = pool_mode === undefined ? 'without a pooler' : `with a pooler in ${pool_mode} mode`
  test(`a statement is on disk when it is answered, although a transaction began too late on its connection, ${where}`, async (t) => {
    const { pool, single, proxy } = await openProxied(t, pool_mode)
    const client = await single.connect()
    proxy.hold()
    await assert.rejects(client.query('begin'), /Query read timeout/)
    client.release()
    proxy.heal()
    // The connection breaks, and the pool may notice only now.
    const insert = () => single.query(`insert into written values ('answered')`)
    await insert().catch(insert)
    assert.deepEqual((await pool.query('select text from written')).rows, [{ text: 'answered' }])
  })

  test(`a failed statement leaves no transaction open, ${where}`, async (t) => {
    const { pool, single } = await openProxied(t, pool_mode)
    const client = await single.connect()
    await assert.rejects(client.query('select 1 / $1::integer', [0]), /division by zero/)
    await client.query(`insert into written values ('answered')`)
    client.release()
    assert.deepEqual((await pool.query('select text from written')).rows, [{ text: 'answered' }])
  })
}

test('statements leave no setting in a session of a pooler', async (t) => {
  const { database, undo } = await open(t, createDatabase)
  await weaken(database.url)
  const pooler = await createPgbouncer(database.url, { pool_mode: 'session' })
  undo.push(pooler.remove)
  const opened = (await openDatabase(pooler.url)) as PostgresDatabase
  undo.push(() => opened.store.destroy())
  const client = await opened.pool.connect()
  await client.query('select 1')
  await client.query('begin')
  await client.query('commit')
  // Sent as it is, without the settings that the pool's clients add.
  const bare = pg.Client.prototype.query.bind(client) as pg.Client['query']
  const { rows } = await bare(
    `select current_setting('synchronous_commit') as sync, current_setting('transaction_isolation') as isolation,
       array(select name from pg_settings where source = 'session' and name in ('search_path', 'default_transaction_isolation')) as changed`,
  )
  client.release()
  assert.deepEqual(rows, [{ sync: 'off', isolation: 'repeatable read', changed: [] }])
})
