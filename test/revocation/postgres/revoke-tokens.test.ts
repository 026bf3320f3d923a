// The rule which tokens a revocation can end stands in two places: in the function `revoke_tokens` of the database, and in a
// condition for the query builder. Both must end the same tokens.

import assert from 'node:assert/strict'
import { randomUUID, randomUUIDv7 } from 'node:crypto'
import { test } from 'node:test'
import pg from 'pg'
import { factOf } from '../../../src/audit/append.ts'
import { execute } from '../../../src/revocation/postgres/records.ts'
import type { Answer } from '../../../src/revocation/protocol/messages.ts'
import { isEndable } from '../../../src/revocation/records.ts'
import { openDatabase } from '../../../src/store/open.ts'
import type { PostgresDatabase } from '../../../src/store/postgres.ts'
import { open } from '../../support/databases.ts'
import { createDatabase, openMigrated } from '../../support/process/database.ts'
import { startTestService } from '../../support/service.ts'

const now = 2_000_000_000_000
const info = { protocol: 2, lease_ms: 1000, name: 'here:1', version: '0.1.0' }

test('the function and the condition end the same tokens', async (t) => {
  const { database, undo } = await open(t, createDatabase)
  const { ports, stop } = await startTestService(database)
  undo.push(stop)
  const { store } = ports
  const [owner, other] = [randomUUID(), randomUUID()]
  for (const id of [owner, other]) {
    const user = { id, email: `${id}@example.com`, password_hash: 'x', admin: 0, created_at: 1 }
    await store
      .insertInto('user')
      .values(user as never)
      .execute()
  }
  await store.updateTable('user').set({ generation: 2 }).execute()
  const rows = [now + 1, now - 1].flatMap((expires_at) =>
    [1, 2, 3].flatMap((generation) =>
      [null, now - 5].flatMap((revoked_at) =>
        [owner, other].map((user_id) => ({
          jti: randomUUIDv7(),
          user_id,
          kid: 'k',
          description: 'x',
          ip: '::1',
          issued_at: 1,
          expires_at,
          revoked_at,
          generation,
        })),
      ),
    ),
  )
  await store
    .insertInto('token')
    .values(rows as never)
    .execute()

  const endable = await store
    .selectFrom('token')
    .select('jti')
    .where('user_id', '=', owner)
    .where(isEndable)
    .orderBy('jti')
    .execute()
  assert.equal(endable.length, 4)
  const requests = rows.map(({ jti }) => ({ id: randomUUID(), jti, user_id: owner, reason: 'a test', now }))
  const server = (await openDatabase(database.url)) as PostgresDatabase
  undo.push(() => server.store.destroy())
  const client = await server.pool.connect()
  undo.push(async () => client.release())
  const append = async () => {
    const { answer } = await execute(client, { kind: 'append', op: 1, requests, by: undefined }, info, true)
    return answer as Answer & { kind: 'append' }
  }
  const { ended, last } = await append()
  assert.deepEqual(
    ended.map(({ jti }) => ({ jti })).toSorted((a, b) => (a.jti < b.jti ? -1 : 1)),
    endable,
  )
  for (const { request_id, jti, expires_at } of ended) {
    assert.equal(requests.find(({ id }) => id === request_id)?.jti, jti)
    assert.equal(rows.find((row) => row.jti === jti)?.expires_at, expires_at)
  }

  // A repeated request finds its own work, and appends it again.
  const again = await append()
  assert.deepEqual(again.ended, ended)
  assert.equal(again.last.seq, last.seq + ended.length)
})

test('a request without a user ends any user’s token, and one request of two for the same token ends it', async (t) => {
  const { database, undo } = await open(t, createDatabase)
  const service = await startTestService(database)
  undo.push(service.stop)
  const { revocation, clock } = service.ports
  const { jti } = JSON.parse(Buffer.from((await service.register()).split('.')[1] as string, 'base64url').toString())
  const fact = () => factOf(service.ports, { action: 'token.revoked', subject: null })
  const receipts = await Promise.all([1, 2, 3].map(() => revocation.revokeToken({ jti }, 'a test', clock(), fact())))
  assert.equal(receipts.filter((receipt) => receipt !== undefined).length, 1)
})

test('a connection that has called the function on an empty table finds tokens through the index later', async (t) => {
  const { connect } = await openMigrated(t)
  const client = await connect()
  const request = () => ({ id: randomUUID(), jti: randomUUID(), user_id: undefined, reason: 'a test', now })
  const revokeTwo = () =>
    execute(client, { kind: 'append', op: 1, requests: [request(), request()], by: undefined }, info, true)
  // PostgreSQL keeps a plan after five calls.
  for (let i = 0; i < 10; i++) await revokeTwo()
  await client.query(`insert into "user" (id, email, password_hash, created_at) values ('u', 'e', 'x', 1)`)
  await client.query(`insert into token (jti, user_id, kid, description, ip, issued_at, expires_at)
    select gen_random_uuid(), 'u', 'k', 'd', 'i', 1, 9e12 from generate_series(1, 50000)`)
  const readRows = async () => {
    await client.query('select pg_stat_force_next_flush()')
    const { rows } = await client.query(
      `select seq_tup_read + idx_tup_fetch as tuples from pg_stat_user_tables where relname = 'token'`,
    )
    return rows[0].tuples
  }
  const before = await readRows()
  for (let i = 0; i < 3; i++) await revokeTwo()
  const read = (await readRows()) - before
  assert.ok(read < 10, `${read} rows of the table were read`)
})

test('an append that ends nothing still writes, so its commit waits for a replica as every other', async (t) => {
  const { connect } = await openMigrated(t)
  const client = await connect()
  const request = { id: randomUUID(), jti: randomUUID(), user_id: undefined, reason: 'a test', now }
  await client.query('begin')
  await execute(client, { kind: 'append', op: 1, requests: [request], by: undefined }, info, true)
  const { rows } = await client.query('select pg_current_xact_id_if_assigned() as id')
  await client.query('commit')
  assert.notEqual(rows[0].id, null)
})

for (const level of ['repeatable read', 'serializable']) {
  test(`the functions refuse the isolation level ${level}, in which they would miss commits`, async (t) => {
    const { database, undo } = await openMigrated(t)
    const client = new pg.Client(database.url)
    await client.connect()
    undo.push(() => client.end())
    for (const call of [
      `append_entries('{}', '{}', '{}')`,
      `revoke_tokens('{}', '{}', '{}', '{}', '{}')`,
      `join_fleet('{"id": "a", "applied_seq": 0, "protocol": 1, "lease_ms": 1, "name": "a", "version": "1"}', null)`,
    ]) {
      await client.query(`begin isolation level ${level}`)
      await assert.rejects(client.query(`select ${call}`), /needs the isolation level read committed/)
      await client.query('rollback')
    }
  })
}

test('an append and a join fail if the rows of their latches are gone, because they would lose their order', async (t) => {
  const { connect } = await openMigrated(t)
  const client = await connect()
  await client.query('delete from latch')
  for (const call of [
    `append_entries('{}', '{}', '{}')`,
    `join_fleet('{"id": "a", "applied_seq": 0, "protocol": 2, "lease_ms": 1, "name": "a", "version": "1"}', null)`,
  ]) {
    await assert.rejects(client.query(`select ${call}`), /a row of the table latch is missing/)
  }
})

test('an append gives no number twice if the sequence is behind the table, as after a COPY', async (t) => {
  const { connect } = await openMigrated(t)
  const client = await connect()
  const append = `select seq from append_entries(array['x'], array[1::bigint], array[null::integer])`
  for (const setback of ['1, false', '1, true', '3, false', '3, true', '9, true']) {
    await client.query('delete from revocation; insert into revocation (seq, jti, expires_at) values (3, $$y$$, 1)')
    await client.query(`select setval('revocation_seq_seq', ${setback})`)
    const { rows } = await client.query(append)
    assert.equal(Number(rows[0].seq), setback === '9, true' ? 10 : 4, setback)
  }
})
