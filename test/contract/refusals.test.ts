import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { disableUser } from '../../src/accounts/change-account.ts'
import { headersOf, statusOf } from '../../src/http/refusals.ts'
import { Refusal, type RefusalCode } from '../../src/refusal.ts'
import { createSqlite } from '../support/databases.ts'
import { createPostgres } from '../support/process/postgres.ts'
import { type Call, startTestService } from '../support/service.ts'
import { guarded } from './guarded.ts'
import { sendBytes } from './raw.ts'
import { type Audience, assertFails, assertForbidden, assertUnauthorized, challenge } from './refusals.ts'
import { routesOf } from './routes-of.ts'
import { onEachService, type Subject } from './suite.ts'

/** Routes that need no token, and why. */
const publicRoutes = new Set([
  'POST /api/v1/auth/register', // gives the first token
  'POST /api/v1/auth/login', // gives a token
  'POST /api/v1/login', // gives a token
  'POST /api/v1/auth/login/totp', // gives a token
  'POST /api/v1/auth/login/recovery-code', // gives a token
  'POST /api/v1/auth/login/passkey', // gives a token
  'POST /api/v1/auth/login/passkey/options', // comes before a login
  'POST /api/v1/auth/password/forgot', // for people who cannot log in
  'POST /api/v1/auth/password/reset', // the link is the credential
  'POST /api/v1/auth/email/verify',
  'GET /', // the console, and its files
  'GET /account/reset-password',
  'GET /account/verify-email',
  'GET /console/files/*',
  'GET /api/v1/swagger.json', // describes the API
  'GET /healthz', // for the process manager
  'GET /readyz',
  'GET /metrics',
  'GET /.well-known/jwks.json', // public keys
  'GET /.well-known/oauth-authorization-server', // for clients that have no token yet
  'GET /.well-known/openid-configuration',
  'POST /oauth/token', // takes client credentials, in the header or in the body
  'POST /oauth/introspect',
  'POST /oauth/revoke', // to hold the token is enough
  'POST /oauth/global-token-revocation',
])
/** The feed of revocations takes client credentials. */
const feed = 'GET /api/v1/revocations'
/** What the console's own page sends. */
const ownPage = ['Sec-Fetch-Site', 'same-origin', 'Latchkey-Console', '1']
/** Swagger UI: static files. */
const publicPages = /^GET \/api\/v1\/ui(\/|$)/

onEachService('refusals', (subject) => {
  const onEvery = async (
    call: Call,
    check: (answer: Awaited<ReturnType<Subject['call']>>, audience: Audience) => void,
  ) => {
    for (const [method, path, audience] of guarded) check(await subject.call(method, path, call), audience)
  }

  test('every route of the running service needs a token, except for the public routes', async () => {
    const routes = routesOf(subject.service.app.printRoutes())
    for (const [method, path] of guarded) {
      assert.ok(
        routes.some((route) => matches(route, method, path)),
        `${method} ${path} is no route`,
      )
    }
    for (const route of publicRoutes) assert.ok(routes.includes(route), `${route} is no route`)
    // The console has the routes of the API again.
    const isPublic = (route: string) =>
      publicRoutes.has(route.replace(' /console/api/', ' /api/')) || publicPages.test(route)
    for (const route of routes.filter((each) => !isPublic(each.replace(/^HEAD/, 'GET')))) {
      const [method, path] = route.replace(/:\w+/g, 'any').split(' ') as [string, string]
      if (path.startsWith('/console/')) {
        assert.equal((await subject.call(method, `/${path}`)).status, 403, route)
      }
      const answer = await subject.call(method, `/${path}`, { headers: ownPage })
      assert.equal(answer.status, 401, route)
      const realm =
        route.replace(/^HEAD/, 'GET') === feed
          ? /^Basic realm="services@mydomain.com"$/
          : /^Bearer realm="(registered|admin)_users@mydomain.com"$/
      assert.match(String(answer.headers['www-authenticate']), realm)
    }
  })

  describe('a request without a token', () => {
    test('gets Unauthorized, with the realm and nothing more', async () => {
      await onEvery({}, (answer, audience) => assertUnauthorized(answer, 'missing', audience))
    })

    test('is one with another scheme, or with the scheme alone', async () => {
      const { token } = await subject.newUser()
      const others = [
        'Basic dXNlcjpwYXNz',
        `Basic ${token}`,
        `basic ${token}`,
        `Digest ${token}`,
        `Token ${token}`,
        `JWT ${token}`,
      ]
      for (const value of [...others, 'Bearer', 'bearer', 'Bearer ', '', ' ']) {
        await onEvery({ headers: ['Authorization', value] }, (answer, audience) =>
          assertUnauthorized(answer, 'missing', audience),
        )
      }
    })

    test('is one with a token in the query string, a cookie, a body or another header', async () => {
      const { token } = await subject.newAdmin()
      const headers = ['Cookie', `access_token=${token}; token=${token}; Authorization=Bearer ${token}`]
      headers.push(
        'X-Authorization',
        `Bearer ${token}`,
        'Proxy-Authorization',
        `Bearer ${token}`,
        'X-Access-Token',
        token,
      )
      for (const [method, path, audience] of guarded) {
        const inQuery = `${path}?access_token=${token}&token=${token}&Authorization=Bearer%20${token}`
        assertUnauthorized(
          await subject.call(method, inQuery, { headers, form: { access_token: token } }),
          'missing',
          audience,
        )
      }
    })
  })

  describe('a token', () => {
    test('is accepted after Bearer in any case, or bare', async () => {
      const { token } = await subject.newUser()
      for (const value of [`Bearer ${token}`, `bearer ${token}`, `BEARER ${token}`, `bEaReR ${token}`, token]) {
        for (const name of ['Authorization', 'authorization', 'AUTHORIZATION']) {
          assert.equal((await subject.call('GET', '/auth/user', { headers: [name, value] })).status, 200)
        }
      }
    })

    test('is invalid in two Authorization headers, also if both have the same value', async () => {
      const { token } = await subject.newAdmin()
      for (const other of [`Bearer ${token}`, token, 'Basic dXNlcjpwYXNz', '', 'x']) {
        for (const values of [
          [`Bearer ${token}`, other],
          [other, `Bearer ${token}`],
        ] as [string, string][]) {
          const headers = ['Authorization', values[0], 'authorization', values[1]]
          await onEvery({ headers }, (answer, audience) => assertUnauthorized(answer, 'invalid', audience))
        }
      }
    })

    test('is invalid if it is over 8 KiB, up to 100 KB', async () => {
      const { token } = await subject.newUser()
      for (const length of [8193, 20_000, 100_000]) {
        for (const value of [
          `Bearer ${token}${'A'.repeat(length - token.length)}`,
          'a'.repeat(length),
          `Bearer ${'a.'.repeat(length / 2)}`,
        ]) {
          await onEvery({ headers: ['Authorization', value] }, (answer, audience) =>
            assertUnauthorized(answer, 'invalid', audience),
          )
        }
      }
    })

    test('is invalid with non-ASCII bytes', async () => {
      const { token } = await subject.newUser()
      for (const value of [
        `Bearer ${token}é`,
        `Bearer é${token}`,
        'Bearer \xff',
        '\xfe\xff',
        `${token}\xa0`,
        'Bearer \xc3\xa9',
      ]) {
        await onEvery({ headers: ['Authorization', value] }, (answer, audience) =>
          assertUnauthorized(answer, 'invalid', audience),
        )
      }
    })

    test('is invalid if it is any other text', async () => {
      const { token } = await subject.newUser()
      const others = [
        'x',
        'Bearer x',
        'Bearer a.b.c',
        'Bearer ..',
        'Bearer null',
        'Bearer undefined',
        `Bearer ${token} ${token}`,
      ]
      for (const value of [
        ...others,
        `Bearer Bearer ${token}`,
        `Bearer "${token}"`,
        `Bearer ${token},`,
        `Bearer: ${token}`.slice(0, 7) + token,
      ]) {
        await onEvery({ headers: ['Authorization', value] }, (answer, audience) =>
          assertUnauthorized(answer, 'invalid', audience),
        )
      }
    })

    test('is invalid if any part of it was changed', async () => {
      const { token } = await subject.newUser()
      const parts = token.split('.') as [string, string, string]
      const change = (part: string) => part.slice(0, 5) + (part[5] === 'A' ? 'B' : 'A') + part.slice(6)
      const changed = parts.map((_, i) => parts.map((part, j) => (i === j ? change(part) : part)).join('.'))
      const shorter = [
        parts.slice(0, 2).join('.'),
        `${parts[0]}.${parts[1]}.`,
        `${token}.`,
        `${token}.${parts[2]}`,
        token.slice(0, -4),
        parts.toReversed().join('.'),
      ]
      for (const each of [...changed, ...shorter]) {
        await onEvery({ token: each }, (answer, audience) => assertUnauthorized(answer, 'invalid', audience))
      }
      assert.equal((await subject.call('GET', '/auth/user', { token })).status, 200)
    })

    test('is expired from the instant of its exp, and not earlier', async () => {
      const { token } = await subject.newUser()
      const issued = subject.now
      subject.now = issued + 900_000 - 1
      assert.equal((await subject.call('GET', '/auth/user', { token })).status, 200)
      subject.now = issued + 900_000
      await onEvery({ token }, (answer, audience) => assertUnauthorized(answer, 'expired', audience))
    })

    test('is expired rather than revoked if it is both, and invalid rather than expired', async () => {
      const { token } = await subject.newUser()
      await subject.call('POST', '/auth/logout', { token })
      subject.now += 900_000
      assertUnauthorized(await subject.call('GET', '/auth/user', { token }), 'expired')
      assertUnauthorized(await subject.call('GET', '/auth/user', { token: `${token}=` }), 'invalid')
    })

    test('is blacklisted after a logout, a deletion from the list, or the disabling of its user', async () => {
      const dead = [
        await subject.newUser(),
        await subject.newAdmin(),
        await subject.newUser(),
        await subject.newAdmin(),
      ]
      const [one, two, three, four] = dead as [(typeof dead)[0], (typeof dead)[0], (typeof dead)[0], (typeof dead)[0]]
      await subject.call('POST', '/auth/logout', one)
      const id = (await subject.call('GET', '/tokens?current=true', two)).json.tokens[0].id
      await subject.call('DELETE', `/tokens/${id}`, two)
      await subject.call('DELETE', '/tokens', three)
      await disableUser(subject.service.ports, (await subject.call('GET', '/auth/user', four)).json.public_id)
      for (const { token } of dead) {
        await onEvery({ token }, (answer, audience) => assertUnauthorized(answer, 'revoked', audience))
      }
    })
  })

  test('a valid token without the rights gets 403 with insufficient_scope', async () => {
    const { token } = await subject.newUser()
    for (const [method, path, audience] of guarded) {
      if (audience === 'admin_users') assertForbidden(await subject.call(method, path, { token }))
    }
  })

  describe('the order of checks', () => {
    const bodies: Call[] = [
      { body: '{', headers: ['Content-Type', 'application/json'] },
      { body: 'x', headers: ['Content-Type', 'text/plain'] },
      { body: 'x'.repeat(70_000), headers: ['Content-Type', 'application/json'] },
      { json: { name: 'Bad Name', info_url: 5, deadline: 'never' } },
      { json: {} },
    ]

    test('the token is checked before the body', async () => {
      for (const body of bodies) {
        await onEvery(body, (answer, audience) => assertUnauthorized(answer, 'missing', audience))
        await onEvery({ ...body, token: 'x' }, (answer, audience) => assertUnauthorized(answer, 'invalid', audience))
      }
    })

    test('the rights are checked before the body, the path and the query', async () => {
      const { token } = await subject.newUser()
      for (const body of bodies) {
        assertForbidden(await subject.call('POST', '/widgets', { ...body, token }))
        assertForbidden(await subject.call('PUT', '/widgets/Bad%20Name', { ...body, token }))
        assertForbidden(await subject.call('DELETE', '/widgets/no-such-widget', { ...body, token }))
      }
      assertUnauthorized(await subject.call('GET', '/widgets?page=x'), 'missing')
      assertUnauthorized(await subject.call('GET', '/widgets?per_page=7', { token: 'x' }), 'invalid')
    })

    test('the size and format of a body are checked before its content and before the database', async () => {
      const { token } = await subject.newAdmin()
      const statuses = [400, 415, 413]
      for (const [i, status] of statuses.entries()) {
        assertFails(await subject.call('POST', '/widgets', { ...(bodies[i] as Call), token }), status)
        assertFails(await subject.call('PUT', '/widgets/Bad%20Name', { ...(bodies[i] as Call), token }), status)
        assertFails(await subject.call('DELETE', '/widgets/no-such-widget', { ...(bodies[i] as Call), token }), status)
      }
    })

    test('a caller without a token is answered before the body has arrived', async () => {
      const head = 'POST /api/v1/widgets HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n'
      const waiting = `${head}Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{`
      assertUnauthorized(await sendBytes(subject.service.address, waiting), 'missing', 'admin_users')
    })
  })
})

onEachService(
  'the realm',
  (subject) => {
    test('has the domain of REALM_DOMAIN', async () => {
      const { token } = await subject.newUser()
      const header = async (path: string, call: Call, method = 'GET') =>
        (await subject.call(method, path, call)).headers['www-authenticate']
      assert.equal(await header('/auth/user', {}), challenge('missing', 'registered_users', 'keys.example'))
      assert.equal(await header('/auth/user', { token: 'x' }), challenge('invalid', 'registered_users', 'keys.example'))
      assert.equal(await header('/widgets', {}, 'POST'), challenge('missing', 'admin_users', 'keys.example'))
      assert.match(
        String(await header('/widgets', { token }, 'POST')),
        /^Bearer realm="admin_users@keys\.example", error="insufficient_scope"/,
      )
    })
  },
  { REALM_DOMAIN: 'keys.example' },
)

describe('a node that cannot know whether a token is revoked', () => {
  const assertUnknown = async (call: Subject['call'], token: string) => {
    for (const [method, path] of guarded) {
      const answer = await call(method, path, { token })
      assertFails(answer, 503, 'Token status is temporarily unknown')
      assert.equal(answer.headers['retry-after'], '1')
      assert.equal(answer.headers['www-authenticate'], undefined)
    }
  }

  test('answers 503 with Retry-After while PostgreSQL is down, and accepts tokens again afterwards', async (t) => {
    const server = await createPostgres()
    const service = await startTestService(server)
    t.after(async () => {
      await service.stop()
      await server.remove()
    })
    const token = await service.admin()
    await server.stop('immediate')
    // The node answers from memory until its lease expires.
    while ((await service.call('GET', '/auth/check', { token })).status === 204);
    await assertUnknown(service.call, token)
    assertFails(
      await service.call('GET', '/auth/user', { token: `${token}=` }),
      401,
      'Invalid token. Please log in again.',
    )
    await server.start()
    while ((await service.call('GET', '/auth/check', { token })).status === 503);
    assert.equal((await service.call('GET', '/auth/user', { token })).status, 200)
  })

  test('answers 503 with Retry-After if the SQLite file cannot be read', async (t) => {
    const database = await createSqlite()
    const service = await startTestService(database)
    t.after(async () => {
      await service.stop()
      await database.remove()
    })
    const token = await service.admin()
    await service.ports.store.destroy()
    await assertUnknown(service.call, token)
  })
})

test('every temporary refusal has Retry-After', () => {
  const codes = Object.keys(statusOf) as RefusalCode[]
  const retryAfter = (code: RefusalCode, retry_after_s?: number) => {
    const detail = retry_after_s === undefined ? {} : { retry_after_s }
    return headersOf(new Refusal(code, detail), 'registered_users', 'example')['retry-after']
  }
  for (const code of codes) {
    assert.equal(retryAfter(code), statusOf[code] === 503 ? '1' : undefined, code)
    assert.equal(retryAfter(code, 30), '30', code)
  }
})

function matches(route: string, method: string, path: string): boolean {
  const [known, form] = route.split(' ') as [string, string]
  return known === method && new RegExp(`^${form.replace(/:\w+/g, '[^/]+')}$`).test(`/api/v1${path}`)
}
