// Verifiers follow a real server, on both databases.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import { type ClientFrame, clientFrameLimit, subprotocol } from '../../../src/revocation/feed/frames.ts'
import { addService } from '../../../src/services/add.ts'
import { removeService } from '../../../src/services/remove.ts'
import { createSqlite, onEachDatabase, open } from '../../support/databases.ts'
import { type Answer, send, startTestService } from '../../support/service.ts'
import { basic, connectVerifier, feedUrl, type TestVerifier } from '../../support/verifier.ts'

interface Vectors {
  refused_by_the_server: { name: string; message: string }[]
}

const vectors = JSON.parse(readFileSync(new URL('../../vectors/feed.json', import.meta.url), 'utf8')) as Vectors

/** The headers of a handshake (RFC 6455 §4.1). */
const handshake = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol': subprotocol,
}

/** The code of the close frame that the verifier gets. */
async function closedWith({ socket }: Pick<TestVerifier, 'socket'>): Promise<number> {
  const [code] = await once(socket, 'close')
  return code
}

type Service = Awaited<ReturnType<typeof startTestService>>

/** Requests whose answer says that a token is dead, after another request has ended the token. */
const repeats: Record<string, (service: Service, token: string, other: string) => Promise<Answer>> = {
  'the same logout': ({ call }, token) => call('POST', '/auth/logout', { token }),
  'a revocation of all tokens with the token': ({ call }, token) => call('DELETE', '/tokens', { token }),
  'a deletion of the token with the token': ({ call }, token) => call('DELETE', `/tokens/${idOf(token)}`, { token }),
  'a deletion of the token with another token': ({ call }, token, other) =>
    call('DELETE', `/tokens/${idOf(token)}`, { token: other }),
  'a revocation by the holder': ({ call }, token) => call('POST', '//oauth/revoke', { form: { token } }),
}

onEachDatabase('the feed', (create) => {
  async function start(t: Parameters<typeof open>[0], settings: Record<string, string> = {}) {
    const { database, undo } = await open(t, create)
    const service = await startTestService(database, settings)
    undo.push(service.stop)
    const credentials = await addService(service.ports, { name: 'a shop', may_revoke_users: false })
    assert.ok(credentials)
    const connect = async (known?: Parameters<typeof connectVerifier>[2]) => {
      const verifier = await connectVerifier(service.address, credentials, known)
      undo.push(verifier.close)
      await verifier.leased()
      return verifier
    }
    return { database, undo, service, credentials, connect }
  }

  test('a verifier refuses each kind of revoked token when the revocation is answered', async (t) => {
    const { service, connect } = await start(t)
    const [first, second, third] = [await service.register(), await service.logIn(), await service.logIn()]
    assert.equal((await service.call('POST', '/auth/logout', { token: first })).status, 200)
    const verifier = await connect()
    assert.deepEqual([first, second, third].map(verifier.check), ['revoked', 'live', 'live'])
    const { json } = await service.call('POST', '/auth/logout', { token: second })
    assert.deepEqual([first, second, third].map(verifier.check), ['revoked', 'revoked', 'live'])
    assert.deepEqual([json.effective.nodes, json.effective.verifiers], [1, 1])
    assert.equal((await service.call('DELETE', '/tokens', { token: third })).status, 200)
    assert.deepEqual([first, second, third].map(verifier.check), ['revoked', 'revoked', 'revoked'])
    assert.equal(verifier.check(await service.logIn()), 'live')
  })

  test('a verifier that stands still is waited out once, and gets no lease until it has caught up', async (t) => {
    const { service, connect } = await start(t, { LEASE_MS: '1000' })
    const verifier = await connect()
    const [token, other] = [await service.register(), await service.logIn()]
    verifier.standStill()
    const { json } = await service.call('POST', '/auth/logout', { token })
    assert.ok(json.effective.waited_ms > 0)
    // The verifier lacks the entry, and its own clocks say that the lease is over.
    assert.equal(verifier.check(token), 'ask')
    const next = await service.call('POST', '/auth/logout', { token: other })
    assert.equal(next.json.effective.verifiers, 0)
  })

  for (const [name, repeat] of Object.entries(repeats)) {
    test(`while a revocation waits for a verifier, ${name} is not answered sooner`, async (t) => {
      const { service, connect } = await start(t)
      const verifier = await connect()
      const [token, other] = [await service.register(), await service.logIn()]
      verifier.standStill()
      const first = service.call('POST', '/auth/logout', { token })
      while ((await service.call('GET', '/auth/check', { token })).status === 204);
      assert.equal(verifier.check(token), 'live')
      const answer = await repeat(service, token, other)
      assert.notEqual(verifier.check(token), 'live', `${answer.status} ${answer.text}`)
      assert.equal((await first).status, 200)
    })
  }

  test('a verifier that gives its lease up is not waited for', async (t) => {
    const { service, connect } = await start(t)
    const verifier = await connect()
    const token = await service.register()
    await verifier.close()
    assert.equal(verifier.check(token), 'ask')
    const { json } = await service.call('POST', '/auth/logout', { token })
    assert.equal(json.effective.verifiers, 0)
  })

  test('a broken connection does not end a lease, and a verifier that returns gets only what is new', async (t) => {
    const { service, connect } = await start(t, { LEASE_MS: '1000' })
    const [first, second, third] = [await service.register(), await service.logIn(), await service.logIn()]
    await service.call('POST', '/auth/logout', { token: first })
    const verifier = await connect()
    verifier.socket.terminate()
    const { json } = await service.call('POST', '/auth/logout', { token: second })
    assert.ok(json.effective.waited_ms > 0)
    assert.equal(verifier.check(second), 'ask')
    const again = await connect(verifier)
    const sent = again.received.flatMap((frame) => (frame.type === 'entries' ? frame.entries : []))
    const jti = JSON.parse(Buffer.from(second.split('.')[1] ?? '', 'base64url').toString()).jti
    assert.deepEqual(
      sent.map((entry) => entry.jti),
      [jti],
    )
    assert.deepEqual([first, second, third].map(again.check), ['revoked', 'revoked', 'live'])
  })

  test('a server that stops asks for the leases, and a restarted one goes on from where the verifier was', async (t) => {
    const { database, undo, service, credentials, connect } = await start(t)
    const token = await service.register()
    await service.call('POST', '/auth/logout', { token })
    const verifier = await connect()
    const closed = once(verifier.socket, 'close')
    undo.splice(undo.indexOf(service.stop), 1)
    await service.stop()
    await closed
    assert.equal(verifier.follower.lease, undefined)
    const restarted = await startTestService(database)
    undo.push(restarted.stop)
    const again = await connectVerifier(restarted.address, credentials, verifier)
    undo.push(again.close)
    await again.leased()
    const sent = again.received.flatMap((frame) => (frame.type === 'entries' ? frame.entries : []))
    assert.deepEqual(sent, [])
    const next = await restarted.logIn()
    await restarted.call('POST', '/auth/logout', { token: next })
    assert.equal(again.check(next), 'revoked')
  })

  test('a verifier that sends an invalid frame when the server leaves does not stop the stop', async (t) => {
    const { database, undo } = await open(t, create)
    const service = await startTestService(database)
    const credentials = await addService(service.ports, { name: 'a shop', may_revoke_users: false })
    assert.ok(credentials)
    const verifier = await connectVerifier(service.address, credentials)
    undo.push(verifier.close)
    await verifier.leased()
    // Bits that only extensions use (RFC 6455 §5.2).
    const stream = (verifier.socket as unknown as { _socket: Socket })._socket
    verifier.standStill()
    verifier.socket.on('message', (data) => String(data).includes('"end"') && stream.write(Buffer.from([0xff, 0x7f])))
    await service.stop()
    assert.equal(service.app.server.listening, false)
  })

  test('a server that stops takes no new verifier', async (t) => {
    const { database, undo } = await open(t, create)
    const service = await startTestService(database)
    const credentials = await addService(service.ports, { name: 'a shop', may_revoke_users: false })
    assert.ok(credentials)
    const verifier = await connectVerifier(service.address, credentials)
    undo.push(verifier.close)
    await verifier.leased()
    const { hostname, port } = new URL(service.address)
    const spare = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
    undo.push(async () => void spare.destroy())
    await once(service.app.server, 'connection')
    verifier.socket.on('message', (data) => {
      if (!String(data).includes('"end"')) return
      const headers = { Host: hostname, ...handshake, ...basic(credentials) }
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
      spare.write(`GET /api/v1/revocations HTTP/1.1\r\n${lines.join('')}\r\n`)
    })
    // The client keeps its side open, so a verifier that was taken would keep the server from stopping.
    const [[answer]] = await Promise.all([once(spare, 'data'), service.stop()])
    assert.match(String(answer), /^HTTP\/1\.1 503 /)
  })

  test('handshakes without valid credentials, or of another protocol, are refused', async (t) => {
    const { service, credentials } = await start(t)
    const wrong = [
      {},
      basic({ ...credentials, client_secret: 'wrong' }),
      basic({ client_id: 'unknown', client_secret: 'wrong' }),
      basic({ client_id: crypto.randomUUID(), client_secret: credentials.client_secret }),
      { Authorization: 'Basic %%%' },
      { Authorization: `Bearer ${await service.register()}` },
    ]
    for (const headers of wrong) assert.equal(await refusal(service.address, subprotocol, headers), 401)
    for (const protocol of ['latchkey.revocations.v2', undefined]) {
      assert.equal(await refusal(service.address, protocol, basic(credentials)), 426)
    }
    const authorization = basic(credentials).Authorization ?? ''
    const plain = await send(service.address, 'GET', '/revocations', { headers: ['Authorization', authorization] })
    assert.deepEqual([plain.status, plain.headers.upgrade], [426, 'websocket'])
  })

  test('a connection of a service that was removed gets no entries and no lease, whenever it begins to follow', async (t) => {
    const { service, credentials, connect } = await start(t)
    const verifier = await connect()
    const spare = new WebSocket(feedUrl(service.address), subprotocol, { headers: basic(credentials) })
    const frames: string[] = []
    spare.on('message', (data) => frames.push(JSON.parse(String(data)).type))
    await once(spare, 'open')
    const cut = closedWith(verifier)
    await removeService(service.ports, credentials.client_id)
    assert.equal(await cut, 4410)
    spare.send(JSON.stringify({ type: 'follow' }))
    assert.equal(await closedWith({ socket: spare }), 4410)
    assert.deepEqual(frames, ['welcome'])
  })

  test('messages that cannot be right end the connection, and the server goes on', async (t) => {
    const { service, connect } = await start(t)
    const bad = vectors.refused_by_the_server.map(({ message }) => message)
    for (const message of [...bad, '{"type":"follow"}', ' '.repeat(clientFrameLimit + 1)]) {
      const verifier = await connect()
      const closed = closedWith(verifier)
      verifier.socket.send(message)
      const code = await closed
      assert.ok([4400, 4410, 1009].includes(code), `${message.slice(0, 60)}: ${code}`)
    }
    const verifier = await connect()
    const closed = closedWith(verifier)
    verifier.socket.send(Buffer.from('{"type":"ended"}'), { binary: true })
    assert.equal(await closed, 4400)
    const token = await service.register()
    await service.call('POST', '/auth/logout', { token })
    assert.equal((await connect()).check(token), 'revoked')
  })

  test('a flood of questions, and an acknowledgement that goes back, end the connection', async (t) => {
    const { service, connect } = await start(t)
    const flooding = await connect()
    const flooded = closedWith(flooding)
    for (let n = 2; n < 200; n++) flooding.send({ type: 'renew', n } satisfies ClientFrame)
    assert.equal(await flooded, 4429)
    const token = await service.register()
    const verifier = await connect()
    await service.call('POST', '/auth/logout', { token })
    const closed = closedWith(verifier)
    verifier.send({ type: 'applied', seq: 0 })
    assert.ok([4400, 4410].includes(await closed))
  })

  test('a client that never reads is cut, and others are served', async (t) => {
    // The snapshot keeps this process busy for longer than a usual lease.
    const { service, credentials, connect } = await start(t, { LEASE_MS: '20000' })
    const token = await service.register()
    // Many entries, so that the snapshot is larger than every buffer between the two.
    const expires_at = Date.now() + 3_600_000
    const entries = Array.from({ length: 150_000 }, () => ({ jti: crypto.randomUUID(), expires_at }))
    for (let at = 0; at < entries.length; at += 10_000) {
      await service.ports.revocation.revoke(async () => ({ entries: entries.slice(at, at + 10_000) }))
    }
    const silent = new WebSocket(feedUrl(service.address), subprotocol, { headers: basic(credentials) })
    await once(silent, 'open')
    silent.send('{"type":"follow"}')
    silent.pause()
    const verifier = await connect()
    await service.call('POST', '/auth/logout', { token })
    assert.equal(verifier.check(token), 'revoked')
    // The server's part of the snapshot has a limit of 10 s.
    const closed = once(silent, 'close')
    const { feed } = service.ports.revocation
    while ((feed.metrics?.cut.get('slow') ?? 0) === 0) await new Promise((resolve) => setTimeout(resolve, 100))
    silent.resume()
    await closed
  })
})

test('5,000 handshakes with wrong credentials are refused, from one network with a limit, and harm no verifier', async (t) => {
  const limit = 1000
  const { database, undo } = await open(t, createSqlite)
  const service = await startTestService(database, { RATE_LIMIT: String(limit) })
  undo.push(service.stop)
  const credentials = await addService(service.ports, { name: 'a shop', may_revoke_users: false })
  assert.ok(credentials)
  const verifier = await connectVerifier(service.address, credentials)
  undo.push(verifier.close)
  await verifier.leased()
  const token = await service.register()

  const headers = { ...handshake, ...basic({ ...credentials, client_secret: 'wrong' }) }
  const url = feedUrl(service.address).replace('ws:', 'http:')
  const counts = new Map<number | undefined, number>()
  const shake = async () => {
    const request = get(url, { headers, agent: false })
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    // A refused handshake ends its connection.
    await once(response.resume(), 'close')
    counts.set(response.statusCode, (counts.get(response.statusCode) ?? 0) + 1)
  }
  await Promise.all(
    Array.from({ length: 50 }, async () => {
      for (let i = 0; i < 100; i++) await shake()
    }),
  )
  const { 401: wrong = 0, 429: limited = 0 } = Object.fromEntries(counts)
  assert.equal(wrong + limited, 5000)
  // On a slow machine a second minute may begin.
  assert.ok(wrong <= 2 * limit, `${wrong} credentials were read`)
  assert.equal(verifier.check(token), 'live')
  await service.ports.revocation.revoke(async () => ({ entries: [entryOf(token)] }))
  assert.equal(verifier.check(token), 'revoked')
})

function idOf(token: string): string {
  return entryOf(token).jti
}

/** The entry of the log that revokes this token. */
function entryOf(token: string) {
  const { jti, exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  return { jti, expires_at: exp * 1000 }
}

/** The status of the answer that refuses the handshake. */
async function refusal(address: string, protocol: string | undefined, headers: Record<string, string>) {
  const socket = new WebSocket(feedUrl(address), protocol ?? [], { headers })
  socket.on('error', () => {})
  const [, response] = await once(socket, 'unexpected-response')
  socket.terminate()
  return response.statusCode
}
