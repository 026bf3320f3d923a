import { readFileSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { parsePrivateKey } from '../src/keys/keyring.ts'
import { createPostgres } from '../test/support/process/postgres.ts'
import { type ServerProcess, startProcess } from '../test/support/process/server.ts'
import { startBarePair } from './bare-pair.ts'
import { createFixture, createFolder, type Fixture, getWithToken } from './fixture.ts'
import { measureVerifiers } from './fleet-verifiers.ts'
import type { Outcome } from './load.ts'
import { file, type Load, type Server, startLoad, startService } from './processes.ts'
import { type Line, median, type Plan, print, write } from './report.ts'

const lease_ms = 1000
const million = 1_000_000
const revocationsPerSecond = 20

/** Nodes on one PostgreSQL, all on this machine, and the processes that send load. */
interface Bench {
  nodes: Server[]
  settings: Record<string, string>
  folder: string
  database: pg.Client
  /** One load for each node, and one that revokes tokens. */
  loads: Load[]
  revoker: Load
  /** Returns tokens of one account with their rows, as after logins. */
  takeTokens: (count: number) => Promise<string[]>
}

const parts: Record<string, (bench: Bench, plan: Plan, sqlite: Fixture) => Promise<Line[]>> = {
  fence: measureFence,
  verifiers: compareVerifiers,
  throughput: measureThroughput,
  checks: compareChecks,
  dead: measureDeadNode,
  join: measureJoin,
}

/** Measures revocation in a fleet: its latency, its throughput, and its cost for other requests. */
export async function measureFleet(plan: Plan, only?: string): Promise<Line[]> {
  const folder = createFolder()
  const fixture = await createFixture(folder)
  const postgres = await createPostgres()
  const settings = { DATABASE_URL: postgres.url, SIGNING_KEY_FILE: `${folder}/key.pem`, LOG_LEVEL: 'warn' }
  const nodes: Server[] = []
  const loads = [startLoad(), startLoad(), startLoad()]
  const revoker = startLoad()
  const database = new pg.Client(postgres.url)
  try {
    for (let i = 0; i < 3; i++) nodes.push(await startService(folder, settings))
    await database.connect()
    const takeTokens = (count: number) => insertTokens(database, fixture, folder, count)
    const bench = { nodes, settings, folder, database, loads, revoker, takeTokens }
    const lines: Line[] = []
    for (const [name, measure] of Object.entries(parts)) {
      if (only !== undefined && name !== only) continue
      const found = await measure(bench, plan, fixture)
      print(name, found)
      lines.push(...found)
    }
    return lines
  } finally {
    // The client may not be connected yet.
    void database.end()
    for (const process of [...loads, revoker, ...nodes]) await process.stop()
    await fixture.remove()
    await postgres.remove()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function insertTokens(database: pg.Client, fixture: Fixture, folder: string, count: number): Promise<string[]> {
  const tokens = await fixture.signTokens(count)
  const { kid } = await parsePrivateKey(readFileSync(`${folder}/key.pem`, 'utf8'), 'ES256')
  const claims = tokens.map((token) => JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString()))
  const { sub, iat, exp } = claims[0]
  await database.query(
    `insert into "user" (id, email, password_hash, created_at) values ($1, $2, '', 0) on conflict do nothing`,
    [sub, `${sub}@example.com`],
  )
  await database.query(
    `insert into token (jti, user_id, kid, description, ip, issued_at, expires_at)
     select jti, $2, $3, 'bench', '127.0.0.1', $4, $5 from unnest($1::text[]) as jti`,
    [claims.map(({ jti }) => jti), sub, kid, iat * 1000, exp * 1000],
  )
  return tokens
}

function logOut(token: string): string {
  return `POST /api/v1/auth/logout HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\nContent-Length: 0\r\n\r\n`
}

const check = (token: string) => getWithToken('/api/v1/auth/check', token)

/** Uses each token once, as a user does before a logout. Its signature is verified then. */
async function warm({ revoker }: Bench, node: Server, tokens: string[]): Promise<void> {
  const requests = tokens.map(check)
  const job = { port: node.port, requests, connections: 16, seconds: 0.5, expect: [204] }
  for (let used = 0; used < tokens.length; ) {
    const { answered, failed } = await revoker.send({ ...job, requests: requests.slice(used) })
    if (failed > 0) throw new Error(`${failed} tokens were not accepted`)
    used += Math.max(1, answered)
  }
}

function assertExpected(what: string, { answered, failed }: Outcome): void {
  if (failed > 0 || answered === 0) throw new Error(`${what}: ${failed} of ${answered} answers were not as expected`)
}

/** Revokes tokens at a fixed rate on the first node. */
async function revoke(bench: Bench, seconds: number): Promise<Outcome> {
  const [node] = bench.nodes as [Server]
  // One more may become due at the end.
  const tokens = await bench.takeTokens(Math.ceil(seconds * revocationsPerSecond) + 10)
  await warm(bench, node, tokens)
  return bench.revoker.send({
    port: node.port,
    requests: tokens.map(logOut),
    connections: 8,
    rate: revocationsPerSecond,
    seconds,
    expect: [200],
  })
}

async function compareVerifiers(bench: Bench, { rounds, scale }: Plan): Promise<Line[]> {
  const { nodes, folder, takeTokens, settings } = bench
  return measureVerifiers({
    nodes,
    folder,
    takeTokens,
    database_url: settings.DATABASE_URL as string,
    lease_ms,
    rounds,
    async revoke() {
      const outcome = await revoke(bench, 4 * scale)
      assertExpected('revoking beside verifiers', outcome)
      return outcome.p50_ms
    },
  })
}

/** Revokes tokens, first without other load and then beside 1,000 requests per second on each node. */
async function measureFence(bench: Bench, { rounds, scale }: Plan): Promise<Line[]> {
  const seconds = (15 * scale) / rounds
  const limit = await startBarePair(bench.database, revocationsPerSecond)
  const bare: number[] = []
  const rest: Outcome[] = []
  for (let round = 0; round < rounds; round++) {
    bare.push(median(await limit.measure(Math.ceil(seconds * revocationsPerSecond))))
    rest.push(await revoke(bench, seconds))
  }
  await limit.stop()
  for (const outcome of rest) assertExpected('revoking at rest', outcome)
  const rest_ms = median(rest.map(({ p50_ms }) => p50_ms))
  const requests = (await bench.takeTokens(300)).map(check)
  const { outcomes } = startRequests(bench, bench.nodes, requests, 18 * scale + 5)
  const busy = await revoke(bench, 15 * scale)
  assertExpected('revoking under load', busy)
  for (const outcome of await outcomes) assertExpected('requests beside revocations', outcome)
  return [
    { name: 'two bare connections, there and back, median', value: median(bare), unit: 'ms' },
    { name: 'revocation at rest, median', value: rest_ms, unit: 'ms', target: { atMost: 10 } },
    {
      name: 'revocation at rest, of the two bare connections',
      value: median(rest.map(({ p50_ms }, i) => p50_ms / (bare[i] as number))),
      unit: '',
      target: { atMost: 4 },
    },
    {
      name: 'revocation at rest, p99',
      value: median(rest.map(({ p99_ms }) => p99_ms)),
      unit: 'ms',
      target: { atMost: 10 },
    },
    {
      name: 'revocation beside 1,000 requests/s a node, median',
      value: busy.p50_ms,
      unit: 'ms',
      target: { atMost: 25 },
    },
    { name: 'revocation beside 1,000 requests/s a node, p99', value: busy.p99_ms, unit: 'ms', target: { atMost: 150 } },
  ]
}

/** Sends 1,000 protected requests per second to each of these nodes. */
function startRequests({ loads }: Bench, nodes: Server[], requests: string[], seconds: number) {
  const outcomes = Promise.all(
    nodes.map((node, i) =>
      (loads[i] as Load).send({ port: node.port, requests, connections: 32, rate: 1000, seconds, expect: [204] }),
    ),
  )
  return { outcomes }
}

/** Keeps 256 revocations in flight, spread over all nodes. */
async function measureThroughput(bench: Bench, { scale }: Plan): Promise<Line[]> {
  const seconds = 4 * scale
  const jobs = []
  for (const [i, node] of bench.nodes.entries()) {
    const tokens = await bench.takeTokens(Math.ceil(2500 * seconds))
    await warm(bench, node, tokens)
    jobs.push({
      load: bench.loads[i] as Load,
      port: node.port,
      requests: tokens.map(logOut),
      connections: i === 0 ? 86 : 85,
    })
  }
  const before = await Promise.all(bench.nodes.map((node) => node.usage()))
  const outcomes = await Promise.all(jobs.map(({ load, ...job }) => load.send({ ...job, seconds, expect: [200] })))
  const after = await Promise.all(bench.nodes.map((node) => node.usage()))
  for (const outcome of outcomes) assertExpected('many revocations', outcome)
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0)
  const answered = sum(outcomes.map((outcome) => outcome.answered))
  const cpu_us = sum(after.map((usage, i) => usage.cpu_us - (before[i]?.cpu_us ?? 0)))
  return [
    {
      name: 'revocations, 256 in flight on three nodes',
      value: sum(outcomes.map((outcome) => outcome.answered / outcome.seconds)),
      unit: '/s',
      target: { atLeast: 2000 },
    },
    { name: 'revocations, 256 in flight: p99', value: Math.max(...outcomes.map(({ p99_ms }) => p99_ms)), unit: 'ms' },
    { name: 'revocations, 256 in flight: all nodes together', value: cpu_us / answered, unit: 'µs CPU each' },
  ]
}

/** Sends the same requests to a node on PostgreSQL and to one on SQLite in turn, and counts the transactions. */
async function compareChecks(bench: Bench, { rounds, scale }: Plan, sqlite: Fixture): Promise<Line[]> {
  const requests = (await bench.takeTokens(1000)).map(check)
  const node = await startService(bench.folder, bench.settings)
  const cost = async (server: Server) => {
    const before = await server.usage()
    const outcome = await bench.revoker.send({
      port: server.port,
      requests,
      connections: 32,
      seconds: scale,
      expect: [204],
    })
    assertExpected('checks', outcome)
    return ((await server.usage()).cpu_us - before.cpu_us) / outcome.answered
  }
  for (const server of [node, sqlite]) await cost(server)
  const costs: [fleet: number, sqlite: number][] = []
  for (let round = 0; round < rounds * 3; round++) costs.push([await cost(node), await cost(sqlite)])
  const transactions = await countTransactions(bench, node, requests.slice(0, 100))
  await node.stop()
  return [
    { name: 'GET /auth/check on PostgreSQL', value: median(costs.map(([fleet]) => fleet)), unit: 'µs CPU/request' },
    { name: 'GET /auth/check on SQLite', value: median(costs.map(([, file]) => file)), unit: 'µs CPU/request' },
    {
      name: 'GET /auth/check on PostgreSQL relative to SQLite, by CPU time',
      value: median(costs.map(([fleet, file]) => file / fleet)),
      target: { atLeast: 0.95 },
    },
    ...transactions,
  ]
}

/** Counts transactions with checks and without. The nodes renew their leases in both cases. */
async function countTransactions({ revoker, database }: Bench, { port }: Server, requests: string[]): Promise<Line[]> {
  const transactions = async () => {
    // Sessions report their statistics at most once per second.
    await sleep(1500)
    const { rows } = await database.query(
      `select xact_commit + xact_rollback as n from pg_stat_database where datname = 'postgres'`,
    )
    return Number(rows[0].n)
  }
  const start = await transactions()
  await sleep(4000)
  const idle = await transactions()
  const { answered } = await revoker.send({ port, requests, connections: 32, seconds: 4, expect: [204] })
  const busy = await transactions()
  return [
    { name: 'transactions of all nodes in 5.5 s without checks', value: idle - start },
    { name: `transactions of all nodes in 5.5 s with ${answered} checks`, value: busy - idle },
    {
      name: 'transactions per check',
      value: Math.max(0, busy - idle - (idle - start)) / answered,
      target: { atMost: 0.001 },
    },
  ]
}

/** Kills a fourth node several times while the other nodes are under load. */
async function measureDeadNode(bench: Bench, { rounds }: Plan): Promise<Line[]> {
  const requests = (await bench.takeTokens(300)).map(check)
  const others = bench.nodes.slice(0, 2)
  const loadOthers = async (seconds: number) => {
    const outcomes = await startRequests(bench, others, requests, seconds).outcomes
    for (const outcome of outcomes) assertExpected('requests beside revocations', outcome)
    return outcomes
  }
  const before = await loadOthers(4)
  const tokens = await bench.takeTokens(rounds)
  const waits: number[] = []
  const during: Outcome[] = []
  for (const token of tokens) {
    const dead: ServerProcess = await startProcess(bench.settings)
    await warm(bench, bench.nodes[2] as Server, [token])
    const loading = loadOthers(3)
    await sleep(500)
    await dead.kill()
    waits.push(await timeLogOut(bench.nodes[2] as Server, token))
    during.push(...(await loading))
  }
  const p99 = (outcomes: Outcome[]) => median(outcomes.map(({ p99_ms }) => p99_ms))
  return [
    {
      name: 'a node killed: revocation, longest',
      value: Math.max(...waits),
      unit: 'ms',
      target: { atMost: lease_ms + 250 },
    },
    { name: 'requests of the other nodes before, p99', value: p99(before), unit: 'ms' },
    { name: 'requests of the other nodes during, p99', value: p99(during), unit: 'ms' },
  ]
}

async function timeLogOut({ address }: Server, token: string): Promise<number> {
  const began = performance.now()
  const headers = { authorization: `Bearer ${token}` }
  const { status } = await fetch(`${address}/api/v1/auth/logout`, { method: 'POST', headers })
  if (status !== 200) throw new Error(`logout beside a dead node: ${status}`)
  return performance.now() - began
}

/** Compares the start of a node beside a million live entries with the start beside an empty log. */
async function measureJoin({ nodes, settings, folder, database }: Bench): Promise<Line[]> {
  const join = async () => {
    const began = performance.now()
    const node = await startService(folder, settings)
    const took_ms = performance.now() - began
    // Garbage of the start is collected before memory is measured.
    await sleep(3000)
    const { rss_bytes } = await node.usage()
    return { node, took_ms, rss_bytes }
  }
  await database.query('delete from revocation where seq < (select max(seq) from revocation)')
  const empty = await join()
  await empty.node.stop()
  await database.query(
    `insert into revocation (jti, expires_at)
     select gen_random_uuid()::text, $1::bigint + (random() * 3600000)::bigint from generate_series(1, ${million})`,
    [Date.now() + 3_600_000],
  )
  await database.query('analyze revocation')
  // The other nodes read the entries too, and must have finished before the measurement.
  for (let ready = 0; ready < nodes.length; await sleep(200)) {
    const { rows } = await database.query(
      'select count(*) as n from node where applied_seq >= (select max(seq) from revocation)',
    )
    ready = Number(rows[0].n)
  }
  const full = await join()
  const metrics = await (await fetch(`${full.node.address}/metrics`)).text()
  const held = Number(/^latchkey_revoked_tokens (\d+)/m.exec(metrics)?.[1] ?? Number.NaN)
  await full.node.stop()
  return [
    {
      name: 'a node starts beside a million revocations',
      value: full.took_ms / 1000,
      unit: 's',
      target: { atMost: 5 },
    },
    { name: 'a node starts beside none', value: empty.took_ms / 1000, unit: 's' },
    { name: 'entries that the node holds', value: held },
    {
      name: 'memory of the entries (difference of RSS)',
      value: (full.rss_bytes - empty.rss_bytes) / 1e6,
      unit: 'MB',
      target: { atMost: 100 },
    },
  ]
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } } })
  const plan: Plan = values.quick ? { rounds: 3, scale: 0.4 } : { rounds: 5, scale: 1 }
  const lines = await measureFleet(plan, values.only)
  print('A fleet of three nodes', lines)
  write(file('fleet-results.json'), plan, { fleet: lines })
}
