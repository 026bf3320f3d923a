import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Kysely, sql } from 'kysely'
import { createPruner } from '../../src/operation/housekeeping.ts'
import { onEachDatabase, open } from '../support/databases.ts'
import { account, startTestService, type TestService } from '../support/service.ts'

const hour_ms = 3_600_000
const day_ms = 24 * hour_ms
/** Tokens live for one hour. A round lasts two hours and ends with pruning. */
const logins = 3
const rounds_a_day = 12

async function countRows({ ports }: TestService, table: string): Promise<number> {
  const store = ports.store as unknown as Kysely<Record<string, object>>
  const { count } = await store.selectFrom(table).select(sql<number>`count(*)`.as('count')).executeTakeFirstOrThrow()
  return Number(count)
}

/** Logs in several times from a new address, revokes all tokens but one, and fails one login. */
async function runRound(service: TestService, number: number): Promise<void> {
  const headers = ['X-Forwarded-For', `10.0.${Math.floor(number / 250)}.${number % 250}`]
  const logIn = (password: string) =>
    service.call('POST', '/auth/login', { headers, json: { email: account.email, password } })
  for (let i = 0; i < logins; i++) {
    const { access_token: token } = (await logIn(account.password)).json
    if (i > 0) assert.equal((await service.call('POST', '/auth/logout', { token })).status, 200)
  }
  assert.equal((await logIn('wrong horse battery')).status, 401)
}

/** Inserts the row of a node that was killed. */
async function leaveDeadRow({ ports }: TestService, name: string): Promise<void> {
  await sql`insert into node (id, applied_seq, renewals, protocol, lease_ms, name, version)
    values (${name}, 0, 1, 2, 100, ${name}, '0.1.0')`.execute(ports.store)
}

async function untilOneNode({ ports }: TestService): Promise<void> {
  const behind = sql`select from node where applied_seq < (select max(seq) from revocation)`
  for (;;) {
    const { rows } = await sql<{ nodes: number }>`select count(*) as nodes from node`.execute(ports.store)
    if (rows[0]?.nodes === 1 && (await behind.execute(ports.store)).rows.length === 0) return
    await new Promise(setImmediate)
  }
}

onEachDatabase('a week of logins', (create, kind) => {
  test('leaves only rows that are still needed', async (t) => {
    const { database, undo } = await open(t, create)
    // The clock stays behind the database's clock, because the earlier clock of both decides.
    let now = Date.now() - 120 * day_ms
    const settings = {
      TOKEN_TTL_SECONDS: '3600',
      TRUST_PROXY: 'loopback',
      LOGIN_LIMIT_ACCOUNT: '1000',
      LOGIN_LIMIT_ADDRESS: '1000',
    }
    const service = await startTestService(database, settings, () => now)
    undo.push(service.stop)
    const prune = createPruner(service.ports)
    await service.register()
    for (let day = 0; day < 7; day++) {
      if (kind === 'postgres') await leaveDeadRow(service, `dead-${day}`)
      for (let round = 0; round < rounds_a_day; round++) {
        await runRound(service, day * rounds_a_day + round)
        now += 2 * hour_ms
        await prune()
      }
      if (kind === 'postgres') await untilOneNode(service)
      await prune()
      assert.ok((await countRows(service, 'token')) <= logins, `tokens after day ${day}`)
      assert.ok((await countRows(service, 'revocation')) <= 2 * logins, `the log after day ${day}`)
      assert.ok(service.ports.revocation.size() <= 2 * logins, `entries in memory after day ${day}`)
      assert.ok(service.ports.revocation.isReady(), `/readyz after day ${day}`)
      if (kind === 'postgres') {
        // The counts have the time of the real clock, which the service's clock does not reach.
        await sql`update login_failure set expire = ${now - 2 * hour_ms}`.execute(service.ports.store)
        await prune()
        assert.equal(await countRows(service, 'login_failure'), 0, `failures after day ${day}`)
      }
    }
    assert.equal(await countRows(service, 'signing_key'), 2, 'the key that signs, and the next one')
    assert.equal(await countRows(service, 'known_address'), 1 + 7 * rounds_a_day, 'known for 90 days')
    now += 90 * day_ms
    await prune()
    assert.equal(await countRows(service, 'known_address'), 0)
  })

  test('a link leaves no row when it has expired', async (t) => {
    const { database, undo } = await open(t, create)
    const now = Date.now()
    const service = await startTestService(database, {}, () => now)
    undo.push(service.stop)
    const { store } = service.ports
    const link = { user_id: 'u', purpose: 'reset', state: 's' }
    const expired = Array.from({ length: 450 }, (_, i) => ({ ...link, hash: `h${i}`, expires_at: now - 1000 }))
    const live = { ...link, hash: 'live', expires_at: now + 60_000 }
    await store
      .insertInto('mailed_link')
      .values([...expired, live])
      .execute()
    await createPruner(service.ports)()
    const rows = await store.selectFrom('mailed_link').select('hash').execute()
    assert.deepEqual(
      rows.map(({ hash }) => hash),
      ['live'],
    )
  })

  if (kind === 'postgres') {
    test('the log keeps entries that a node has not read, and never deletes the entry of a key', async (t) => {
      const { database, undo } = await open(t, create)
      let now = Date.now() - 120 * day_ms
      const service = await startTestService(database, { LEASE_MS: '60000' }, () => now)
      undo.push(service.stop)
      const prune = createPruner(service.ports)
      const token = await service.register()
      const { jti } = JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString())
      await leaveDeadRow(service, 'slow')
      const logout = service.call('POST', '/auth/logout', { token })
      while ((await countRows(service, 'revocation')) === 0) await new Promise(setImmediate)
      await sql`insert into revocation (jti, expires_at) values (${'k'.repeat(43)}, ${Number.MAX_SAFE_INTEGER}),
        ('00000000-0000-7000-8000-000000000000', 0)`.execute(service.ports.store)
      now += 7 * day_ms
      const pruning = prune()
      while ((await countRows(service, 'revocation')) < 4) await new Promise(setImmediate)
      await sql`update node set applied_seq = (select max(seq) from revocation), renewals = 2 where id = 'slow'`.execute(
        service.ports.store,
      )
      assert.equal((await logout).status, 200)
      await pruning
      // The service updates its own row at its next read of the log.
      while ((await countRows(service, 'revocation')) > 3) await prune()
      const left = await service.ports.store.selectFrom('revocation').select('jti').orderBy('seq').execute()
      assert.deepEqual(
        left.map(({ jti }) => jti),
        [jti, 'k'.repeat(43), 'horizon'],
        'the entry whose token expires at the horizon stays until the horizon rises',
      )
    })
  }
})
