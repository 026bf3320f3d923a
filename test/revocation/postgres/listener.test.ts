import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import pg from 'pg'
import { pino } from 'pino'
import { createListener } from '../../../src/revocation/postgres/listener.ts'

test('a listener tries less and less often to reach a database that refuses', async (t) => {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as { port: number }
  const pool = new pg.Pool({ host: '127.0.0.1', port, user: 'u' })
  const listener = createListener(pool, pino({ level: 'silent' }), { hint() {}, onMade() {} })
  const untilRefused = async () => {
    while (pool.totalCount > 0) await new Promise(setImmediate)
  }
  t.mock.timers.enable({ apis: ['setTimeout'] })
  listener.start()
  await untilRefused()
  for (const pause_ms of [500, 1000, 2000, 4000, 5000, 5000]) {
    t.mock.timers.tick(pause_ms - 1)
    assert.equal(pool.totalCount, 0, `an attempt before ${pause_ms} ms`)
    t.mock.timers.tick(1)
    assert.equal(pool.totalCount, 1, `no attempt after ${pause_ms} ms`)
    await untilRefused()
  }
  listener.stop()
  t.mock.timers.tick(60_000)
  assert.equal(pool.totalCount, 0)
})
