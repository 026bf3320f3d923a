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
    `begin; set local session_replication_role = replica; truncate ${names.map((name) => `public.${name}`).join(', ')};
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

test('after only the log and the tokens are restored under two nodes, both nodes learn of later revocations', async (t) => {
  const { database, undo } = await open(t, createDatabase)
  const settings = { DATABASE_URL: database.url, LEASE_MS: '300' }
  const [a, b] = [await startProcess(settings), await startProcess(settings)]
  undo.push(a.kill, b.kill)
  const tokens = [
    await register(a, '1@example.com'),
    await register(a, '2@example.com'),
    await register(a, '3@example.com'),
  ]
  const client = new pg.Client(database.url)
  await client.connect()
  undo.push(() => client.end())
  await client.query('create schema dump; create table dump.token as table token')
  for (let i = 0; i < 20; i++) {
    const late = await register(a, `late-${i}@example.com`)
    assert.equal((await a.call('POST', '/auth/logout', { token: late })).status, 200)
  }
  await client.query(`begin; delete from revocation; delete from token; insert into token table dump.token;
    select setval('revocation_seq_seq', 1, false); commit`)
  for (const token of tokens) {
    assert.equal((await a.call('POST', '/auth/logout', { token })).status, 200)
    assert.deepEqual([await check(a, token), await check(b, token)], [401, 401])
  }
  const nodes: { lag: number }[] = JSON.parse((await latchkey(['fleet', '--json'], settings)).stdout)
  assert.ok(nodes.every(({ lag }) => lag >= 0))
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

test('after an SQLite file is restored, five revocations before the next look of the server are all found', async (t) => {
  const { database, undo } = await open(t, createSqlite)
  const path = database.url.slice('sqlite:'.length)
  const server = await startProcess({ DATABASE_URL: database.url })
  undo.push(server.kill)
  const tokens: string[] = []
  for (let i = 0; i < 5; i++) tokens.push(await register(server, `${i}@example.com`))
  const file = new DatabaseSync(path)
  undo.push(async () => file.close())
  await backup(file, `${path}.copy`)
  const revoke = (token: string) => {
    const { jti = '', exp = 0 } = decodeJwt(token)
    file.prepare('update token set revoked_at = 1 where jti = ?').run(jti)
    file.prepare('insert into revocation (jti, expires_at, mark) values (?, ?, ?)').run(jti, exp * 1000, `mark ${jti}`)
  }
  const late = [await register(server, 'late@example.com'), await register(server, 'later@example.com')]
  for (const token of late) revoke(token)
  for (const token of late) assert.equal(await check(server, token), 401)
  const copy = new DatabaseSync(`${path}.copy`)
  await backup(copy, path)
  copy.close()
  for (const token of tokens) revoke(token)
  for (const token of tokens) assert.equal(await check(server, token), 401)
})
