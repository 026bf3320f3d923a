import assert from 'node:assert/strict'
import { METHODS } from 'node:http'
import { test } from 'node:test'
import { decodeJwt } from 'jose'
import { sendBytes } from './raw.ts'
import { onEachService } from './suite.ts'

const origin = 'https://app.example'

onEachService(
  'a check for a gateway',
  (subject) => {
    test('has the same answer for every method and every path below, as Envoy sends them', async () => {
      const { token } = await subject.newUser()
      const { sub, jti } = decodeJwt(token)
      // Node.js gives CONNECT to no route.
      for (const method of METHODS.filter((each) => each !== 'CONNECT')) {
        for (const below of ['', '/', '/orders/7?x=1', '//a//', '/%zz/%2F', `/${'x'.repeat(5000)}`]) {
          const path = `/auth/check${below}`
          const accepted = await subject.call(method, path, { token })
          const { 'x-auth-user': user, 'x-auth-admin': admin, 'x-auth-token-id': id } = accepted.headers
          assert.deepEqual(
            [accepted.status, accepted.text, user, admin, id],
            [204, '', sub, 'false', jti],
            `${method} ${path}`,
          )
        }
        const refused = await subject.call(method, '/auth/check/orders')
        assert.deepEqual([refused.status, /^Bearer /.test(String(refused.headers['www-authenticate']))], [401, true])
      }
      assert.equal((await subject.call('GET', '/auth/checks', { token })).status, 404)
    })

    test('is 200 where the query asks for it, whatever the query of the client says', async () => {
      const { token } = await subject.newUser()
      for (const [query, status] of [
        ['?status=200', 200],
        ['?status=200&path=/orders?status=204&status=500', 200],
        ['/orders?status=200', 200],
        ['?status=204', 204],
        ['?status=500', 204],
        ['?status=', 204],
        ['?status', 204],
        ['?a=1&a=2', 204],
        ['?%zz', 204],
      ] as const) {
        const answer = await subject.call('GET', `/auth/check${query}`, { token })
        assert.deepEqual([answer.status, answer.text], [status, ''], query)
        assert.ok(answer.headers['x-auth-user'])
        assert.equal((await subject.call('GET', `/auth/check${query}`, { token: 'x' })).status, 401, query)
      }
    })

    test('reads no body', async () => {
      const { token } = await subject.newUser()
      for (const [type, body] of [
        ['application/json', '{"broken'],
        ['text/plain', 'x'],
        ['application/json', 'x'.repeat(100_000)],
      ] as const) {
        for (const method of ['POST', 'PUT', 'DELETE', 'PROPFIND']) {
          const call = { token, body, headers: ['Content-Type', type] }
          assert.equal((await subject.call(method, '/auth/check/orders', call)).status, 204, `${method} ${type}`)
        }
      }
      // The next request of the connection is still read.
      const head = (close: boolean) =>
        `POST /api/v1/auth/check HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: 3\r\nConnection: ${close ? 'close' : 'keep-alive'}\r\n\r\nabc`
      const { status, text } = await sendBytes(subject.service.address, head(false) + head(true))
      assert.deepEqual([status, text.match(/^HTTP\/1\.1 204/gm)?.length], [204, 1])
    })

    test('needs a token for a preflight below the path, but a page may ask whether its own token is valid', async () => {
      const { token } = await subject.newUser()
      const preflight = ['Origin', origin, 'Access-Control-Request-Method', 'GET']
      const own = await subject.call('OPTIONS', '/auth/check', { headers: preflight })
      assert.deepEqual([own.status, own.headers['access-control-allow-origin']], [204, origin])
      assert.equal((await subject.call('OPTIONS', '/auth/check/orders', { headers: preflight })).status, 401)
      assert.equal((await subject.call('OPTIONS', '/auth/check/orders', { headers: preflight, token })).status, 204)
      assert.equal((await subject.call('OPTIONS', '/auth/check')).status, 401)
      assert.equal((await subject.call('OPTIONS', '/widgets')).status, 405)
    })
  },
  { CORS_ORIGINS: origin },
)
