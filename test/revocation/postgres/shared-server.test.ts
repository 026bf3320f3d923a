// What other databases, roles and sessions of the same PostgreSQL server hold or use up stops no revocation.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import pg from 'pg'
import { open } from '../../support/databases.ts'
import { createDatabase } from '../../support/process/database.ts'
import { latchkey } from '../../support/process/latchkey.ts'
import { createPostgres } from '../../support/process/postgres.ts'
import { account, startTestService } from '../../support/service.ts'

async function connect(url: string, undo: (() => Promise<unknown>)[]): Promise<pg.Client> {
  const client = new pg.Client(url)
  await client.connect()
  client.on('error', () => {})
  undo.push(() => client.end())
  return client
}

test('a full queue of notifications stops no revocation and no login', async (t) => {
  const server = await createPostgres({ settings: ['max_notify_queue_pages=64'] })
  const undo: (() => Promise<unknown>)[] = [server.remove]
  t.after(async () => {
    for (const step of undo.toReversed()) await step()
  })
  const stranger = await connect(server.url, undo)
  await stranger.query('create database latchkey')
  const url = server.url.replace(/postgres$/, 'latchkey')
  const [first, second] = [
    await startTestService({ url, remove: async () => {} }),
    await startTestService({ url, remove: async () => {} }),
  ]
  undo.push(first.stop, second.stop)
  const [token, other] = [await first.register(), await first.logIn()]
  // Statements of their own: a listener counts from its commit, and an open transaction then holds the queue.
  await stranger.query('listen something')
  await stranger.query('begin; select 1')
  const sender = await connect(server.url, undo)
  const fill = async () => {
    for (;;) await sender.query(`select pg_notify('something', repeat(md5(random()::text), 218))`)
  }
  await assert.rejects(fill, /too many notifications/)
  const check = async (service: typeof first, token: string) =>
    (await service.call('GET', '/auth/check', { token })).status
  assert.equal((await first.call('POST', '/auth/logout', { token })).status, 200)
  assert.equal(await check(second, token), 401)
  assert.equal((await first.call('DELETE', '/tokens', { token: other })).status, 200)
  assert.equal(await check(second, other), 401)
  assert.equal(await check(second, await first.logIn()), 204)
  const disabled = await latchkey(['user', 'disable', account.email], { DATABASE_URL: url })
  assert.deepEqual([disabled.code, disabled.stderr], [0, ''])
})

test('a role that may only connect, and holds advisory locks, stops no revocation, no login and no node', async (t) => {
  const { database, undo } = await open(t, createDatabase)
  const owner = await connect(database.url, undo)
  const role = `stranger_${randomBytes(4).toString('hex')}`
  await owner.query(`create role ${role} login`)
  undo.push(() => owner.query(`drop role ${role}`))
  const url = new URL(database.url)
  url.username = role
  const stranger = await connect(url.href, [])
  for (const key of [7236001, 7236002, '3853314791062309107']) {
    await stranger.query('select pg_advisory_lock($1)', [key])
  }
  const service = await startTestService(database)
  undo.push(service.stop)
  const token = await service.register()
  assert.equal((await service.call('DELETE', '/tokens', { token })).status, 200)
  const joining = await startTestService(database)
  undo.push(joining.stop)
  assert.equal((await joining.call('GET', '/auth/check', { token })).status, 401)
  assert.equal((await joining.call('POST', '/auth/logout', { token: await service.logIn() })).status, 200)
  await stranger.end()
})

test('a row that is older than 24.9 days stops neither servers nor commands', async (t) => {
  const { database, undo } = await open(t, createDatabase)
  const settings = { DATABASE_URL: database.url }
  assert.equal((await latchkey(['db', 'migrate'], settings)).code, 0)
  const client = await connect(database.url, undo)
  const insert = (protocol: number) =>
    client.query(
      `insert into node (id, applied_seq, renewals, protocol, lease_ms, name, version, renewed_at)
       values ('old', 7, 9e15, $1, 100, 'old:1', '0.0.1', clock_timestamp() - interval '400 days')`,
      [protocol],
    )
  await insert(2)
  const listed = await latchkey(['fleet', '--json'], settings)
  assert.equal(listed.code, 0, listed.stderr)
  const [row] = JSON.parse(listed.stdout)
  assert.ok(row.renewed_ms_ago > 399 * 86_400_000)
  assert.deepEqual([row.lag, row.lease_left_ms], [0, 0], 'a row is never ahead of the log')
  const service = await startTestService(database, { LEASE_MS: '100' })
  const token = await service.register()
  assert.equal((await service.call('POST', '/auth/logout', { token })).status, 200)
  await service.logIn()
  await service.stop()
  for (const args of [['user', 'disable', account.email], ['token', 'revoke', '--user', account.email], ['fleet']]) {
    await client.query('delete from node')
    await insert(2)
    const { code, stderr } = await latchkey(args, settings)
    assert.deepEqual([code, stderr], [0, ''], args.join(' '))
  }
})

test('a token whose row another session has locked delays no revocation of another token', async (t) => {
  const { database, undo } = await open(t, createDatabase)
  const service = await startTestService(database)
  undo.push(service.stop)
  const [held, token] = [await service.register(), await service.logIn()]
  const stranger = await connect(database.url, undo)
  const idOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString()).jti
  await stranger.query('begin')
  await stranger.query('select from token where jti = $1 for update', [idOf(held)])
  const waiting = service.call('POST', '/auth/logout', { token: held })
  assert.equal((await service.call('POST', '/auth/logout', { token })).status, 200)
  assert.equal((await service.call('GET', '/auth/check', { token: held })).status, 204)
  await stranger.query('rollback')
  assert.equal((await waiting).status, 200)
  assert.equal((await service.call('GET', '/auth/check', { token: held })).status, 401)
})
