// A transaction of another program that stays open keeps PostgreSQL from removing old versions of rows.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { start } from '../../../src/revocation/entry.ts'
import { execute, selectFleet, selectIncarnation, statementFor } from '../../../src/revocation/postgres/records.ts'
import type { Command } from '../../../src/revocation/protocol/messages.ts'
import { migrate } from '../../../src/store/migrate.ts'
import { openDatabase } from '../../../src/store/open.ts'
import { open } from '../../support/databases.ts'
import { createDatabase } from '../../support/process/database.ts'

const info = { protocol: 2, lease_ms: 1000, name: 'here:1', version: '0.1.0' }
const renewals = 30_000

/** Runs a statement, and says how PostgreSQL has run it. */
async function explain(client: pg.PoolClient, text: string, values: unknown[]): Promise<string> {
  const { rows } = await client.query(`explain (analyze, buffers, format json) ${text}`, values)
  return JSON.stringify(rows)
}

test('renewals behind an open transaction slow down no look, no renewal and no removal', async (t) => {
  const { database, undo } = await open(t, createDatabase)
  const { store } = await openDatabase(database.url)
  await migrate(store)
  await store.destroy()
  const pool = new pg.Pool({ connectionString: database.url })
  // The database is dropped at the end, perhaps before the server has seen the end of a connection.
  pool.on('error', () => {})
  undo.push(() => pool.end())
  const [client, other] = [await pool.connect(), await pool.connect()]
  undo.push(async () => {
    for (const each of [client, other]) each.release()
  })
  const insert = (id: string) =>
    execute(client, { kind: 'insert', op: 1, id, applied: start, lease_ms: 1000, replaces: undefined }, info, true)
  await insert('a')
  await insert('b')
  await other.query('begin isolation level repeatable read; select 1')
  const incarnation = await selectIncarnation(client)
  // As many statements of the server, because a thousand round trips take longer than all of these.
  await client.query(`do $$ begin
    for renewal in 1..${renewals - 1} loop
      update node set renewals = renewal, epoch = renewal / 256 where id = 'a' and epoch in (renewal / 256, (renewal - 1) / 256);
      commit;
    end loop;
  end $$`)
  const renew = (renewal: number): Command => ({
    kind: 'renew',
    op: 2,
    id: 'a',
    applied: start,
    renewal,
    verifiers: 0,
    tells: true,
  })
  assert.deepEqual((await execute(client, renew(renewals), info, true)).answer, { kind: 'renew', present: true })
  const rows = await selectFleet(client)
  assert.deepEqual(rows.map(({ id, renewals }) => [id, Number(renewals)]).sort(), [
    ['a', renewals],
    ['b', 0],
  ])
  const look: Command = { kind: 'look', op: 3, known: [] }
  for (const command of [look, renew(renewals + 1)]) {
    // The first call also reads the catalog for the plans, which a session keeps.
    await execute(client, command, info, true)
    const pages = Number(
      /"Shared Hit Blocks":(\d+)/.exec(await explain(client, ...statementFor(command, info, true)))?.[1],
    )
    assert.ok(pages < 60, `${command.kind} reads ${pages} pages`)
  }
  assert.deepEqual((await execute(client, renew(renewals - 300), info, true)).answer, { kind: 'renew', present: false })
  await execute(client, { kind: 'remove', op: 5, incarnation, below_seq: 9, except: 'b' }, info, true)
  const left = await client.query('select id from node order by id')
  assert.deepEqual(
    left.rows.map(({ id }) => id),
    ['b'],
  )
})
