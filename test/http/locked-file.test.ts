// Another process holds the write lock of the SQLite file, as a backup tool or a shell may do for a long time.

import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { decodeJwt } from 'jose'
import { createSqlite, open } from '../support/databases.ts'
import { latchkey } from '../support/process/latchkey.ts'
import { startProcess } from '../support/process/server.ts'
import { account } from '../support/service.ts'

async function startBeside(t: Parameters<typeof open>[0]) {
  const { database, undo } = await open(t, createSqlite)
  const server = await startProcess({ DATABASE_URL: database.url })
  undo.push(server.stop)
  const registered = await server.call('POST', '/auth/register', { json: account })
  const token = registered.json.access_token as string
  // This process is the other one, because the server is a process of its own.
  const other = new DatabaseSync(database.url.replace('sqlite:', ''), { timeout: 5000 })
  undo.push(async () => other.close())
  return { database, server, token, other }
}

const reads: [path: string, status: number][] = [
  ['/auth/check', 204],
  ['/auth/user', 200],
  ['/tokens', 200],
  ['/widgets', 200],
  ['//healthz', 200],
  ['//readyz', 200],
  ['//metrics', 200],
]

test('checks, probes and lists are answered while a login waits for the lock, and the login then succeeds', async (t) => {
  const { server, token, other } = await startBeside(t)
  other.exec('begin immediate')
  let settled = 0
  const logins = Array.from({ length: 5 }, () =>
    server.call('POST', '/auth/login', { json: account }).finally(() => {
      settled++
    }),
  )
  for (let round = 0; round < 10; round++) {
    for (const [path, status] of reads) {
      const answer = await server.call('GET', path, { token })
      assert.equal(answer.status, status, `${path}: ${answer.text}`)
    }
  }
  assert.equal(settled, 0, 'no login has been answered')
  other.exec('commit')
  for (const { status } of await Promise.all(logins)) assert.equal(status, 200)
})

test('a check reads what the other process has committed, although that process has the lock again', async (t) => {
  const { server, token, other } = await startBeside(t)
  const { jti, exp } = decodeJwt(token)
  other.exec('begin immediate')
  other.prepare('insert into revocation (jti, expires_at) values (?, ?)').run(jti as string, Number(exp) * 1000)
  const before = await server.call('GET', '/auth/check', { token })
  const waiting = server.call('POST', '/auth/login', { json: account })
  other.exec('commit; begin immediate')
  const after = await server.call('GET', '/auth/check', { token })
  assert.deepEqual([before.status, after.status], [204, 401])
  other.exec('commit')
  await waiting
})

test('checks do not wait for a server that has to write a new key', async (t) => {
  const { database, server, token, other } = await startBeside(t)
  other.exec(`begin immediate; update signing_key set retired_at = 1; commit; begin immediate`)
  let settled = false
  const login = server.call('POST', '/auth/login', { json: account }).finally(() => {
    settled = true
  })
  for (const [path, status] of reads) assert.equal((await server.call('GET', path, { token })).status, status, path)
  assert.ok(!settled, 'the login still waits')
  other.exec('commit')
  await login
  assert.equal((await server.call('POST', '/auth/login', { json: account })).status, 200)
  assert.equal((await latchkey(['user', 'list'], { DATABASE_URL: database.url })).code, 0)
})

test('a write that waits too long gets 503 with Retry-After, and the repeated request succeeds', async (t) => {
  const { server, token, other } = await startBeside(t)
  other.exec('begin immediate')
  const writes: [method: string, path: string, call: object, status: number][] = [
    ['POST', '/auth/login', { json: account }, 200],
    ['POST', '/auth/register', { json: { ...account, email: 'second@example.com' } }, 201],
    ['DELETE', `/tokens/${decodeJwt(token).jti}`, { token }, 200],
  ]
  const refused = await Promise.all(writes.map(([method, path, call]) => server.call(method, path, call)))
  for (const { status, json, headers } of refused) {
    assert.deepEqual(
      { status, json, retry: headers['retry-after'] },
      { status: 503, json: { status: 'fail', message: 'The database is temporarily unavailable' }, retry: '1' },
    )
  }
  assert.equal((await server.call('GET', '/auth/check', { token })).status, 204, 'the refused revocation did nothing')
  other.exec('commit')
  for (const [method, path, call, status] of writes) {
    assert.equal((await server.call(method, path, call)).status, status, path)
  }
  assert.equal((await server.call('GET', '/auth/check', { token })).status, 401)
})

test('a server starts, commands read, and a server stops while another process has the lock', async (t) => {
  const { database, server, token, other } = await startBeside(t)
  other.exec('begin immediate')
  const list = await latchkey(['token', 'list', account.email, '--json'], { DATABASE_URL: database.url })
  assert.equal(list.code, 0, list.stderr)
  assert.equal(JSON.parse(list.stdout).length, 1)
  const second = await startProcess({ DATABASE_URL: database.url })
  assert.equal((await second.call('GET', '/auth/check', { token })).status, 204)
  const disable = await latchkey(['user', 'disable', account.email], { DATABASE_URL: database.url })
  assert.deepEqual(disable, {
    code: 1,
    stdout: '',
    stderr: `latchkey: ${database.url.slice('sqlite:'.length)}: database is locked\n`,
  })
  assert.equal((await server.call('GET', '/auth/check', { token })).status, 204)
  const cut = second.call('POST', '/auth/login', { json: account })
  await second.call('GET', '//healthz')
  assert.equal(await second.stop(), 0)
  assert.equal((await cut).status, 503)
  other.exec('commit')
})
