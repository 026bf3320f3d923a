// The console on a fleet: three nodes on one PostgreSQL, behind the documented nginx.

import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import pg from 'pg'
import { blocksOf, freePort, newFolder, nginx, runGateway } from '../gate/documented.ts'
import { type Fleet, type FleetNode, startFleet } from '../support/process/fleet.ts'
import { account } from '../support/service.ts'
import { consoleOf, cookieOf } from './browser.ts'
import { followEvents } from './follower.ts'
import { faultsOf, openConsole, rowsOf } from './person.ts'

let fleet: Fleet
let nodes: [FleetNode, FleetNode, FleetNode]
before(async () => {
  const ports = [await freePort(), await freePort(), await freePort()]
  fleet = await startFleet(ports.map((port) => ({ PORT: String(port), TRUST_PROXY: '127.0.0.1' })))
  nodes = fleet.nodes as typeof nodes
})
after(() => fleet.remove())

const json = account
const register = async (email: string) =>
  String((await nodes[0].call('POST', '/auth/register', { json: { ...json, email } })).json.access_token)
const logIn = async (node: FleetNode, email: string) =>
  String((await node.call('POST', '/auth/login', { json: { ...json, email } })).json.access_token)
const logOut = async (node: FleetNode, token: string) =>
  assert.equal((await node.call('POST', '/auth/logout', { token })).status, 200)

/** Opens a console of the user on each node. */
async function followOnEach(t: TestContext, email: string) {
  const followers = []
  for (const node of nodes) {
    const answer = await consoleOf(node.call)('POST', '/api/v1/auth/login', { json: { ...json, email } })
    const follower = await followEvents(node.address(), cookieOf(answer).pair)
    t.after(follower.close)
    assert.equal(await follower.next(), 'open')
    followers.push(follower)
  }
  return followers
}

test('a login and a named token on one node are told to the consoles of every node', async (t) => {
  const email = 'comes@example.com'
  await register(email)
  const followers = await followOnEach(t, email)
  // The logins of the later consoles were told to the earlier ones.
  for (const [i, each] of followers.entries()) for (let n = i + 1; n < nodes.length; n++) await each.next()
  for (const node of nodes) {
    for (const each of followers) each.waiting()
    const token = await logIn(node, email)
    for (const each of followers) assert.equal(await each.next(), 'changed')
    for (const each of followers) each.waiting()
    const { status } = await node.call('POST', '/tokens', { token, json: { description: 'backup' } })
    assert.equal(status, 201)
    for (const each of followers) assert.equal(await each.next(), 'changed')
  }
})

test('a notification that another role has made up does no harm', async (t) => {
  const email = 'made-up@example.com'
  const token = await register(email)
  const { public_id } = (await nodes[0].call('GET', '/auth/user', { token })).json
  const [first] = await followOnEach(t, email)
  first?.waiting()
  const client = new pg.Client(fleet.url)
  await client.connect()
  for (const text of ['', ' ', 'x', 'x __proto__', 'x y z', `x ${public_id}`]) {
    await client.query('select pg_notify($1, $2)', ['latchkey_made', text])
  }
  await client.end()
  assert.equal(await first?.next(), 'changed')
  for (const node of nodes) assert.equal((await node.call('GET', '/auth/user', { token })).status, 200)
})

test('what one node ends, the consoles of every node are told', async (t) => {
  const email = 'everywhere@example.com'
  const tokens = [await register(email), await logIn(nodes[1], email), await logIn(nodes[2], email)]
  const followers = await followOnEach(t, email)
  for (const [i, node] of nodes.entries()) {
    await logOut(node, String(tokens[i]))
    for (const each of followers) assert.equal(await each.next(), 'changed')
    // The node learns an entry by a notification and from the log, and may say so twice.
    for (const each of followers) each.waiting()
  }
  const all = await logIn(nodes[1], email)
  await nodes[1].call('DELETE', '/tokens', { token: all })
  for (const each of followers) {
    let last = await each.next()
    while (last === 'changed') last = await each.next()
    assert.equal(last, 'ended revoked')
  }
})

test('a console goes on when its node is killed, says when no node is left, and recovers', async (t) => {
  const folder = newFolder(t)
  const port = await freePort()
  const hosts = nodes.map((node) => new URL(node.address()).host)
  const changes = {
    ...Object.fromEntries(hosts.map((host, i) => [`10.0.0.${i + 1}:5000`, host])),
    'listen 443 ssl': `listen 127.0.0.1:${port}`,
    '  ssl_certificate /etc/ssl/auth.example.com.pem;\n': '',
    '  ssl_certificate_key /etc/ssl/auth.example.com.key;\n': '',
  }
  const [block = ''] = blocksOf('nginx and several nodes', 'nginx', changes)
  await runGateway(t, folder, nginx(folder, block), port)
  const email = 'goes-on@example.com'
  await register(email)
  const person = await openConsole(`http://127.0.0.1:${port}`)
  t.after(person.close)
  const { page } = person
  const lost = page.getByText('The connection is lost')
  await person.logIn(email)
  const others = rowsOf(page).filter({ hasNotText: 'this session' })
  /** A session that begins and ends on this node is seen to come and leave, so the stream of the page works. */
  const assertLive = async (node: FleetNode) => {
    const token = await logIn(node, email)
    await others.filter({ hasText: '2 logins' }).waitFor()
    await logOut(node, token)
    await others.filter({ hasText: '2 logins' }).waitFor({ state: 'detached' })
    await others.first().waitFor()
  }
  await assertLive(nodes[0])
  await nodes[0].kill()
  await nodes[1].kill()
  await assertLive(nodes[2])
  await nodes[0].start()
  const again = page.waitForRequest((request) => request.url().endsWith('/console/events'))
  await nodes[2].kill()
  await again
  await assertLive(nodes[0])
  await nodes[0].kill()
  await lost.waitFor()
  await nodes[1].start()
  await lost.waitFor({ state: 'detached' })
  await assertLive(nodes[1])
  assert.equal(await page.locator('#name').count(), 0)
  assert.deepEqual(faultsOf(person), [])
})
