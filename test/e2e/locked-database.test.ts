import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { openDatabase } from '../../src/store/open.ts'
import { open } from '../support/databases.ts'
import { createDatabase } from '../support/process/database.ts'
import { account, startTestService } from '../support/service.ts'

const waiting = `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`

async function openLocked(t: Parameters<typeof open>[0]) {
  const { database, undo } = await open(t, createDatabase)
  const service = await startTestService(database, { LEASE_MS: '300' })
  undo.push(service.stop)
  const token = await service.register()
  const other = new pg.Client({ connectionString: database.url, application_name: 'other' })
  await other.connect()
  undo.push(() => other.end())
  return { database, service, token, other }
}

test('a login that waits for a lock gets 503, and its statement ends on the server too', async (t) => {
  const { service, other } = await openLocked(t)
  await other.query('begin; select from "user" for update')
  const { status, headers } = await service.call('POST', '/auth/login', { json: account })
  assert.deepEqual([status, headers['retry-after']], [503, '1'])
  assert.equal((await other.query(waiting)).rowCount, 0)
  await other.query('rollback')
  assert.equal((await service.call('POST', '/auth/login', { json: account })).status, 200)
})

test('while a table is locked, as by VACUUM FULL, retries leave no waiting connections behind', async (t) => {
  const { service, token, other } = await openLocked(t)
  await other.query('begin; lock table token in access exclusive mode')
  let answered = false
  const revoking = service.call('POST', '/auth/logout', { token }).finally(() => {
    answered = true
  })
  // Each attempt to append has another connection.
  const pids = new Set<number>()
  let most = 0
  while (!answered) {
    const { rows } = await other.query<{ pid: number }>(waiting)
    for (const { pid } of rows) pids.add(pid)
    most = Math.max(most, rows.length)
  }
  assert.ok(pids.size > 1)
  assert.equal(most, 1)
  await other.query('rollback')
  assert.equal((await revoking).status, 503)
  const again = await service.call('POST', '/auth/logout', { token })
  assert.ok([200, 401].includes(again.status), String(again.status))
  assert.equal((await service.call('GET', '/auth/check', { token })).status, 401)
})

test('a transaction of a process that stands still gives its locks back', async (t) => {
  const { database, service } = await openLocked(t)
  const stopped = await openDatabase(database.url)
  assert.ok(stopped.kind === 'postgres')
  const client = await stopped.pool.connect()
  await client.query('begin')
  await client.query('select from "user" for update')
  assert.equal((await service.call('POST', '/auth/login', { json: account })).status, 200)
  client.release(true)
  await stopped.store.destroy()
})
