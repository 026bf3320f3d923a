import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sql } from 'kysely'
import type { Answer } from '../support/service.ts'
import { sendBytes } from './raw.ts'
import { assertFails, assertInvalid, assertSucceeds } from './refusals.ts'
import { type Holder, onEachService, type Subject } from './suite.ts'

/** Every path of the service and its methods. */
const paths: Record<string, string[]> = {
  '/auth/register': ['POST'],
  '/auth/login': ['POST'],
  '/login': ['POST'],
  '/auth/user': ['DELETE', 'GET', 'HEAD'],
  '/auth/password': ['POST'],
  '/auth/renew': ['POST'],
  '/auth/login/totp': ['POST'],
  '/auth/login/recovery-code': ['POST'],
  '/auth/totp': ['DELETE', 'POST'],
  '/auth/totp/confirm': ['POST'],
  '/auth/recovery-codes': ['POST'],
  '/auth/login/passkey': ['POST'],
  '/auth/login/passkey/options': ['POST'],
  '/auth/passkeys': ['GET', 'HEAD', 'POST'],
  // The path of a passkey matches too.
  '/auth/passkeys/options': ['DELETE', 'POST'],
  '/auth/passkeys/00000000-0000-4000-8000-000000000000': ['DELETE'],
  '/auth/password/forgot': ['POST'],
  '/auth/password/reset': ['POST'],
  '/auth/email': ['POST'],
  '/auth/email/verify': ['POST'],
  '/auth/email/verification': ['POST'],
  '/auth/logout': ['POST'],
  '/tokens': ['GET', 'HEAD', 'POST', 'DELETE'],
  '/tokens/00000000-0000-4000-8000-000000000000': ['DELETE'],
  '/admin/users': ['GET', 'HEAD', 'POST'],
  '/admin/users/any': ['GET', 'HEAD', 'PATCH', 'DELETE'],
  '/admin/users/any/tokens': ['GET', 'HEAD', 'DELETE'],
  '/admin/users/any/tokens/any': ['DELETE'],
  '/admin/users/any/password-reset': ['POST'],
  '/admin/users/any/factors': ['DELETE'],
  '/admin/audit': ['GET', 'HEAD'],
  '/admin/fleet': ['GET', 'HEAD'],
  '/admin/keys': ['GET', 'HEAD'],
  '/admin/keys/rotate': ['POST'],
  '/admin/keys/any/revoke': ['POST'],
  '/admin/services': ['GET', 'HEAD', 'POST'],
  '/admin/services/any': ['DELETE'],
  '/widgets': ['GET', 'HEAD', 'POST'],
  '/widgets/any': ['GET', 'HEAD', 'PUT', 'DELETE'],
  '/%77idgets': ['GET', 'HEAD', 'POST'],
  '/widgets/%61%2Fb%25': ['GET', 'HEAD', 'PUT', 'DELETE'],
  '/widgets?page=1': ['GET', 'HEAD', 'POST'],
  '/ui': ['GET', 'HEAD'],
  '/ui/': ['GET', 'HEAD'],
  '/ui/static/index.css': ['GET', 'HEAD'],
  '/swagger.json': ['GET', 'HEAD'],
  '//healthz': ['GET', 'HEAD'],
  '//readyz': ['GET', 'HEAD'],
  '//metrics': ['GET', 'HEAD'],
  '//.well-known/jwks.json': ['GET', 'HEAD'],
  '//.well-known/oauth-authorization-server': ['GET', 'HEAD'],
  '//.well-known/openid-configuration': ['GET', 'HEAD'],
}

const methods = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'PURGE',
  'SEARCH',
  'QUERY',
]

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

onEachService('common rules', (subject) => {
  describe('paths and methods', () => {
    test('an unsupported method gets 405 with Allow, in the envelope, with and without a token', async () => {
      const { token } = await subject.newUser()
      for (const [path, known] of Object.entries(paths)) {
        for (const method of methods.filter((each) => !known.includes(each))) {
          for (const options of [{}, { token }]) {
            const answer = await subject.call(method, path, options)
            assert.deepEqual(listOf(answer.headers.allow), [...known].sort(), `${method} ${path}: ${answer.status}`)
            if (method === 'HEAD') assert.equal(answer.status, 405)
            else assertFails(answer, 405)
          }
        }
      }
    })

    test('an unsupported method is refused before the body is read', async () => {
      const headers = ['Content-Type', 'text/plain']
      assertFails(await subject.call('PATCH', '/auth/login', { body: 'x'.repeat(70_000), headers }), 405)
      assertFails(await subject.call('PUT', '/widgets', { body: '{', headers }), 405)
    })

    test('an unknown path gets 404 in the envelope for every method', async () => {
      const { token } = await subject.newUser()
      const unknown = ['//api', '//api/v1', '//api/v1/', '/nothing', '/auth', '/auth/', '/auth/user/more', '/AUTH/USER']
      const more = [
        '/tokens/a/b',
        '/widgets/a/b',
        '//api/v2/tokens',
        '//tokens',
        '//robots.txt',
        '/healthz',
        '//ui',
        '/ui/nothing',
        '/widgets/',
        '/widgets/?page=1',
        '/tokens/',
      ]
      for (const path of [...unknown, ...more, '/auth/user;a=b', '/auth%2Fuser', '/auth/us%00er']) {
        for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
          for (const call of [{}, { token }]) {
            const answer = await subject.call(method, path, call)
            assertFails(answer, 404, 'The requested path was not found')
            assert.equal(answer.headers.allow, undefined)
          }
        }
      }
    })

    test('a path that cannot be decoded is refused like an unknown path', async () => {
      const { token } = await subject.newUser()
      for (const name of ['%', '%zz', '%ff', '%c3%28', '%e0%a4%a', '%00', 'a%', '%25', '%2', '%f0%9f%98']) {
        assertFails(await subject.call('GET', `/nothing/${name}`), 404)
        assertFails(await subject.call('DELETE', `/tokens/${name}`), 401, 'Unauthorized')
        assertFails(await subject.call('DELETE', `/tokens/${name}`, { token }), 404, '404 token not found')
        const { status, json } = await subject.call('GET', `/widgets/${name}`, { token })
        assert.equal(status, 404)
        assert.match(json.message, / not found in database\.$/)
      }
      assert.equal((await subject.call('GET', '/auth/user', { token })).status, 200)
    })

    test('HEAD answers like GET, without a body', async () => {
      const admin = await subject.newAdmin()
      await subject.call('PUT', '/widgets/head', {
        token: admin.token,
        json: { info_url: 'http://a.example', deadline: '2031-01-01' },
      })
      const readable = [
        '/auth/user',
        '/tokens',
        '/widgets',
        '/widgets/head',
        '/widgets/none',
        '/ui',
        '/swagger.json',
        '//healthz',
        '//readyz',
      ]
      for (const path of readable) {
        for (const options of [admin, {}].map(({ token }: Partial<Holder>) => (token ? { token } : {}))) {
          const got = await subject.call('GET', path, options)
          const head = await subject.call('HEAD', path, options)
          assert.deepEqual([head.status, head.text], [got.status, ''])
          for (const name of ['content-type', 'www-authenticate', 'link', 'total-count']) {
            assert.equal(head.headers[name], got.headers[name], `${name} of ${path}`)
          }
        }
      }
      assert.equal((await subject.call('HEAD', '/auth/check', { token: admin.token })).status, 204)
    })

    test('a malformed HTTP request gets the envelope too', async () => {
      const host = 'Host: localhost\r\nConnection: close\r\n\r\n'
      const broken = [
        `BREW /api/v1/auth/user HTTP/1.1\r\n${host}`,
        'no request at all\r\n\r\n',
        `POST /api/v1/auth/login HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n${host}`,
        `POST /api/v1/auth/login HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n${host}zz\r\n`,
        `GET /api/v1/auth/user HTTP/9.9\r\n${host}`,
        `GET /api/v1/auth/user HTTP/1.1\r\nno colon\r\n${host}`,
        'GET /api/v1/auth/user HTTP/1.1\r\nConnection: close\r\n\r\n',
      ]
      for (const bytes of broken) assertFails(await sendBytes(subject.service.address, bytes), 400)
      const large = `GET /api/v1/auth/user HTTP/1.1\r\nX: ${'x'.repeat(200_000)}\r\n${host}`
      assertFails(await sendBytes(subject.service.address, large), 431)
    })
  })

  describe('answers', () => {
    test('name neither the server nor the framework', async () => {
      for (const answer of await oneOfEachKind(subject)) {
        assert.equal(answer.headers.server, undefined)
        assert.equal(answer.headers['x-powered-by'], undefined)
      }
    })

    test('are JSON, and each failure has status and message and no more', async () => {
      for (const answer of await oneOfEachKind(subject)) {
        if (answer.status === 204 || /html|javascript|text\/plain/.test(String(answer.headers['content-type'])))
          continue
        assert.match(String(answer.headers['content-type']), /^application\/json(; charset=utf-8)?$/)
        if (answer.status < 400) continue
        const { status, message, errors, ...rest } = answer.json
        assert.equal(status, 'fail')
        assert.equal(typeof message, 'string')
        assert.equal(errors !== undefined, message === 'Input payload validation failed')
        assert.deepEqual(rest, {})
      }
    })

    test('to a successful action have status and message', async () => {
      const { token } = await subject.newAdmin()
      const widget = { name: 'an-action', info_url: 'http://example.com', deadline: '2031-01-01' }
      assertSucceeds(
        await subject.call('POST', '/widgets', { token, json: widget }),
        201,
        'New widget added: an-action.',
      )
    })

    test('name every invalid field', async () => {
      const admin = await subject.newAdmin()
      const badUser = { email: 'unknown', username: 'Not Good', password: 'short' }
      assertInvalid(await subject.call('POST', '/auth/register', { json: badUser }), ['email', 'username', 'password'])
      assertInvalid(await subject.call('POST', '/auth/register', { form: badUser }), ['email', 'username', 'password'])
      const wrongTypes = { email: 5, username: {}, password: ['a'] }
      assertInvalid(await subject.call('POST', '/auth/register', { json: wrongTypes }), [
        'email',
        'username',
        'password',
      ])
      const nulls = { email: null, password: null }
      assertInvalid(await subject.call('POST', '/auth/login', { json: nulls }), ['email', 'password'])
      const badWidget = { name: 'Not Good', info_url: 'nowhere', deadline: 'never' }
      const all = ['name', 'info_url', 'deadline']
      assertInvalid(await subject.call('POST', '/widgets', { token: admin.token, json: badWidget }), all)
      assertInvalid(await subject.call('PUT', '/widgets/NOT%20GOOD', { token: admin.token, json: badWidget }), all)
      const { json } = await subject.call('GET', '/widgets?page=x&per_page=y', admin)
      assert.deepEqual(Object.keys(json.errors).sort(), ['page', 'per_page'])
    })

    test('give instants as ISO 8601 in UTC with a Z, and expires_in in whole seconds', async () => {
      const admin = await subject.newAdmin()
      subject.now += 123
      const { json: login } = await subject.call('POST', '/auth/login', {
        json: { email: admin.email, password: admin.password },
      })
      assert.ok(Number.isInteger(login.expires_in))
      const widget = { info_url: 'https://example.com', deadline: '2031-01-01T10:00:00+05:00' }
      await subject.call('PUT', '/widgets/instants', { token: admin.token, json: widget })
      const user = (await subject.call('GET', '/auth/user', admin)).json
      const { created_at, deadline } = (await subject.call('GET', '/widgets/instants', admin)).json
      const [first] = (await subject.call('GET', '/tokens', admin)).json.tokens
      const instants = [user.registered_on, created_at, deadline, first.created_at, first.expires_at]
      for (const each of instants) assert.match(each, instant)
      assert.equal(deadline, '2031-01-01T05:00:00.000Z')
    })

    test('that contain a token forbid caching', async () => {
      const { email, password } = await subject.newUser()
      const registered = await subject.call('POST', '/auth/register', {
        json: { email: 'cache@example.com', password },
      })
      const login = await subject.call('POST', '/auth/login', { json: { email, password } })
      const short = await subject.call('POST', '/login', { json: { email, password } })
      for (const answer of [registered, login, short]) {
        assert.ok(answer.json.access_token)
        assert.equal(answer.headers['cache-control'], 'no-store')
        assert.equal(answer.headers.pragma, 'no-cache')
      }
    })

    test('to an internal error have a request id and no internal details', async () => {
      const { token } = await subject.newUser()
      const { store } = subject.service.ports
      await sql`alter table widget rename to hidden`.execute(store)
      const answers = [
        await subject.call('GET', '/widgets', { token }),
        await subject.call('GET', '/widgets/a', { token }),
      ]
      await sql`alter table hidden rename to widget`.execute(store)
      for (const { status, json, headers } of answers) {
        assert.equal(status, 500)
        assert.match(String(headers['content-type']), /^application\/json/)
        assert.deepEqual(json, { status: 'error', message: 'Internal server error', request_id: json.request_id })
        assert.match(json.request_id, /^[\w-]+$/)
      }
      assert.notEqual(answers[0]?.json.request_id, answers[1]?.json.request_id)
      assert.equal((await subject.call('GET', '/widgets', { token })).status, 200)
    })
  })
})

function listOf(header: unknown): string[] {
  return String(header).split(/, ?/).sort()
}

/** Returns answers of every kind: successes, most refusals, pages, and a refusal of the HTTP parser. */
async function oneOfEachKind({ call, newAdmin, newUser, service }: Subject): Promise<Answer[]> {
  const [admin, user] = [await newAdmin(), await newUser()]
  const widget = { name: `kind-${admin.email.length}`, info_url: 'http://example.com', deadline: '2031-01-01' }
  const json = ['Content-Type', 'application/json']
  return [
    await call('POST', '/auth/login', { json: { email: user.email, password: user.password } }),
    await call('POST', '/auth/login', { json: { email: user.email, password: 'wrong password' } }),
    await call('POST', '/auth/register', { json: { email: user.email, password: user.password } }),
    await call('POST', '/auth/register', { json: {} }),
    await call('POST', '/auth/register', { body: '{', headers: json }),
    await call('POST', '/auth/register', { body: 'x'.repeat(70_000), headers: json }),
    await call('POST', '/auth/register', { body: 'x', headers: ['Content-Type', 'text/plain'] }),
    await call('GET', '/auth/user', user),
    await call('GET', '/auth/user'),
    await call('GET', '/auth/user', { token: 'x' }),
    await call('GET', '/auth/check', user),
    await call('GET', '/tokens', user),
    await call('DELETE', '/tokens/none', user),
    await call('PUT', '/widgets/kind', { token: admin.token, json: widget }),
    await call('POST', '/widgets', { token: user.token, json: widget }),
    await call('GET', '/widgets', user),
    await call('DELETE', '/widgets/kind', admin),
    await call('GET', '/widgets/kind', admin),
    await call('PATCH', '/widgets', admin),
    await call('GET', '/nothing'),
    await call('GET', '/ui'),
    await call('GET', '/ui/static/swagger-ui-bundle.js'),
    await call('GET', '/swagger.json'),
    await call('GET', '//healthz'),
    await call('GET', '//readyz'),
    await call('GET', '//metrics'),
    await sendBytes(service.address, 'nonsense\r\n\r\n'),
  ]
}
