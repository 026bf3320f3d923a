import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type pg from 'pg'
import { latchkey } from '../support/process/latchkey.ts'
import { logIn, openPooled, password, serverConnections } from './pooled.ts'

/** Runs a statement on each of the pooler's connections to the server: one transaction holds each connection. */
async function onEveryConnection(connect: () => Promise<pg.Client>, statement: string): Promise<pg.QueryResult[]> {
  const clients = await Promise.all(Array.from({ length: serverConnections }, connect))
  await Promise.all(clients.map((client) => client.query('begin')))
  const results = await Promise.all(clients.map((client) => client.query(statement)))
  await Promise.all(clients.map((client) => client.query('commit')))
  return results
}

/** Each commit that writes to one of these tables records how it was made. */
const written = ['revocation', 'token', 'user', 'signing_key', 'widget']
const witness = [
  'create table witness (written text, sync text, isolation text)',
  `create function testify() returns trigger language plpgsql set search_path = public as $$ begin
     insert into witness values (tg_table_name, current_setting('synchronous_commit'), current_setting('transaction_isolation'));
     return null;
   end $$`,
  ...written.map(
    (table) =>
      `create constraint trigger witness after insert or update or delete on "${table}"
       deferrable initially deferred for each row execute function testify()`,
  ),
].join(';')

/** What another client of the pooler leaves on a connection. */
const strangersSettings = `set synchronous_commit = off; set default_transaction_isolation = 'serializable';
  set search_path = stranger`

const pollingLine = /"msg":"[^"]*pooler[^"]*"/g

describe('behind PgBouncer in transaction mode', () => {
  test('logins and revocations are answered, are on disk, and count on each node', async (t) => {
    const { database, pooler, startNode, connect } = await openPooled(t, { pool_mode: 'transaction' })
    const nodes = [await startNode(), await startNode()] as const
    const owner = await connect(database.url)
    await owner.query(witness)
    await onEveryConnection(() => connect(pooler.url), strangersSettings)

    const turns = Array.from({ length: 200 }, (_, index) => index)
    for (const index of turns.slice(0, 20)) {
      const json = { email: `user${index}@example.com`, password }
      assert.equal((await nodes[0].call('POST', '/auth/register', { json })).status, 201)
    }
    const guesses = turns.slice(0, 50).map(async (index) => {
      const json = { email: `user${index % 20}@example.com`, password: 'wrong horse battery' }
      const { status, text } = await nodes[index % 2 === 0 ? 0 : 1].call('POST', '/auth/login', { json })
      assert.equal(status, 401, text)
    })
    const tokens = await Promise.all(turns.map((index) => logIn(nodes[index % 2 === 0 ? 0 : 1], index)))
    await Promise.all(guesses)
    await Promise.all(
      tokens.map(async (token, index) => {
        const [own, other] = index % 2 === 0 ? nodes : [nodes[1], nodes[0]]
        assert.equal((await other.call('GET', '/auth/check', { token })).status, 204)
        const { status, text } = await own.call('POST', '/auth/logout', { token })
        assert.equal(status, 200, text)
        assert.equal((await other.call('GET', '/auth/check', { token })).status, 401)
      }),
    )

    const { rows } = await owner.query(
      `select written, sync, isolation, count(*)::integer as commits from witness group by 1, 2, 3 order by 1, 2, 3`,
    )
    const kinds = new Set(rows.map(({ sync, isolation }) => `${sync}, ${isolation}`))
    assert.deepEqual([...kinds], ['on, read committed'], JSON.stringify(rows))
    assert.equal(rows.find(({ written }) => written === 'revocation')?.commits, 200)
    for (const node of nodes) {
      assert.equal(node.output().match(pollingLine)?.length, 1, node.output())
      assert.doesNotMatch(node.output(), /"level":[56]0/)
    }
    const listening = await onEveryConnection(() => connect(pooler.url), 'select pg_listening_channels()')
    assert.deepEqual(
      listening.flatMap(({ rows }) => rows),
      [],
    )
  })
})

describe('behind PgBouncer in session mode', () => {
  test('nodes listen, and say nothing about a pooler', async (t) => {
    const { database, startNode, connect } = await openPooled(t, { pool_mode: 'session', default_pool_size: '60' })
    const nodes = [await startNode(), await startNode()] as const
    const owner = await connect(database.url)
    const json = { email: 'user0@example.com', password }
    assert.equal((await nodes[0].call('POST', '/auth/register', { json })).status, 201)
    const token = await logIn(nodes[0], 0)
    assert.equal((await nodes[1].call('GET', '/auth/check', { token })).status, 204)
    assert.equal((await nodes[0].call('POST', '/auth/logout', { token })).status, 200)
    assert.equal((await nodes[1].call('GET', '/auth/check', { token })).status, 401)
    const { rows } = await owner.query(
      `select query from pg_stat_activity where datname = current_database() and query ilike 'listen%'`,
    )
    assert.equal(rows.length, 2)
    for (const node of nodes) assert.doesNotMatch(node.output(), /"level"/)
  })
})

for (const mode of ['transaction', 'session']) {
  describe(`starts behind PgBouncer in ${mode} mode`, () => {
    const default_pool_size = mode === 'session' ? '100' : '2'

    test('nodes that start at the same time, and again, migrate the database once', async (t) => {
      const { startNode } = await openPooled(t, { pool_mode: mode, default_pool_size })
      for (let time = 0; time < 3; time++) {
        const nodes = await Promise.all([startNode(), startNode(), startNode()])
        for (const node of nodes) assert.equal(await node.stop(), 0, node.output())
      }
    })
  })
}

for (const { what, query, settings, line } of [
  {
    what: 'options',
    query: '?options=-c%20work_mem%3D5MB',
    settings: {},
    line: /unsupported startup parameter: options: a pooler refuses this parameter of DATABASE_URL\. Set it for the role .*ignore_startup_parameters/,
  },
  {
    what: 'a transaction',
    query: '',
    settings: { pool_mode: 'statement' },
    line: /transaction blocks not allowed/,
  },
]) {
  test(`a pooler that refuses ${what} ends the start with one line`, async (t) => {
    const { pooler } = await openPooled(t, { pool_mode: 'transaction', ...settings })
    const { code, stdout, stderr } = await latchkey(['serve'], { DATABASE_URL: `${pooler.url}${query}`, PORT: '0' })
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
    assert.match(stderr, /^latchkey: [^\n]*\n$/)
    assert.match(stderr, line)
  })
}
