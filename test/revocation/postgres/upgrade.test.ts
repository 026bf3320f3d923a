import assert from 'node:assert/strict'
import { randomUUID, randomUUIDv7 } from 'node:crypto'
import { test } from 'node:test'
import { Migrator } from 'kysely/migration'
import pg from 'pg'
import { importPrivate, makeKeyPair } from '../../../src/keys/keyring.ts'
import * as initial from '../../../src/store/migrations/0001-initial.ts'
import { openDatabase } from '../../../src/store/open.ts'
import { signToken } from '../../../src/tokens/sign.ts'
import { onEachDatabase, open } from '../../support/databases.ts'
import { createDatabase } from '../../support/process/database.ts'
import { latchkey } from '../../support/process/latchkey.ts'
import { startProcess } from '../../support/process/server.ts'
import { account, quickSettings, send, startTestService } from '../../support/service.ts'

/** Inserts the row of another node and renews it until the returned function is called. */
async function startForeignNode(url: string, protocol: number, lease_ms: number) {
  const client = new pg.Client(url)
  await client.connect()
  await client.query(
    `insert into node (id, applied_seq, renewals, protocol, lease_ms, name, version)
     values ('foreign', 0, 0, $1, $2, 'elsewhere:1', '9.9.9')`,
    [protocol, lease_ms],
  )
  let alive = true
  const renewing = (async () => {
    while (alive) await client.query('update node set renewals = renewals + 1')
  })()
  return async () => {
    alive = false
    await renewing
    await client.end()
  }
}

const serve = (url: string, settings: Record<string, string> = {}) =>
  latchkey(['serve'], { ...quickSettings, DATABASE_URL: url, ...settings })

for (const { name, protocol, lease_ms, message } of [
  {
    name: 'another version of the protocol',
    protocol: 3,
    lease_ms: 100,
    message: 'the fleet in this database speaks protocol 3 (Latchkey 9.9.9), this one 2',
  },
  {
    name: 'another LEASE_MS',
    protocol: 2,
    lease_ms: 150,
    message: 'LEASE_MS is 100 here, but the fleet in this database runs with 150; a fleet has one length of lease',
  },
]) {
  test(`a node does not join a fleet with ${name}, and prints one line`, async (t) => {
    const { database, undo } = await open(t, createDatabase)
    assert.equal((await latchkey(['db', 'migrate'], { DATABASE_URL: database.url })).code, 0)
    undo.push(await startForeignNode(database.url, protocol, lease_ms))
    const { code, stderr } = await serve(database.url, { LEASE_MS: '100' })
    assert.deepEqual([code, stderr], [1, `latchkey: ${message}\n`])
  })
}

test('rows of dead nodes with another LEASE_MS or protocol do not keep a node from joining', async (t) => {
  const { database, undo } = await open(t, createDatabase)
  assert.equal((await latchkey(['db', 'migrate'], { DATABASE_URL: database.url })).code, 0)
  for (const [protocol, lease_ms] of [
    [2, 150],
    [1, 100],
  ] as const) {
    await (await startForeignNode(database.url, protocol, lease_ms))()
    const service = await startTestService(database, { LEASE_MS: '100' })
    undo.push(service.stop)
    const nodes = JSON.parse((await latchkey(['fleet', '--json'], { DATABASE_URL: database.url })).stdout)
    assert.deepEqual(
      nodes.filter(({ name }: { name: string }) => name === 'elsewhere:1'),
      [],
    )
  }
})

test('a command waits for the leases of the fleet, and its own LEASE_MS does not count', async (t) => {
  const { database, undo } = await open(t, createDatabase)
  const server = await startProcess({ DATABASE_URL: database.url, LEASE_MS: '4000' })
  undo.push(server.kill)
  const registered = await server.call('POST', '/auth/register', { json: account })
  const token = registered.json.access_token as string
  const { jti } = JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString())
  assert.equal((await server.call('GET', '/auth/check', { token })).status, 204)
  process.kill(server.pid, 'SIGSTOP')
  const revoked = await latchkey(['token', 'revoke', jti], { DATABASE_URL: database.url, LEASE_MS: '100' })
  const racing = Array.from({ length: 16 }, () => send(server.address, 'GET', '/auth/check', { token }))
  process.kill(server.pid, 'SIGCONT')
  assert.equal(revoked.code, 0, revoked.stderr)
  for (const { status } of await Promise.all(racing)) assert.equal(status, 401)
})

/** Creates a database as the version before the fleet did: one user with a live and a revoked token. */
async function createOldDatabase(url: string) {
  const { store } = await openDatabase(url)
  const old = { '0001-initial': initial }
  await new Migrator({ db: store, provider: { getMigrations: async () => old } }).migrateToLatest()
  const pair = await makeKeyPair('ES256')
  const { private_jwk, public_jwk, ...names } = pair
  await store
    .insertInto('signing_key')
    .values({
      ...names,
      public_jwk: JSON.stringify(public_jwk),
      private_jwk: JSON.stringify(private_jwk),
      created_at: 1,
      retired_at: null,
    } as never)
    .execute()
  const id = randomUUID()
  await store
    .insertInto('user')
    .values({ id, email: 'old@example.com', password_hash: 'x', admin: 0, created_at: 1 } as never)
    .execute()
  const key = await importPrivate(pair)
  const now = Date.now()
  const iat = Math.floor(now / 1000)
  const issue = async (revoked_at: number | null) => {
    const claims = { iss: 'latchkey', sub: id, admin: false, jti: randomUUIDv7(), gen: 0, iat, exp: iat + 900 }
    const row = { jti: claims.jti, user_id: id, kid: pair.kid, description: 'old', ip: '::1', issued_at: now }
    const expires_at = claims.exp * 1000
    await store
      .insertInto('token')
      .values({ ...row, expires_at, revoked_at } as never)
      .execute()
    if (revoked_at !== null)
      await store
        .insertInto('revocation')
        .values({ jti: claims.jti, expires_at } as never)
        .execute()
    return signToken(key, claims)
  }
  const tokens = { live: await issue(null), revoked: await issue(now) }
  await store.destroy()
  return tokens
}

onEachDatabase('a database of the version before the fleet', (create) => {
  test('is migrated at the start and keeps its accounts, keys, tokens and revocations', async (t) => {
    const { database, undo } = await open(t, create)
    const { live, revoked } = await createOldDatabase(database.url)
    const service = await startTestService(database)
    undo.push(service.stop)
    const check = async (token: string) => (await service.call('GET', '/auth/check', { token })).status
    assert.deepEqual([await check(live), await check(revoked)], [204, 401])
    assert.equal((await service.call('GET', '/auth/user', { token: live })).json.email, 'old@example.com')
    assert.equal((await service.call('POST', '/auth/logout', { token: live })).status, 200)
    assert.equal(await check(live), 401)
    assert.equal(await check(await service.register()), 204)
  })
})
