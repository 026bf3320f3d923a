import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import pg from 'pg'
import { waitOut } from '../../src/revocation/check/lease.ts'
import { type Fleet, type FleetNode, startFleet } from '../support/process/fleet.ts'
import { type Answer, account } from '../support/service.ts'

const lease_ms = 1000
const unknown = { status: 'fail', message: 'Token status is temporarily unknown' }

describe('a fleet of three nodes', () => {
  let fleet: Fleet
  let first: FleetNode
  let second: FleetNode
  /** Refuses tokens while it has no lease. The other nodes ask the database. */
  let strict: FleetNode
  let accounts = 0

  before(async () => {
    const settings = { LEASE_MS: String(lease_ms), LOG_LEVEL: 'info' }
    fleet = await startFleet([settings, settings, { ...settings, ON_STALE: 'refuse' }])
    ;[first, second, strict] = fleet.nodes as [FleetNode, FleetNode, FleetNode]
  })
  after(() => fleet?.remove())
  beforeEach(async () => {
    for (const { proxy } of fleet.nodes) proxy.heal()
    await Promise.all(fleet.nodes.map(untilReady))
  })

  /** Returns the tokens of a new account: one of the registration and one of each login. */
  const takeTokens = async (logins: number) => {
    const json = { ...account, email: `fleet-${++accounts}@example.com` }
    const answers = [await first.call('POST', '/auth/register', { json })]
    for (let i = 0; i < logins; i++) answers.push(await second.call('POST', '/auth/login', { json }))
    return answers.map((answer) => answer.json.access_token as string)
  }
  const askAll = (token: string) =>
    Promise.all(fleet.nodes.map((node) => node.call('GET', '/auth/check', { token }).then(({ status }) => status)))

  test('every node accepts a token of another node, and every revocation ends a token on all nodes', async () => {
    for (let round = 0; round < 10; round++) {
      const node = fleet.nodes[round % 3] as FleetNode
      const [own = '', other = '', third = ''] = await takeTokens(2)
      for (const token of [own, other, third]) assert.deepEqual(await askAll(token), [204, 204, 204])
      const one = await node.call('DELETE', `/tokens/${idOf(other)}`, { token: own })
      assert.deepEqual([one.status, await askAll(other), await askAll(own)], [200, [401, 401, 401], [204, 204, 204]])
      const logout = await node.call('POST', '/auth/logout', { token: own })
      assert.deepEqual([logout.status, await askAll(own)], [200, [401, 401, 401]])
      const all = await node.call('DELETE', '/tokens', { token: third })
      assert.deepEqual([all.status, await askAll(third)], [200, [401, 401, 401]])
      for (const { json } of [one, logout, all]) assert.equal(json.effective.nodes, 3)
    }
  })

  test('a repeated logout is not answered before a node that cannot read has lost its lease', async () => {
    const [token = ''] = await takeTokens(0)
    await askAll(token)
    second.proxy.hold()
    const first_answer = first.call('POST', '/auth/logout', { token })
    await untilAnswer(first, '/auth/check', token, 401)
    assert.equal((await second.call('GET', '/auth/check', { token })).status, 204)
    const { status } = await first.call('POST', '/auth/logout', { token })
    assert.equal((await second.call('GET', '/auth/check', { token })).status, 503)
    assert.deepEqual([status, (await first_answer).status], [401, 200])
  })

  test('a node that is cut off from the database answers 503 and accepts no token, until it reconnects', async () => {
    const [live = '', revoked = ''] = await takeTokens(1)
    for (const node of [second, strict]) {
      await askAll(live)
      node.proxy.hold()
      const answer = await untilAnswer(node, '/auth/check', live, 503)
      assert.equal((await node.call('GET', '//readyz')).status, 503)
      assert.deepEqual([answer.status, answer.json, answer.headers['retry-after']], [503, unknown, '1'])
      assert.equal(answer.headers['www-authenticate'], undefined)
      assert.equal((await node.call('GET', '//healthz')).status, 200)
      node.proxy.heal()
      await untilReady(node)
      assert.equal((await node.call('GET', '/auth/check', { token: live })).status, 204)
    }
    assert.equal((await first.call('POST', '/auth/logout', { token: revoked })).status, 200)
    assert.deepEqual(await askAll(revoked), [401, 401, 401])
  })

  test('a node without a lease asks the database about each token, or refuses if ON_STALE says so', async () => {
    const [live = '', revoked = ''] = await takeTokens(1)
    assert.equal((await first.call('POST', '/auth/logout', { token: revoked })).status, 200)
    for (const node of [second, strict]) {
      // A round trip takes two thirds of a lease. A renewal needs two and comes too late, a query needs one.
      node.proxy.delay(lease_ms / 3)
      await untilAnswer(node, '//readyz', undefined, 503)
    }
    assert.equal((await untilAnswer(second, '/auth/check', live, 204)).status, 204)
    const { status, json } = await untilAnswer(strict, '/auth/check', live, 503)
    assert.deepEqual([status, json], [503, unknown])
    assert.deepEqual(await askAll(revoked), [401, 401, 401])
  })

  test('a revocation waits one lease for a dead node, does not count it in the receipt, and logs its name', async () => {
    const [token = ''] = await takeTokens(0)
    const rows = await query(fleet, 'select name from node where name like $1', [`%:${strict.pid()}`])
    await strict.kill()
    const { status, json } = await first.call('POST', '/auth/logout', { token })
    assert.equal(status, 200)
    assert.equal(json.effective.nodes, 2)
    // Looks from before the revocation count. The last one can be a renewal older than the kill.
    assert.ok(json.effective.waited_ms >= lease_ms / 2, `waited for only ${json.effective.waited_ms} ms`)
    assert.ok(json.effective.waited_ms <= waitOut(lease_ms) + 2000, `waited for ${json.effective.waited_ms} ms`)
    assert.deepEqual(await waitedOutBy(first), [rows[0]?.name])
    const [next = ''] = await takeTokens(0)
    const again = await first.call('POST', '/auth/logout', { token: next })
    assert.ok(again.json.effective.waited_ms < lease_ms, 'a dead node is waited for only once')
    await strict.start()
  })

  test('a node that leaves deletes its row', async () => {
    const before = await query(fleet, 'select id from node', [])
    await strict.stop()
    const rows = await query(fleet, 'select id from node', [])
    assert.deepEqual([before.length, rows.length], [3, 2])
    await strict.start()
  })
})

function idOf(token: string): string {
  return JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString()).jti
}

function untilReady(node: FleetNode): Promise<Answer> {
  return untilAnswer(node, '//readyz', undefined, 200)
}

/** Repeats the request until the answer has this status. The time limit of the test ends the loop. */
async function untilAnswer(node: FleetNode, path: string, token: string | undefined, status: number): Promise<Answer> {
  for (;;) {
    const answer = await node.call('GET', path, token === undefined ? {} : { token })
    if (answer.status === status) return answer
  }
}

/** Returns the names in the node's last warning. The log may arrive later than the answer. */
async function waitedOutBy(node: FleetNode): Promise<string[]> {
  for (;;) {
    const lines = node.output().split('\n')
    const line = lines.slice(0, -1).findLast((each) => each.includes('"waited_out":["') && each.includes('"level":40'))
    if (line !== undefined) return JSON.parse(line).waited_out
    await node.call('GET', '//healthz')
  }
}

async function query(fleet: Fleet, text: string, values: unknown[]): Promise<{ name: string }[]> {
  const client = new pg.Client(fleet.postgres.url)
  await client.connect()
  const { rows } = await client.query(text, values)
  await client.end()
  return rows
}
