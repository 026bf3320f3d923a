import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { decodeJwt } from 'jose'
import { openDatabase } from '../../src/store/open.ts'
import { createSqlite, onEachDatabase, type TestDatabase } from '../support/databases.ts'
import { createPostgres } from '../support/process/postgres.ts'
import { type ServerProcess, startProcess } from '../support/process/server.ts'
import { openTerminal } from '../support/process/terminal.ts'
import { account, send } from '../support/service.ts'

const root = join(import.meta.dirname, '../..')

/** What these tests need of a server. */
type Reachable = Pick<ServerProcess, 'address' | 'call'>

/** Makes a hash so slow that a signal arrives while it is computed. */
const slowHash = { ARGON2_MEMORY_KIB: '65536', ARGON2_PASSES: '8', HASH_CONCURRENCY: '1' }

function post(server: Reachable, path: string, body: object, agent: Agent): ClientRequest {
  const headers = { 'content-type': 'application/json' }
  const sent = request(`${server.address}/api/v1${path}`, { method: 'POST', agent, headers })
  sent.end(JSON.stringify(body))
  return sent
}

async function read(response: IncomingMessage): Promise<{ status: number | undefined; body: string }> {
  let body = ''
  for await (const chunk of response) body += chunk
  return { status: response.statusCode, body }
}

/** Resolves when the server's metrics show that a hash is being computed. */
async function untilHashing(server: Reachable): Promise<void> {
  for (;;) {
    const { text } = await server.call('GET', '//metrics')
    if (/^latchkey_hashes_running 1$/m.test(text)) return
  }
}

/** Opens a connection that has received an answer and stays open. */
async function openIdle({ address }: ServerProcess): Promise<Socket> {
  const socket = connect(Number(new URL(address).port), '127.0.0.1')
  socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(socket, 'data')
  return socket
}

async function hasToken({ url }: TestDatabase, jti: string): Promise<boolean> {
  const { store } = await openDatabase(url)
  const row = await store.selectFrom('token').select('jti').where('jti', '=', jti).executeTakeFirst()
  await store.destroy()
  return row !== undefined
}

onEachDatabase('a server that shuts down', (create) => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    test(`${signal}: a running login gets a stored token, idle connections close, the exit code is 0`, async (t) => {
      const database = await create()
      t.after(database.remove)
      const server = await startProcess({ DATABASE_URL: database.url, LOG_LEVEL: 'info', ...slowHash })
      const agent = new Agent({ keepAlive: true })
      t.after(() => agent.destroy())
      const registration = await read((await once(post(server, '/auth/register', account, agent), 'response'))[0])
      assert.equal(registration.status, 201)

      const idle = await openIdle(server)
      const closed = once(idle.resume(), 'close')
      const answered = once(post(server, '/auth/login', account, agent), 'response')
      await untilHashing(server)
      process.kill(server.pid, signal)
      await closed
      const { status, body } = await read((await answered)[0])
      assert.equal(status, 200, body)
      assert.equal(await server.exit, 0)
      assert.match(server.output(), new RegExp(`"signal":"${signal}"`))
      assert.doesNotMatch(server.output(), /cut off/)
      assert.ok(await hasToken(database, decodeJwt(JSON.parse(body).access_token).jti as string))
    })
  }
})

test('a server without its PostgreSQL still shuts down, and logs what it could not write', async (t) => {
  const postgres = await createPostgres()
  t.after(postgres.remove)
  const server = await startProcess({ DATABASE_URL: postgres.url, LOG_LEVEL: 'error', LEASE_MS: '60000' })
  t.after(server.kill)
  const { json } = await server.call('POST', '/auth/register', { json: account })
  await postgres.stop('immediate')
  // The node still has a lease, so this check leaves a last use to write.
  assert.equal((await server.call('GET', '/auth/check', { token: json.access_token })).status, 204)
  process.kill(server.pid, 'SIGTERM')
  assert.equal(await server.exit, 0)
  assert.match(server.output(), /last uses of tokens and receipts could not be written|housekeeping failed/)
})

test('a client that never finishes its request is cut off, and the exit code is still 0', async (t) => {
  const { server } = await withStalledClient(t)
  process.kill(server.pid, 'SIGTERM')
  assert.equal(await server.exit, 0)
  assert.match(server.output(), /unfinished requests are cut off/)
})

test('a second signal ends the server immediately, even while requests run', async (t) => {
  const { server } = await withStalledClient(t)
  process.kill(server.pid, 'SIGTERM')
  // A signal right after the first may be a copy from npm and does not count, so the test repeats the signal.
  const again = setInterval(() => process.kill(server.pid, 'SIGTERM'), 50)
  server.exit.finally(() => clearInterval(again))
  assert.equal(await server.exit, 128 + 15)
  assert.doesNotMatch(server.output(), /cut off/)
})

test('Ctrl-C at npm start lets running requests finish, although npm repeats the signal', async (t) => {
  const database = await createSqlite()
  t.after(database.remove)
  // Debian's sh stays the parent of the service and forwards no signal. bash replaces itself by the service.
  const shell = { npm_config_script_shell: '/bin/bash' }
  const settings = { DATABASE_URL: database.url, PORT: '0', LOG_LEVEL: 'silent', ...slowHash, ...shell }
  const terminal = openTerminal(t, `cd '${root}'; trap : INT; npm start; echo npm has ended`, settings)
  await terminal.shows('--admin')
  const [address = ''] = /http:[\w:/.]+/.exec(terminal.screen()) ?? []
  const server = { address, call: send.bind(undefined, address) }
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  assert.equal((await server.call('POST', '/auth/register', { json: account })).status, 201)
  const answered = once(post(server, '/auth/login', account, agent), 'response')
  await untilHashing(server)
  terminal.type('\x03')
  assert.equal((await read((await answered)[0])).status, 200)
  await terminal.shows('npm has ended')
  await terminal.end()
})

/** Starts a server, and a client that has sent the head of a request but not its body. */
async function withStalledClient(t: { after: (fn: () => unknown) => void }): Promise<{ server: ServerProcess }> {
  const database = await createSqlite()
  t.after(database.remove)
  const server = await startProcess({ DATABASE_URL: database.url, LOG_LEVEL: 'info' })
  const client = connect(Number(new URL(server.address).port), '127.0.0.1')
  client.on('error', () => {})
  t.after(() => client.destroy())
  client.write('POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n')
  client.write('Expect: 100-continue\r\nContent-Length: 100\r\n\r\n')
  // The server has read the head and waits for the body.
  const [interim] = await once(client, 'data')
  assert.match(String(interim), /^HTTP\/1\.1 100 /)
  return { server }
}
