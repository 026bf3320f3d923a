// The SQLite file cannot grow any more. A limit on the size of the server's files stands for the full disk: the system
// refuses to write beyond the limit, and the test needs no rights of root.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { test } from 'node:test'
import { decodeJwt } from 'jose'
import { createSqlite, open } from '../support/databases.ts'
import { startProcess } from '../support/process/server.ts'
import { account } from '../support/service.ts'

/** Sets the soft limit, which a process may raise again. `prlimit` is a part of util-linux. */
function limitFiles(pid: number, bytes: number | 'unlimited'): void {
  execFileSync('sh', ['-c', 'prlimit --pid "$0" --fsize="$1":', String(pid), String(bytes)])
}

test('on a full disk checks and lists go on, everything that writes and /readyz get 503, and both end with the trouble', async (t) => {
  const { database, undo } = await open(t, createSqlite)
  const path = database.url.replace('sqlite:', '')
  const server = await startProcess({ DATABASE_URL: database.url, LOG_LEVEL: 'info' })
  undo.push(server.stop)
  const { json } = await server.call('POST', '/auth/register', { json: account })
  const token = json.access_token as string
  const { jti } = decodeJwt(token)
  const writes: [method: string, path: string, call: object, status: number][] = [
    ['POST', '/auth/login', { json: account }, 200],
    ['POST', '/auth/register', { json: { ...account, email: 'second@example.com' } }, 201],
    ['DELETE', `/tokens/${jti}`, { token }, 200],
  ]
  const ready = async () => (await server.call('GET', '//readyz')).status
  assert.equal(await ready(), 200)

  limitFiles(server.pid, statSync(`${path}-wal`).size)
  for (const [method, path, call] of writes) {
    const { status, json, headers } = await server.call(method, path, call)
    assert.deepEqual(
      { path, status, json, retry: headers['retry-after'] },
      {
        path,
        status: 503,
        json: { status: 'fail', message: 'The database is temporarily unavailable' },
        retry: '1',
      },
    )
    assert.equal(await ready(), 503)
  }
  for (const [path, status] of [
    ['/auth/check', 204],
    ['/auth/user', 200],
    ['/tokens', 200],
    ['//healthz', 200],
  ] as const) {
    assert.equal((await server.call('GET', path, { token })).status, status, path)
  }

  limitFiles(server.pid, 'unlimited')
  assert.equal(await ready(), 200)
  for (const [method, path, call, status] of writes) {
    assert.equal((await server.call(method, path, call)).status, status, path)
  }
  assert.equal((await server.call('GET', '/auth/check', { token })).status, 401)
  assert.doesNotMatch(server.output(), /no transaction is active|"level":50/)
})
