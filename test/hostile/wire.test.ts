import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { answerBrokenRequest } from '../../src/http/broken-request.ts'
import { connectTo, exchangeBytes, sendBytes } from '../contract/raw.ts'
import { assertUnauthorized } from '../contract/refusals.ts'
import { onEachService } from '../contract/suite.ts'
import { assertAlive, assertHarmless, assertRefused } from './harm.ts'

const close = 'Host: h\r\nConnection: close\r\n'
const jsonHeaders = `${close}Content-Type: application/json\r\n`
const body = '{"email":"wire@example.com","password":"long enough"}'

/** Headers and bodies that a proxy might delimit differently from the service (RFC 9112 §6.3, §11.2). */
const smuggling: Record<string, string> = {
  'two lengths': `Content-Length: ${body.length}\r\nContent-Length: 3\r\n\r\n${body}`,
  'one length twice': `Content-Length: ${body.length}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  'a list of lengths': `Content-Length: ${body.length}, ${body.length}\r\n\r\n${body}`,
  'a length and chunks': `Content-Length: ${body.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${body}`,
  'chunks and a length': `Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n`,
  'another coding': `Transfer-Encoding: xchunked\r\n\r\n${body}`,
  'a coding after chunked': `Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
  'chunked twice': `Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n`,
  'a space before the colon': `Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
  'a folded line': `Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n`,
  'a negative length': `Content-Length: -1\r\n\r\n`,
  'a signed length': `Content-Length: +${body.length}\r\n\r\n${body}`,
  'a hexadecimal length': `Content-Length: 0x10\r\n\r\n${body}`,
  'a length of 30 digits': `Content-Length: ${'9'.repeat(30)}\r\n\r\n${body}`,
  'a chunk that is no number': `Transfer-Encoding: chunked\r\n\r\nzz\r\n${body}\r\n0\r\n\r\n`,
  'a chunk longer than it says': `Transfer-Encoding: chunked\r\n\r\n3\r\n${body}\r\n0\r\n\r\n`,
  'a chunk size over 64 bits': `Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n${body}\r\n0\r\n\r\n`,
  'bare line feeds around a chunk': `Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\n${body}\n0\n\n`,
}

const garbage: Record<string, string> = {
  'NUL bytes': '\0'.repeat(64),
  'high bytes': '\xff\xfe\xfd\xfc\r\n\r\n',
  'a TLS ClientHello': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n',
  'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'an unknown method': `BREW /healthz HTTP/1.1\r\n${close}\r\n`,
  'a method in lower case': `get /healthz HTTP/1.1\r\n${close}\r\n`,
  'an unknown protocol': `GET /healthz HTCPCP/1.0\r\n${close}\r\n`,
  'an unknown version': `GET /healthz HTTP/9.9\r\n${close}\r\n`,
  'a header without a colon': `GET /healthz HTTP/1.1\r\n${close}header\r\n\r\n`,
  'a header with a space in its name': `GET /healthz HTTP/1.1\r\n${close}a b: c\r\n\r\n`,
  'NUL in a header': `GET /healthz HTTP/1.1\r\n${close}A: b\0c\r\n\r\n`,
  'a carriage return in a header': `GET /healthz HTTP/1.1\r\n${close}A: b\rSet-Cookie: c\r\n\r\n`,
  'NUL in the path': `GET /healthz\0 HTTP/1.1\r\n${close}\r\n`,
  'a space in the path': `GET /health z HTTP/1.1\r\n${close}\r\n`,
  'high bytes in the path': `GET /health\xff HTTP/1.1\r\n${close}\r\n`,
}

/** A request to follow the feed of revocations. */
function upgrade(headers: string): string {
  const change = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n'
  return `GET /api/v1/revocations HTTP/1.1\r\nHost: h\r\n${change}${headers}\r\n`
}

function statusesIn(answers: string): number[] {
  return [...answers.matchAll(/^HTTP\/1\.1 (\d+) /gm)].map(([, code]) => Number(code))
}

onEachService('hostile bytes', (subject) => {
  const send = (bytes: string | Buffer) => sendBytes(subject.service.address, bytes)

  test('a request with two Host headers, even equal ones, is refused', async () => {
    for (const hosts of ['Host: h\r\nHost: h', 'Host: h\r\nhost: other']) {
      const answer = await send(`GET /healthz HTTP/1.1\r\n${hosts}\r\nConnection: close\r\n\r\n`)
      assert.deepEqual([answer.status, answer.json.message], [400, 'The request could not be read'])
    }
  })

  test('an unknown expectation is ignored', async () => {
    const { status, json } = await send(`POST /api/v1/auth/logout HTTP/1.1\r\n${close}Expect: tea\r\n\r\n`)
    assert.deepEqual([status, json], [401, { status: 'fail', message: 'Unauthorized' }])
  })

  test('a body that a proxy might delimit differently gets 400 and has no effect', async () => {
    await assertHarmless(subject, async () => {
      for (const [what, rest] of Object.entries(smuggling)) {
        const answer = await send(`POST /api/v1/auth/register HTTP/1.1\r\n${jsonHeaders}${rest}`)
        assert.equal(answer.status, what === 'a length of 30 digits' ? answer.status : 400, what)
        assertRefused(answer, [400, 413])
      }
    })
  })

  test('a request hidden in the body of another request is never answered', async () => {
    const { token } = await subject.newUser()
    const hidden = `POST /api/v1/auth/logout HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${token}\r\n\r\n`
    await assertHarmless(subject, async () => {
      const head = 'POST /api/v1/login HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nConnection: close\r\n'
      assertRefused(await send(`${head}Content-Length: ${hidden.length}\r\n\r\n${hidden}`), 415)
      assertRefused(await send(`${head}Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n${hidden}`), 400)
      // Without a length there is no body. After `Connection: close` the hidden request is not served.
      const answer = await send(`GET /healthz HTTP/1.1\r\n${close}\r\n${hidden}`)
      assert.equal(answer.status, 200)
      assert.ok(!answer.text.includes('HTTP/1.1'), answer.text)
    })
    assert.equal((await subject.call('GET', '/auth/user', { token })).status, 200)
  })

  test('the rest of a refused body is not read as the next request', async () => {
    const { token } = await subject.newUser()
    const hidden = `DELETE /api/v1/tokens HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${token}\r\n\r\n`
    await assertHarmless(subject, async () => {
      const padding = 'x'.repeat(70_000)
      const head = `POST /api/v1/login HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n`
      const length = padding.length + hidden.length
      const answer = await send(`${head}Content-Length: ${length}\r\n\r\n${padding}${hidden}`)
      assertRefused({ ...answer, json: JSON.parse(answer.text) }, 413)
    })
    assert.equal((await subject.call('GET', '/auth/user', { token })).status, 200)
  })

  test('bytes that are not HTTP get 400 in the envelope, and the connection ends', async () => {
    for (const [what, bytes] of Object.entries(garbage)) {
      const answer = await send(bytes)
      assert.equal(answer.status, 400, what)
      assertRefused(answer, 400)
      assert.equal(answer.headers.connection, 'close')
    }
    await assertAlive(subject)
  })

  test('an endless header or request line gets 431', async () => {
    assertRefused(await send(`GET /healthz HTTP/1.1\r\n${close}A: ${'b'.repeat(140_000)}`), 431)
    assertRefused(await send(`GET /${'a'.repeat(140_000)}`), 431)
    await assertAlive(subject)
  })

  test('thousands of headers get 431', async () => {
    const many = Array.from({ length: 3_000 }, (_, i) => `X-${i}: ${i}\r\n`).join('')
    assertRefused(await send(`GET /healthz HTTP/1.1\r\n${close}${many}\r\n`), 431)
    await assertAlive(subject)
  })

  test('a complete request gets its answer, even if malformed bytes follow', async () => {
    for (const [i, connection] of ['close', 'keep-alive'].entries()) {
      const input = JSON.stringify({ email: `behind-${i}@example.com`, password: 'long enough' })
      const head = `Host: h\r\nConnection: ${connection}\r\nContent-Type: application/json\r\n`
      const length = `Content-Length: ${input.length}\r\n`
      const answer = await send(`POST /api/v1/auth/register HTTP/1.1\r\n${head}${length}\r\n${input}\0garbage`)
      assert.equal(answer.status, 201)
      const again = await send(`POST /api/v1/auth/register HTTP/1.1\r\n${head}${length}\r\n${input}\r\n\r\n\0`)
      assertRefused(again, 409)
    }
    const script = '/api/v1/ui/static/swagger-ui-bundle.js'
    const expected = await subject.call('GET', `/${script}`)
    const received = await send(`GET ${script} HTTP/1.1\r\nHost: h\r\n\r\n\0garbage`)
    assert.equal(received.text, expected.text)
  })

  test('two Authorization headers are an invalid token, in any order and with any values', async () => {
    const { token } = await subject.newUser()
    const good = `Authorization: Bearer ${token}\r\n`
    const others = ['Authorization: Bearer x\r\n', 'authorization: Basic eDp5\r\n', 'AUTHORIZATION:\r\n', good]
    for (const other of others) {
      for (const pair of [good + other, other + good, `${good}X: y\r\n${other}`]) {
        const answer = await send(`GET /api/v1/auth/user HTTP/1.1\r\n${close}${pair}\r\n`)
        assertUnauthorized(answer, 'invalid')
      }
    }
  })

  test('HTTP/1.0 is answered, HTTP/1.1 without Host gets 400', async () => {
    const { token } = await subject.newUser()
    const old = await send(`GET /api/v1/auth/user HTTP/1.0\r\nAuthorization: Bearer ${token}\r\n\r\n`)
    assert.equal(old.status, 200)
    await assertHarmless(subject, async () => {
      assertRefused(await send('GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n'), 400)
      const head = 'POST /api/v1/auth/register HTTP/1.1\r\nConnection: close\r\nContent-Type: application/json\r\n'
      assertRefused(await send(`${head}Content-Length: ${body.length}\r\n\r\n${body}`), 400)
    })
  })

  test('the value of Host has no effect', async () => {
    const { token } = await subject.newAdmin()
    for (const host of ['evil.example', '127.0.0.1:1', '"><script>', '', 'a b', 'x'.repeat(10_000)]) {
      const head = `Host: ${host}\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\n`
      const answer = await send(`GET /api/v1/widgets HTTP/1.1\r\n${head}\r\n`)
      assert.equal(answer.status, 200)
      assert.ok(!JSON.stringify(answer.headers).includes('evil'), 'a link names the host')
      assert.match(String(answer.headers.link), /^<\/api\/v1\/widgets\?/)
    }
  })

  test('a client that disconnects during its request has no effect', async () => {
    await assertHarmless(subject, async () => {
      const beginnings = [
        'GET /healthz HT',
        `POST /api/v1/auth/register HTTP/1.1\r\n${jsonHeaders}Content-Length: 100\r\n\r\n${body}`,
        `POST /api/v1/auth/register HTTP/1.1\r\n${jsonHeaders}Transfer-Encoding: chunked\r\n\r\n5\r\n{"ema`,
      ]
      const port = Number(new URL(subject.service.address).port)
      for (const beginning of beginnings) {
        const socket = connect(port, '127.0.0.1')
        await once(socket, 'connect')
        await new Promise((written) => socket.write(beginning, written))
        socket.resetAndDestroy()
        await once(socket, 'close')
      }
    })
  })

  test('the request of a client that disconnects before its address is read is refused and has no effect', async () => {
    const { email } = await subject.newUser()
    const { app, address } = subject.service
    const login = JSON.stringify({ email, password: 'wrong password' })
    const readCounts = async () => {
      const { text } = await subject.call('GET', '//metrics')
      const counts = text.matchAll(/^latchkey_http_requests_total\{method="POST",(.+)\} (\d+)$/gm)
      return new Map([...counts].map(([, labels, count]) => [labels as string, Number(count)]))
    }
    await assertHarmless(subject, async () => {
      for (const [path, content] of [
        ['/api/v1/auth/register', body],
        ['/api/v1/auth/login', login],
        ['/api/v1/login', login],
      ] as const) {
        const total = (counts: Map<string, number>) =>
          [...counts].reduce((sum, [labels, count]) => (labels.includes(`"${path}"`) ? sum + count : sum), 0)
        const before = await readCounts()
        const socket = connectTo(address)
        await once(app.server, 'connection')
        socket.write(`POST ${path} HTTP/1.1\r\n${jsonHeaders}Content-Length: ${content.length}\r\n\r\n${content}`)
        socket.resetAndDestroy()
        let after = before
        while (total(after) === total(before)) after = await readCounts()
        const refused = `route="${path}",status="400"`
        assert.equal(after.get(refused), (before.get(refused) ?? 0) + 1, JSON.stringify([...after]))
      }
    })
  })

  test('the time for a request to arrive is limited', () => {
    const { server } = subject.service.app
    assert.ok(server.requestTimeout > 0 && server.requestTimeout <= 30_000)
    assert.ok(server.headersTimeout > 0 && server.headersTimeout <= 60_000)
  })

  test('a client that resets its request to change the protocol has no effect', async () => {
    await assertHarmless(subject, async () => {
      const beginnings = [
        upgrade(''),
        upgrade('Authorization: Basic eDp5\r\n'),
        `${upgrade('')}bytes of no frame`,
        upgrade('Content-Length: 3\r\n'),
      ]
      for (const beginning of beginnings) {
        const socket = connectTo(subject.service.address)
        const [connection] = await once(subject.service.app.server, 'connection')
        // `once` would also wait for an error, and so handle it.
        const closed = new Promise((resolve) => connection.once('close', resolve))
        socket.write(beginning)
        socket.resetAndDestroy()
        await closed
      }
    })
  })

  test('a request to change the protocol behind a request without an answer is answered in its turn', async () => {
    await assertHarmless(subject, async () => {
      const login = `POST /api/v1/auth/login HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
      for (const [first, status] of [
        ['GET /readyz HTTP/1.1\r\nHost: h\r\n\r\n', 200],
        [login, 401],
      ] as const) {
        assert.deepEqual(statusesIn(await exchangeBytes(subject.service.address, first + upgrade(''))), [status, 401])
      }
    })
  })

  test('what follows a request whose Upgrade is ignored is not read as a request', async () => {
    for (const protocol of ['websocket', 'h2c']) {
      const ignored = `GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`
      // Node.js drops what comes in one read with the request. The rest would be its middle.
      const next = `POST /healthz HTTP/1.1\r\nHost: h\r\nContent-Length: 40\r\n\r\n`
      const socket = connectTo(subject.service.address)
      let answers = ''
      socket.on('data', (bytes) => {
        answers += bytes
        socket.write('GET /readyz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
      })
      socket.on('error', () => {})
      socket.write(ignored + next)
      await new Promise((resolve) => socket.once('close', resolve))
      assert.deepEqual(statusesIn(answers), [200], protocol)
    }
  })

  test('the connection of a refused request to change the protocol ends, also if the client keeps its side open', async () => {
    const { hostname, port } = new URL(subject.service.address)
    for (const headers of ['', 'Content-Length: 3\r\n', 'Transfer-Encoding: chunked\r\n']) {
      const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
      const [connection] = await once(subject.service.app.server, 'connection')
      socket.write(upgrade(headers))
      const [answer] = await once(socket, 'data')
      assert.match(String(answer), /^HTTP\/1\.1 401 /)
      if (!connection.closed) await once(connection, 'close')
      socket.destroy()
    }
  })

  test('an upgrade to another protocol is ignored', async () => {
    const upgrade = 'Host: h\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\n'
    assertUnauthorized(await send(`GET /api/v1/auth/user HTTP/1.1\r\n${upgrade}\r\n`), 'missing')
    const http2 = 'Host: h\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: eA\r\n'
    assert.equal((await send(`GET /healthz HTTP/1.1\r\n${http2}\r\n`)).status, 200)
  })
})

test('a request that timed out gets 408 in the envelope, and its connection ends if the client goes on', async () => {
  const late = Object.assign(new Error('late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })
  // As `node:http` creates its own server.
  const server = createServer({ allowHalfOpen: true }, (socket: Socket) =>
    answerBrokenRequest(late as never, socket.resume()),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  assertRefused(await sendBytes(`http://127.0.0.1:${port}`, ''), 408)
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  client.on('error', () => {})
  const [connection] = await once(server, 'connection')
  const closed = new Promise((resolve) => connection.once('close', resolve))
  const dripping = setInterval(() => client.write('a'), 100)
  await closed
  clearInterval(dripping)
  client.destroy()
  server.close()
  await once(server, 'close')
})
