// The password of the database's role changes while a server runs.

import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import pg from 'pg'
import { latchkey } from '../support/process/latchkey.ts'
import { createPostgres } from '../support/process/postgres.ts'
import { startProcess } from '../support/process/server.ts'
import { account } from '../support/service.ts'

const rules = `local all all trust
host all app 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
`

test('a rotated password is 503 and one line with the cause, and an end when the password fits again', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-rotated-'))
  const hba = join(folder, 'pg_hba.conf')
  writeFileSync(hba, rules, { mode: 0o644 })
  const undo: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  t.after(async () => {
    for (const step of undo.toReversed()) await step()
  })
  chmodSync(folder, 0o755)
  const postgres = await createPostgres({ settings: [`hba_file=${hba}`] })
  undo.push(postgres.remove)
  const operator = new pg.Client(postgres.url)
  await operator.connect()
  undo.push(() => operator.end())
  await operator.query(`create role app login password 'the first'`)
  await operator.query('create database app owner app')
  const DATABASE_URL = `postgres://app:the%20first@127.0.0.1:${postgres.port}/app`
  const server = await startProcess({ DATABASE_URL, LOG_LEVEL: 'info' })
  undo.push(server.stop)
  const { json } = await server.call('POST', '/auth/register', { json: account })
  assert.ok(json.access_token)

  await operator.query(`alter role app password 'the second'`)
  await operator.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'`)
  const login = () => server.call('POST', '/auth/login', { json: account })
  for (let i = 0; i < 5; i++) {
    const { status, headers } = await login()
    assert.deepEqual([status, headers['retry-after']], [503, '1'])
  }
  assert.match(server.output(), /"why":"password authentication failed for user \\"app\\""/)
  assert.ok(!server.output().includes('the first'))
  const { code, stderr } = await latchkey(['user', 'list'], { DATABASE_URL })
  assert.equal(code, 1)
  assert.match(stderr, /password authentication failed for user "app"/)

  await operator.query(`alter role app password 'the first'`)
  while ((await login()).status === 503) await new Promise((resolve) => setTimeout(resolve, 100))
  assert.equal((await login()).status, 200)
  // The log of revocations may be read again later than a login succeeds. The time limit of the test ends the loop.
  while (!server.output().includes('resolved')) await new Promise(setImmediate)
})
