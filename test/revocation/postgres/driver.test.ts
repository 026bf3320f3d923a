import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { pino } from 'pino'
import { createDriver, dispatch, join, leave, revoke, Unconfirmed } from '../../../src/revocation/postgres/driver.ts'
import { selectFleet } from '../../../src/revocation/postgres/records.ts'
import { check } from '../../../src/revocation/protocol/node.ts'
import { migrate } from '../../../src/store/migrate.ts'
import { openDatabase } from '../../../src/store/open.ts'
import type { PostgresDatabase } from '../../../src/store/postgres.ts'
import { open } from '../../support/databases.ts'
import { createDatabase } from '../../support/process/database.ts'

/** A driver on a database of its own, and what it logs. */
async function openDriver(t: Parameters<typeof open>[0]) {
  const { database, undo } = await open(t, createDatabase)
  const { store, openPool } = (await openDatabase(database.url)) as PostgresDatabase
  undo.push(() => store.destroy())
  await migrate(store)
  const pool = openPool({ max: 4, connect_ms: 10_000, answer_ms: 10_000 })
  undo.push(() => pool.end())
  const lines: { level: number; msg: string }[] = []
  const log = pino({ base: null }, { write: (line) => lines.push(JSON.parse(line)) })
  const info = { protocol: 2, lease_ms: 1000, name: 'here:1', version: '0.1.0' }
  const broken: Error[] = []
  const set = { add: () => {}, has: () => false }
  const driver = createDriver(pool, info, set, log, (error) => broken.push(error))
  undo.push(() => leave(driver))
  return { driver, pool, lines, broken }
}

const now = () => ({ mono_ms: performance.now(), wall_ms: Date.now() })
const token = { jti: randomUUID(), sub: randomUUID(), gen: 0, exp: 9e9 }
const request = () => ({ id: randomUUID(), jti: randomUUID(), user_id: undefined, reason: 'a test', now: Date.now() })

test('a node that leaves has given up its lease and its row, and takes no more revocations', async (t) => {
  const { driver, pool } = await openDriver(t)
  await join(driver, 30_000)
  assert.equal((await selectFleet(pool)).length, 1)
  assert.equal(check(driver.node, token, now()), 'live')
  const leaving = leave(driver)
  assert.equal(check(driver.node, token, now()), 'ask', 'before the row is deleted')
  await leaving
  assert.equal((await selectFleet(pool)).length, 0)
  await assert.rejects(revoke(driver, request()), Unconfirmed)
})

test('a revocation that waits while the node leaves is given up', async (t) => {
  const { driver } = await openDriver(t)
  await join(driver, 30_000)
  const waiting = assert.rejects(revoke(driver, request()), Unconfirmed)
  await leave(driver)
  await waiting
})

test('a revocation that arrives while the node deletes its row is given up', async (t) => {
  const { driver } = await openDriver(t)
  await join(driver, 30_000)
  const leaving = leave(driver)
  const late = assert.rejects(revoke(driver, request()), Unconfirmed)
  await leaving
  await late
  assert.equal(driver.waiting.size, 0)
})

test('a node in an excluded state gives up its lease, answers its callers, says so once, and does no more', async (t) => {
  const { driver, lines, broken } = await openDriver(t)
  await join(driver, 30_000)
  driver.node.renewal.id = undefined
  const waiting = assert.rejects(revoke(driver, request()), Unconfirmed)
  dispatch(driver, { kind: 'tick' })
  await waiting
  assert.equal(check(driver.node, token, now()), 'ask')
  assert.deepEqual(
    lines.filter(({ level }) => level === 60).map(({ msg }) => msg),
    ['the revocation protocol is broken: this node stops answering from memory'],
  )
  assert.deepEqual(
    broken.map(({ name }) => name),
    ['InvariantError'],
  )
  await leave(driver)
})

test('a node that gets no lease in time says so, and can leave', async (t) => {
  const { driver, pool } = await openDriver(t)
  const holder = await pool.connect()
  await holder.query('begin')
  await holder.query('lock table node in share mode')
  await assert.rejects(join(driver, 1000), /^StoreError: the node got no lease within 1 s/)
  await holder.query('rollback')
  holder.release()
  await leave(driver)
})
