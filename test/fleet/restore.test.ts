// Restores a backup while servers run. Later revocations must take effect, although the log has gone back.

import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { backup, DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import pg from 'pg'
import { createSqlite, open } from '../support/databases.ts'
import { createDatabase } from '../support/process/database.ts'
import { latchkey } from '../support/process/latchkey.ts'
import { type ServerProcess, startProcess } from '../support/process/server.ts'

const password = 'correct horse battery'

async function register(server: ServerProcess, email: string): Promise<string> {
  const { status, text, json } = await server.call('POST', '/auth/register', { json: { email, password } })
  assert.equal(status, 201, text)
  return json.access_token
}

const check = async (server: ServerProcess, token: string) =>
  (await server.call('GET', '/auth/check', { token })).status

test('after a dump is restored under two nodes, both nodes learn of later revocations', async (t) => {
  const { database, undo } = await open(t, createDatabase)
  const settings = { DATABASE_URL: database.url }
  const [a, b] = [await startProcess(settings), await startProcess(settings)]
  undo.push(a.kill, b.kill)
  const [first, second] = [await register(a, 'first@example.com'), await register(a, 'second@example.com')]
  const client = new pg.Client(database.url)
  await client.connect()
  undo.push(() => client.end())
  const { rows } = await client.query<{ name: string }>(
    `select quote_ident(tablename) as name from pg_tables where schemaname = 'public' and tablename not like 'kysely%'`,
  )
  const names = rows.map(({ name }) => name)
  // As pg_dump and pg_restore --data-only do, unlogged tables included.
  await client.query(
    `create schema dump; ${names.map((name) => `create table dump.${name} as table public.${name}`).join('; ')}`,
  )
  const late = await register(a, 'late@example.com')
  assert.equal((await a.call('POST', '/auth/logout', { token: late })).status, 200)
  await client.query(
    `begin; truncate ${names.map((name) => `public.${name}`).join(', ')};
     ${names.map((name) => `insert into public.${name} table dump.${name}`).join('; ')};
     select setval('revocation_seq_seq', 1, false); commit`,
  )
  assert.deepEqual([await check(a, first), await check(b, first)], [204, 204])
  assert.equal((await a.call('POST', '/auth/logout', { token: first })).status, 200)
  assert.deepEqual([await check(a, first), await check(b, first)], [401, 401])
  const { code, stderr } = await latchkey(['key', 'revoke', decodeProtectedHeader(second).kid as string], settings)
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  assert.deepEqual([await check(a, second), await check(b, second)], [401, 401])
})

test('after an SQLite file is restored under a server, the server learns of later revocations', async (t) => {
  const { database, undo } = await open(t, createSqlite)
  const path = database.url.slice('sqlite:'.length)
  const settings = { DATABASE_URL: database.url }
  const server = await startProcess(settings)
  undo.push(server.kill)
  const [first, second] = [await register(server, 'first@example.com'), await register(server, 'second@example.com')]
  const copy = async (from: string, to: string) => {
    const source = new DatabaseSync(from)
    await backup(source, to)
    source.close()
  }
  await copy(path, `${path}.copy`)
  undo.push(async () => rmSync(`${path}.copy`))
  const late = decodeJwt(await register(server, 'late@example.com')).jti as string
  assert.equal((await latchkey(['token', 'revoke', late], settings)).code, 0)
  assert.equal(await check(server, first), 204, 'the server has read the log')
  await copy(`${path}.copy`, path)
  assert.deepEqual([await check(server, first), await check(server, second)], [204, 204])
  assert.equal((await latchkey(['token', 'revoke', decodeJwt(first).jti as string], settings)).code, 0)
  assert.equal(await check(server, first), 401)
  const { code } = await latchkey(['key', 'revoke', decodeProtectedHeader(second).kid as string], settings)
  assert.equal(code, 0)
  assert.equal(await check(server, second), 401)
})
