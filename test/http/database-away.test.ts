import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { open } from '../support/databases.ts'
import { createDatabase } from '../support/process/database.ts'
import { createProxy } from '../support/process/proxy.ts'
import { startTestService } from '../support/service.ts'

const selectLockWaits = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`

test('a revocation gets 503 and Retry-After if its connection breaks, and succeeds when repeated', async (t) => {
  const { database, undo } = await open(t, createDatabase)
  const url = new URL(database.url)
  const proxy = await createProxy(Number(url.port))
  undo.push(proxy.close)
  url.port = String(proxy.port)
  const service = await startTestService({ ...database, url: url.href })
  undo.push(service.stop)
  const token = await service.register()
  const other = new pg.Client(database.url)
  await other.connect()
  undo.push(() => other.end())

  await other.query('begin')
  await other.query('select from "user" for update')
  const revoking = service.call('DELETE', '/tokens', { token })
  while ((await other.query(selectLockWaits)).rowCount === 0) await new Promise(setImmediate)
  proxy.reset()
  const { status, json, headers } = await revoking
  assert.deepEqual(
    { status, json, retry: headers['retry-after'] },
    { status: 503, json: { status: 'fail', message: 'The database is temporarily unavailable' }, retry: '1' },
  )
  await other.query('rollback')
  proxy.heal()
  assert.equal((await service.call('DELETE', '/tokens', { token })).status, 200)
  assert.equal((await service.call('GET', '/auth/check', { token })).status, 401)
})
