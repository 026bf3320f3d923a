import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { createSqlite, open } from '../support/databases.ts'
import { createDatabase } from '../support/process/database.ts'
import { latchkey } from '../support/process/latchkey.ts'
import { type ServerProcess, startProcess } from '../support/process/server.ts'
import { account } from '../support/service.ts'

const connections = 40

/** Polls until `look` returns a value, because no event reports what another process does. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Whether the process has ended: true, or undefined as `until` expects. */
function isGone(pid: number): true | undefined {
  try {
    process.kill(pid, 0)
    return undefined
  } catch {
    return true
  }
}

interface NodeSeen {
  name: string
  lease_left_ms: number
  lag: number
  version: string
  protocol: number
}

async function readFleet(url: string): Promise<NodeSeen[]> {
  return JSON.parse((await latchkey(['fleet', '--json'], { DATABASE_URL: url })).stdout)
}

const pidOf = ({ name }: NodeSeen) => Number(name.split(':').at(-1))

async function readMetrics(server: ServerProcess): Promise<Map<string, number>> {
  const { text } = await server.call('GET', '//metrics')
  return new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )
}

/** Returns one status for each connection. The primary assigns connections to its workers in turn. */
function statuses(server: ServerProcess, token: string): Promise<number[]> {
  return Promise.all(
    Array.from({ length: connections }, async () => (await server.call('GET', '/auth/check', { token })).status),
  )
}

const all = (status: number) => new Array<number>(connections).fill(status)

test('two workers share a port: neither accepts a token that one revokes, and a dead one is replaced', async (t) => {
  const { database, undo } = await open(t, createDatabase)
  const server = await startProcess({ DATABASE_URL: database.url, LATCHKEY_ENV: 'development' }, ['--workers', '2'])
  undo.push(server.kill)
  assert.equal(server.output().match(/Latchkey listens on/g)?.length, 1)
  const nodes = await readFleet(database.url)
  assert.equal(nodes.length, 2)

  await server.call('POST', '/auth/register', { json: account })
  const logIn = async () => (await server.call('POST', '/auth/login', { json: account })).json.access_token as string
  for (let round = 0; round < 5; round++) {
    const token = await logIn()
    assert.deepEqual(await statuses(server, token), all(204))
    const { status, json } = await server.call('POST', '/auth/logout', { token })
    assert.deepEqual([status, json.effective.nodes], [200, 2])
    assert.deepEqual(await statuses(server, token), all(401))
  }

  const counted = await readMetrics(server)
  assert.equal(counted.get('latchkey_http_requests_total{method="POST",route="/api/v1/auth/logout",status="200"}'), 5)
  assert.equal(counted.get('latchkey_fence_seconds_count'), 5)
  assert.equal(counted.get('latchkey_nodes'), 2)

  const token = await logIn()
  const [victim] = nodes.map(pidOf)
  process.kill(victim as number, 'SIGKILL')
  await until(async () => isGone(victim as number))
  const { status } = await server.call('GET', '//metrics')
  assert.ok(status === 200 || status === 503, `metrics while a worker is missing: ${status}`)
  const replaced = await until(async () => {
    const seen = await readFleet(database.url)
    return seen.length === 2 && seen.every((node) => pidOf(node) !== victim) ? seen : undefined
  })
  assert.ok(
    replaced.some((node) => nodes.some(({ name }) => name === node.name)),
    'the other worker still runs',
  )
  assert.deepEqual(await statuses(server, token), all(204))
  assert.equal((await server.call('POST', '/auth/logout', { token })).status, 200)
  assert.deepEqual(await statuses(server, token), all(401))

  process.kill(server.pid, 'SIGHUP')
  assert.equal(await server.exit, 0)
  for (const node of replaced) assert.throws(() => process.kill(pidOf(node), 0), { code: 'ESRCH' })
  assert.deepEqual(await readFleet(database.url), [], 'both have left the fleet')
})

test('a worker that hangs takes no metrics of the others along, and is replaced', async (t) => {
  const { database, undo } = await open(t, createDatabase)
  const server = await startProcess({ DATABASE_URL: database.url, LOG_LEVEL: 'error' }, ['--workers', '2'])
  undo.push(server.kill)
  await server.call('POST', '/auth/register', { json: account })
  const registrations = 'latchkey_http_requests_total{method="POST",route="/api/v1/auth/register",status="201"}'
  assert.equal((await readMetrics(server)).get(registrations), 1)
  const [victim = 0] = (await readFleet(database.url)).map(pidOf)
  process.kill(victim, 'SIGSTOP')
  // Node.js gives a stopped worker one more connection, and closes it only when the primary ends.
  const scrapes = [readMetrics(server), readMetrics(server)]
  const metrics = await Promise.any(scrapes)
  assert.equal(metrics.get(registrations), 1, 'a counter does not go back')
  await until(async () => isGone(victim))
  await until(async () => {
    const seen = await readFleet(database.url)
    return seen.length === 2 && seen.every((node) => pidOf(node) !== victim) ? true : undefined
  })
  assert.match(server.output(), /a worker does not answer and will be ended/)
  assert.equal((await server.call('GET', '//metrics')).status, 200)
  assert.equal(await server.stop(), 0)
  await Promise.allSettled(scrapes)
})

test('workers exit when their primary is killed', async (t) => {
  const { database } = await open(t, createDatabase)
  const server = await startProcess({ DATABASE_URL: database.url }, ['--workers', '2'])
  const pids = (await readFleet(database.url)).map(pidOf)
  assert.equal(pids.length, 2)
  await server.kill()
  for (const pid of pids) {
    await until(async () => isGone(pid))
  }
})

test('an error at the start of a worker is printed once, and no other worker starts', async (t) => {
  const { database, undo } = await open(t, createDatabase)
  const server = await startProcess({ DATABASE_URL: database.url })
  undo.push(server.kill)
  const { port } = new URL(server.address)
  const taken = await latchkey(['serve', '--workers', '3'], {
    DATABASE_URL: database.url,
    PORT: port,
    LOG_LEVEL: 'silent',
  })
  assert.equal(taken.code, 1)
  assert.match(
    taken.stderr,
    /^latchkey: cannot listen on .*: the address is already in use\n {2}PORT=0 takes a free port\n$/,
  )
})

test('an SQLite file has one node, so more workers are refused with the reason', async (t) => {
  const { database } = await open(t, createSqlite)
  assert.deepEqual(await latchkey(['serve', '--workers', '2'], { DATABASE_URL: database.url }), {
    code: 2,
    stdout: '',
    stderr: 'latchkey: --workers 2 needs PostgreSQL: each worker is a node, and an SQLite file has only one node\n',
  })
  const none = await latchkey(['serve', '--workers', '0'], { DATABASE_URL: database.url })
  assert.equal(none.code, 2)
  assert.match(none.stderr, /must be a whole number from 1 to 999/)
  const one = await startProcess({ DATABASE_URL: database.url }, ['--workers', '1'])
  assert.equal((await one.call('GET', '//readyz')).status, 200)
  assert.equal(await one.stop(), 0)
  const { code, stdout } = await latchkey(['fleet'], { DATABASE_URL: database.url })
  assert.deepEqual(
    [code, stdout],
    [0, 'a fleet needs PostgreSQL; an SQLite file has one node, the server that has opened it\n'],
  )
})

test('latchkey fleet shows the row of each node, and a silent node as expired', async (t) => {
  const { database, undo } = await open(t, createDatabase)
  const server = await startProcess({ DATABASE_URL: database.url, LEASE_MS: '60000' })
  undo.push(server.kill)
  const client = new pg.Client(database.url)
  await client.connect()
  undo.push(() => client.end())
  await client.query(`insert into revocation (jti, expires_at) values ('00000000-0000-7000-8000-000000000000', 0)`)
  await client.query(
    `insert into node (id, applied_seq, renewals, protocol, lease_ms, name, version, renewed_at)
     values ('silent', 0, 7, 2, 60000, 'elsewhere:1', '0.0.9', clock_timestamp() - interval '2 minutes')`,
  )
  const nodes = await readFleet(database.url)
  const [running, silent] = [nodes.find((node) => pidOf(node) === server.pid), nodes.find((node) => pidOf(node) === 1)]
  assert.equal(running?.protocol, 2)
  assert.ok((running?.lease_left_ms ?? 0) > 0)
  assert.deepEqual([silent?.name, silent?.version, silent?.lease_left_ms, silent?.lag], ['elsewhere:1', '0.0.9', 0, 1])
  const { stdout } = await latchkey(['fleet'], { DATABASE_URL: database.url })
  assert.match(stdout, /^NAME +VERSION +PROTOCOL +LEASE +RENEWED +LEFT +LAG +VERIFIERS +JOINED +ID\n/)
  assert.match(stdout, /^elsewhere:1 +0\.0\.9 +2 +60000 ms +\d{6} ms ago +expired +1 +0 +\S+Z +silent$/m)
})
