import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { openDatabase } from '../../src/store/open.ts'
import { isTransactionPooled } from '../../src/store/pooler.ts'
import type { PostgresDatabase } from '../../src/store/postgres.ts'
import { open } from '../support/databases.ts'
import { createDatabase } from '../support/process/database.ts'
import { createPgbouncer } from '../support/process/pgbouncer.ts'

async function openPooled(t: Parameters<typeof open>[0], settings: Record<string, string>) {
  const { database, undo } = await open(t, createDatabase)
  const pooler = await createPgbouncer(database.url, settings)
  undo.push(pooler.remove)
  const { store, pool, openPool } = (await openDatabase(pooler.url)) as PostgresDatabase
  undo.push(() => store.destroy())
  return { pool, openPool, pooler, undo }
}

test('a direct connection is not pooled', async (t) => {
  const { database, undo } = await open(t, createDatabase)
  const { store, pool } = (await openDatabase(database.url)) as PostgresDatabase
  undo.push(() => store.destroy())
  assert.equal(await isTransactionPooled(pool), false)
})

for (const { mode, expected } of [
  { mode: 'session', expected: false },
  { mode: 'transaction', expected: true },
]) {
  for (const [choice, settings] of Object.entries({
    'the last free connection': {},
    'each connection in turn': { server_round_robin: '1', min_pool_size: '2' },
    'its only connection': mode === 'transaction' ? { default_pool_size: '1' } : { default_pool_size: '2' },
  })) {
    test(`a pooler in ${mode} mode that lends ${choice} is recognised`, async (t) => {
      const { pool } = await openPooled(t, { pool_mode: mode, ...settings })
      assert.equal(await isTransactionPooled(pool), expected)
    })
  }

  test(`a pooler in ${mode} mode that other clients use too is recognised`, async (t) => {
    const { pool, pooler, undo } = await openPooled(t, { pool_mode: mode, default_pool_size: '8' })
    const others = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const client = new pg.Client(pooler.url)
        await client.connect()
        return client
      }),
    )
    let ended = false
    const load = others.map(async (client) => {
      while (!ended) await client.query('select pg_sleep(random() / 1000)')
      await client.end()
    })
    undo.push(async () => {
      ended = true
      await Promise.all(load)
    })
    for (let time = 0; time < 20; time++) assert.equal(await isTransactionPooled(pool), expected)
  })
}

test('a connection for which the pooler in session mode has no room says so', async (t) => {
  const { pool, openPool, undo } = await openPooled(t, { pool_mode: 'session', default_pool_size: '1' })
  const only = await pool.connect()
  undo.push(async () => only.release())
  const more = openPool({ max: 1, connect_ms: 5000, answer_ms: 200 })
  undo.push(() => more.end())
  await assert.rejects(more.connect(), /no answer in time; .*its pool may be too small: .*default_pool_size/)
})
