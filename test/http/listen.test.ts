import assert from 'node:assert/strict'
import dns from 'node:dns/promises'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { tryToListen } from '../../src/http/listen.ts'
import { connectTo, parseAnswer, sendBytes } from '../contract/raw.ts'
import { createSqlite, open } from '../support/databases.ts'
import { account, send, startTestService } from '../support/service.ts'

/** `localhost` has these addresses. Every machine has the first two. */
function resolveLocalhost(t: TestContext, ...addresses: string[]): void {
  t.mock.method(dns, 'lookup', async () => addresses.map((address) => ({ address, family: 4 })))
}

/** An address for documentation (RFC 5737), so no machine has it. */
const nowhere = '192.0.2.1'

async function startOnLocalhost(t: TestContext, ...addresses: string[]) {
  resolveLocalhost(t, ...addresses)
  const { database, undo } = await open(t, createSqlite)
  const service = await startTestService(database, {
    HOST: 'localhost',
    ARGON2_MEMORY_KIB: '65536',
    LOGIN_LIMIT_ADDRESS: '100',
    RATE_LIMIT: '1000',
  })
  let stopped: Promise<void> | undefined
  const stop = () => {
    stopped ??= service.stop()
    return stopped
  }
  undo.push(stop)
  const { port } = new URL(service.address)
  return { ...service, stop, at: (address: string) => `http://${address}:${port}` }
}

test('on each address of localhost, broken requests get the envelope', async (t) => {
  const { at } = await startOnLocalhost(t, '127.0.0.1', '127.0.0.2')
  for (const address of ['127.0.0.1', '127.0.0.2']) {
    for (const [bytes, status] of [
      ['GARBAGE\r\n\r\n', 400],
      [`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(200_000)}\r\n\r\n`, 431],
      ['GET /api/v1/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 404],
    ] as const) {
      const answer = await sendBytes(at(address), bytes)
      assert.deepEqual([answer.status, answer.json?.status], [status, 'fail'], address)
    }
    const expecting = await send(at(address), 'GET', '//healthz', { headers: ['Expect', 'miracles'] })
    assert.equal(expecting.status, 200)
    const upgrade = ['Upgrade', 'websocket', 'Connection', 'Upgrade']
    assert.equal((await send(at(address), 'GET', '/revocations', { headers: upgrade })).status, 401)
  }
})

test('a running login on each address of localhost is finished by a shutdown, and idle connections close', async (t) => {
  const { at, register, ports, stop } = await startOnLocalhost(t, '127.0.0.1', '127.0.0.2')
  await register()
  const body = JSON.stringify(account)
  const post = `POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  const answers = ['127.0.0.1', '127.0.0.2'].map(async (address) => {
    const socket = connectTo(at(address))
    socket.write(post)
    let text = ''
    for await (const bytes of socket) text += bytes
    return parseAnswer(text)
  })
  const idle = connectTo(at('127.0.0.2'))
  idle.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(idle, 'data')
  const closed = once(idle.resume(), 'close')
  while (ports.hasher.running() + ports.hasher.waiting() < 2) await new Promise(setImmediate)
  await Promise.all([stop(), closed])
  for (const { status, json } of await Promise.all(answers)) assert.equal(status, 200, JSON.stringify(json))
  await assert.rejects(send(at('127.0.0.2'), 'GET', '//healthz'), { code: 'ECONNREFUSED' })
})

test('an address of localhost that the machine does not have is skipped, but not one that is in use', async (t) => {
  const { at, address } = await startOnLocalhost(t, nowhere, '127.0.0.1', nowhere, '127.0.0.2')
  assert.equal(address, at('127.0.0.1'))
  for (const each of ['127.0.0.1', '127.0.0.2']) assert.equal((await send(at(each), 'GET', '//healthz')).status, 200)

  const other = createServer().listen(0, '127.0.0.2')
  await once(other, 'listening')
  t.after(() => other.close())
  const { port } = other.address() as { port: number }
  await assert.rejects(tryToListen('localhost', port), { code: 'EADDRINUSE', address: '127.0.0.2' })
  resolveLocalhost(t, nowhere)
  await assert.rejects(tryToListen('localhost', 0), { code: 'EADDRNOTAVAIL' })
})

test('with HOST=:: a client of IPv4 has an IPv4 address', async (t) => {
  const { database, undo } = await open(t, createSqlite)
  const { address, stop } = await startTestService(database, { HOST: '::' })
  undo.push(stop)
  const ipv4 = address.replace('[::]', '127.0.0.1')
  const { json } = await send(ipv4, 'POST', '/auth/register', { json: account })
  const { tokens } = (await send(ipv4, 'GET', '/tokens', { token: json.access_token })).json
  assert.equal(tokens[0].ip, '127.0.0.1')
})
