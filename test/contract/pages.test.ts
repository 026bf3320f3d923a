import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { onEachService } from './suite.ts'

/** What the document must say about each route: whether it needs a token, whether it takes a body, and its statuses. */
const documented: Record<
  string,
  { secured: boolean | 'service' | 'optional'; body: boolean | 'form' | 'json'; statuses: number[] }
> = {
  'POST /api/v1/auth/register': { secured: false, body: true, statuses: [201, 202, 400, 403, 409, 413, 415, 429, 503] },
  'POST /api/v1/auth/login': { secured: false, body: true, statuses: [200, 400, 401, 403, 413, 415, 429, 503] },
  'POST /api/v1/login': { secured: false, body: true, statuses: [200, 400, 401, 403, 413, 415, 429, 503] },
  'GET /api/v1/auth/user': { secured: true, body: false, statuses: [200, 401, 403, 429, 503] },
  'DELETE /api/v1/auth/user': { secured: true, body: true, statuses: [204, 400, 401, 403, 409, 413, 415, 429, 503] },
  'POST /api/v1/auth/renew': { secured: true, body: false, statuses: [200, 400, 401, 403, 413, 415, 429, 503] },
  'POST /api/v1/auth/password': { secured: true, body: true, statuses: [200, 400, 401, 403, 413, 415, 429, 503] },
  'POST /api/v1/auth/login/totp': { secured: false, body: true, statuses: [200, 400, 401, 403, 413, 415, 429, 503] },
  'POST /api/v1/auth/login/recovery-code': {
    secured: false,
    body: true,
    statuses: [200, 400, 401, 403, 413, 415, 429, 503],
  },
  'POST /api/v1/auth/totp': { secured: true, body: true, statuses: [201, 400, 401, 403, 413, 415, 429, 503] },
  'DELETE /api/v1/auth/totp': {
    secured: true,
    body: true,
    statuses: [200, 400, 401, 403, 404, 409, 413, 415, 429, 503],
  },
  'POST /api/v1/auth/totp/confirm': { secured: true, body: true, statuses: [200, 400, 401, 403, 413, 415, 429, 503] },
  'POST /api/v1/auth/login/passkey/options': {
    secured: false,
    body: true,
    statuses: [200, 400, 401, 403, 409, 413, 415, 429, 503],
  },
  'POST /api/v1/auth/login/passkey': {
    secured: false,
    body: true,
    statuses: [200, 400, 401, 403, 409, 413, 415, 429, 503],
  },
  'GET /api/v1/auth/passkeys': { secured: true, body: false, statuses: [200, 401, 403, 429, 503] },
  'POST /api/v1/auth/passkeys': {
    secured: true,
    body: true,
    statuses: [201, 400, 401, 403, 409, 413, 415, 429, 503],
  },
  'POST /api/v1/auth/passkeys/options': {
    secured: true,
    body: true,
    statuses: [200, 400, 401, 403, 409, 413, 415, 429, 503],
  },
  'DELETE /api/v1/auth/passkeys/{id}': {
    secured: true,
    body: true,
    statuses: [200, 400, 401, 403, 404, 409, 413, 415, 429, 503],
  },
  'POST /api/v1/auth/recovery-codes': {
    secured: true,
    body: true,
    statuses: [200, 400, 401, 403, 409, 413, 415, 429, 503],
  },
  'POST /api/v1/auth/password/forgot': { secured: false, body: true, statuses: [202, 400, 403, 413, 415, 429, 503] },
  'POST /api/v1/auth/password/reset': { secured: false, body: true, statuses: [200, 400, 403, 413, 415, 429, 503] },
  'POST /api/v1/auth/email/verify': { secured: false, body: true, statuses: [200, 400, 403, 413, 415, 429, 503] },
  'POST /api/v1/auth/email': { secured: true, body: true, statuses: [202, 400, 401, 403, 413, 415, 429, 503] },
  'POST /api/v1/auth/email/verification': {
    secured: true,
    body: false,
    statuses: [202, 400, 401, 403, 413, 415, 429, 503],
  },
  'GET /api/v1/auth/check': { secured: true, body: false, statuses: [200, 204, 401, 429, 503] },
  'POST /api/v1/auth/logout': { secured: true, body: false, statuses: [200, 400, 401, 413, 415, 429, 503] },
  'POST /api/v1/tokens': { secured: true, body: true, statuses: [201, 400, 401, 403, 409, 413, 415, 429, 503] },
  'GET /api/v1/tokens': { secured: true, body: false, statuses: [200, 400, 401, 403, 429, 503] },
  'DELETE /api/v1/tokens': { secured: true, body: false, statuses: [200, 400, 401, 403, 413, 415, 429, 503] },
  'DELETE /api/v1/tokens/{id}': { secured: true, body: false, statuses: [200, 400, 401, 403, 404, 413, 415, 429, 503] },
  'GET /api/v1/widgets': { secured: true, body: false, statuses: [200, 400, 401, 403, 429, 503] },
  'POST /api/v1/widgets': { secured: true, body: true, statuses: [201, 400, 401, 403, 409, 413, 415, 429, 503] },
  'GET /api/v1/widgets/{name}': { secured: true, body: false, statuses: [200, 401, 403, 404, 429, 503] },
  'PUT /api/v1/widgets/{name}': { secured: true, body: true, statuses: [200, 201, 400, 401, 403, 413, 415, 429, 503] },
  'DELETE /api/v1/widgets/{name}': {
    secured: true,
    body: false,
    statuses: [204, 400, 401, 403, 404, 413, 415, 429, 503],
  },
  'GET /api/v1/admin/users': { secured: true, body: false, statuses: [200, 400, 401, 403, 429, 503] },
  'POST /api/v1/admin/users': { secured: true, body: true, statuses: [201, 400, 401, 403, 409, 413, 415, 429, 503] },
  'GET /api/v1/admin/users/{id}': { secured: true, body: false, statuses: [200, 401, 403, 404, 429, 503] },
  'PATCH /api/v1/admin/users/{id}': {
    secured: true,
    body: true,
    statuses: [200, 400, 401, 403, 404, 409, 413, 415, 429, 503],
  },
  'DELETE /api/v1/admin/users/{id}': {
    secured: true,
    body: false,
    statuses: [200, 400, 401, 403, 404, 409, 413, 415, 429, 503],
  },
  'GET /api/v1/admin/users/{id}/tokens': { secured: true, body: false, statuses: [200, 400, 401, 403, 404, 429, 503] },
  'DELETE /api/v1/admin/users/{id}/tokens': {
    secured: true,
    body: false,
    statuses: [200, 400, 401, 403, 404, 413, 415, 429, 503],
  },
  'DELETE /api/v1/admin/users/{id}/tokens/{jti}': {
    secured: true,
    body: false,
    statuses: [200, 400, 401, 403, 404, 413, 415, 429, 503],
  },
  'POST /api/v1/admin/users/{id}/password-reset': {
    secured: true,
    body: false,
    statuses: [200, 400, 401, 403, 404, 413, 415, 429, 503],
  },
  'DELETE /api/v1/admin/users/{id}/factors': {
    secured: true,
    body: false,
    statuses: [200, 400, 401, 403, 404, 413, 415, 429, 503],
  },
  'GET /api/v1/admin/audit': { secured: true, body: false, statuses: [200, 400, 401, 403, 429, 503] },
  'GET /api/v1/admin/fleet': { secured: true, body: false, statuses: [200, 401, 403, 429, 503] },
  'GET /api/v1/admin/keys': { secured: true, body: false, statuses: [200, 401, 403, 429, 503] },
  'POST /api/v1/admin/keys/rotate': {
    secured: true,
    body: false,
    statuses: [200, 400, 401, 403, 409, 413, 415, 429, 503],
  },
  'POST /api/v1/admin/keys/{kid}/revoke': {
    secured: true,
    body: false,
    statuses: [200, 400, 401, 403, 404, 413, 415, 429, 503],
  },
  'GET /api/v1/admin/services': { secured: true, body: false, statuses: [200, 401, 403, 429, 503] },
  'POST /api/v1/admin/services': { secured: true, body: true, statuses: [201, 400, 401, 403, 409, 413, 415, 429, 503] },
  'DELETE /api/v1/admin/services/{id}': {
    secured: true,
    body: false,
    statuses: [200, 400, 401, 403, 404, 413, 415, 429, 503],
  },
  'GET /api/v1/swagger.json': { secured: false, body: false, statuses: [200, 429] },
  'GET /.well-known/jwks.json': { secured: false, body: false, statuses: [200, 304, 429, 503] },
  'GET /.well-known/oauth-authorization-server': { secured: false, body: false, statuses: [200, 304, 429] },
  'GET /.well-known/openid-configuration': { secured: false, body: false, statuses: [200, 304, 429] },
  'POST /oauth/token': { secured: 'service', body: 'form', statuses: [200, 400, 401, 413, 415, 429, 503] },
  'POST /oauth/introspect': { secured: 'service', body: 'form', statuses: [200, 400, 401, 413, 415, 429, 503] },
  'POST /oauth/revoke': { secured: 'optional', body: 'form', statuses: [200, 400, 401, 413, 415, 429, 503] },
  'POST /oauth/global-token-revocation': {
    secured: 'service',
    body: 'json',
    statuses: [204, 400, 401, 403, 404, 413, 415, 429, 503],
  },
  'GET /healthz': { secured: false, body: false, statuses: [200] },
  'GET /readyz': { secured: false, body: false, statuses: [200, 503] },
  'GET /metrics': { secured: false, body: false, statuses: [200, 503] },
}

interface Operation {
  tags: string[]
  security?: Record<string, unknown>[]
  requestBody?: { content: Record<string, { schema: object }> }
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>
}

onEachService('the API’s own pages', (subject) => {
  const readDocument = async () => {
    const { status, json, headers } = await subject.call('GET', '/swagger.json')
    assert.equal(status, 200)
    assert.match(String(headers['content-type']), /^application\/json/)
    return json
  }
  const operations = async (): Promise<Map<string, Operation>> => {
    const { paths } = (await readDocument()) as { paths: Record<string, Record<string, Operation>> }
    const all = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
    )
    return new Map(all.filter(([route]) => !route.startsWith('HEAD ')))
  }

  describe('GET /swagger.json', () => {
    test('is an OpenAPI 3 document with security schemes for users and for services', async () => {
      const { openapi, info, components } = await readDocument()
      assert.match(openapi, /^3\./)
      assert.ok(info.title && info.version)
      const schemes = Object.values(components.securitySchemes) as { type: string; scheme: string }[]
      assert.deepEqual(
        schemes.map(({ type, scheme }) => [type, scheme]),
        [
          ['http', 'bearer'],
          ['http', 'basic'],
        ],
      )
    })

    test('has every route and no other, and tags routes outside the API as discovery, operation or oauth', async () => {
      const all = await operations()
      assert.deepEqual([...all.keys()].sort(), Object.keys(documented).sort())
      const operation = [...all].filter(([, { tags }]) => tags.includes('operation')).map(([route]) => route)
      assert.deepEqual(operation.sort(), ['GET /api/v1/swagger.json', 'GET /healthz', 'GET /metrics', 'GET /readyz'])
      for (const [route, { tags }] of all) {
        assert.equal(tags.includes('discovery'), route.includes('/.well-known/'))
        assert.equal(tags.includes('oauth'), route.includes(' /oauth/'))
      }
    })

    test('describes every status of each route', async () => {
      for (const [route, { responses }] of await operations()) {
        const statuses = Object.keys(responses).map(Number)
        assert.deepEqual(statuses.toSorted(), [...(documented[route]?.statuses ?? []), 500].toSorted(), route)
        for (const { description } of Object.values(responses)) assert.ok(description.length > 3, route)
      }
    })

    test('explains 401 by the credentials for a login, and by the token for other routes', async () => {
      for (const [route, { responses }] of await operations()) {
        const description = responses[401]?.description
        if (description === undefined) continue
        const login = /login$/.test(route)
        const secondStep = / \/api\/v1\/auth\/login\//.test(route)
        const changes =
          /\/auth\/(password|email|totp|totp\/confirm|recovery-codes|passkeys|passkeys\/options|passkeys\/\{id\})$/
        const own =
          (changes.test(route) && !secondStep && !route.startsWith('GET')) || /DELETE .*\/auth\/user$/.test(route)
        assert.equal(description.includes('`email or password does not match`'), login || own, route)
        const oauth = route.includes(' /oauth/')
        assert.equal(/The token is missing/.test(description), !login && !secondStep && !oauth, route)
        assert.equal(description.includes('`invalid_client`'), oauth, route)
      }
    })

    test('says which routes need a token', async () => {
      const { components } = await readDocument()
      const [user, service] = Object.keys(components.securitySchemes)
      const expected = new Map<unknown, unknown>([
        [true, [[user]]],
        ['service', [[service]]],
        ['optional', [[], [service]]],
        [false, []],
      ])
      for (const [route, { security }] of await operations()) {
        const needs = security?.map((each) => Object.keys(each)) ?? []
        assert.deepEqual(needs, expected.get(documented[route]?.secured), route)
      }
    })

    test('says which routes take a body, as JSON and as a form', async () => {
      for (const [route, { requestBody }] of await operations()) {
        const types = Object.keys(requestBody?.content ?? {}).sort()
        const both = ['application/json', 'application/x-www-form-urlencoded']
        const expected = { form: both.slice(1), json: both.slice(0, 1), true: both, false: [] }
        assert.deepEqual(types, expected[String(documented[route]?.body) as keyof typeof expected], route)
      }
    })

    test('describes the answers that have a body', async () => {
      const empty = new Set(['POST /oauth/revoke', 'GET /api/v1/auth/check'])
      for (const [route, { responses }] of await operations()) {
        for (const [status, { content }] of Object.entries(responses)) {
          const isEmpty = ['204', '304'].includes(status) || (empty.has(route) && status === '200')
          if (isEmpty) assert.equal(content, undefined, route)
          else if (route === 'GET /metrics' && status === '200') assert.ok(content?.['text/plain'])
          else assert.ok(content?.['application/json']?.schema, `${route} ${status}`)
        }
      }
    })

    test('describes the fields of a user, a token and a widget', async () => {
      const all = await operations()
      const fieldsOf = (route: string, status: number) => {
        const schema = all.get(route)?.responses[status]?.content?.['application/json']?.schema as {
          properties: object
        }
        return Object.keys(schema.properties).sort()
      }
      const widget = [
        'created_at',
        'deadline',
        'deadline_passed',
        'info_url',
        'link',
        'name',
        'owner',
        'time_remaining',
      ]
      const token = ['access_token', 'expires_in', 'message', 'scope', 'status', 'token_type']
      assert.deepEqual(fieldsOf('GET /api/v1/widgets/{name}', 200), widget)
      assert.deepEqual(fieldsOf('POST /api/v1/auth/login', 200), token)
      assert.deepEqual(fieldsOf('POST /api/v1/login', 200), [...token, 'token'].sort())
      const user = [
        'admin',
        'email',
        'email_verified',
        'factors',
        'pending_email',
        'public_id',
        'registered_on',
        'token_expires_in',
        'username',
      ]
      assert.deepEqual(fieldsOf('GET /api/v1/auth/user', 200), user)
    })
  })

  describe('GET /ui', () => {
    test('is a page that loads every part from this server', async () => {
      for (const path of ['/ui', '/ui/']) {
        const { status, text, headers } = await subject.call('GET', path)
        assert.equal(status, 200)
        assert.match(String(headers['content-type']), /^text\/html/)
        assert.match(text, /swagger-ui/)
        const parts = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link as string)
        assert.ok(parts.length >= 4)
        for (const part of parts) {
          const url = new URL(part, `${subject.service.address}/api/v1/ui/`)
          assert.equal(url.origin, subject.service.address, part)
          assert.equal((await subject.call('GET', `/${url.pathname}`)).status, 200, part)
        }
        assert.doesNotMatch(text, /https?:\/\//)
      }
    })

    test('names no other host in its policy, and works over plain HTTP', async () => {
      const policy = String((await subject.call('GET', '/ui')).headers['content-security-policy'])
      assert.match(policy, /default-src '(self|none)'/)
      assert.doesNotMatch(policy, /https?:|validator|\*/)
      assert.doesNotMatch(policy, /upgrade-insecure-requests/)
    })

    test('shows the document of this server', async () => {
      const { text } = await subject.call('GET', '/ui/static/swagger-initializer.js')
      assert.match(text, /"url":"\/api\/v1\/swagger\.json"|\.\/json/)
      assert.deepEqual((await subject.call('GET', '/ui/json')).json, await readDocument())
    })
  })

  describe('outside the API', () => {
    test('/healthz says that the process runs, /readyz that it can check tokens', async () => {
      for (const path of ['//healthz', '//readyz']) {
        const { status, json } = await subject.call('GET', path)
        assert.equal(status, 200)
        assert.equal(json.status, 'success')
      }
    })

    test('/metrics counts requests, refusals by reason, revoked tokens and the hash queue', async () => {
      const readMetrics = async () => {
        const { status, text, headers } = await subject.call('GET', '//metrics')
        assert.equal(status, 200)
        assert.match(String(headers['content-type']), /^text\/plain/)
        return new Map(
          text
            .split('\n')
            .filter((line) => !line.startsWith('#'))
            .map((line) => line.split(/ (?=\S+$)/) as [string, string]),
        )
      }
      const user = await subject.newUser()
      const counted = {
        'latchkey_http_requests_total{method="GET",route="/api/v1/auth/user",status="200"}': 2,
        'latchkey_http_requests_total{method="GET",route="/api/v1/auth/user",status="401"}': 3,
        'latchkey_refusals_total{reason="token_missing"}': 1,
        'latchkey_refusals_total{reason="token_invalid"}': 1,
        'latchkey_refusals_total{reason="token_revoked"}': 1,
      }
      const before = await readMetrics()
      for (const token of [user.token, user.token]) await subject.call('GET', '/auth/user', { token })
      await subject.call('POST', '/auth/logout', user)
      for (const call of [{}, { token: 'x' }, { token: user.token }]) await subject.call('GET', '/auth/user', call)
      const after = await readMetrics()
      for (const [name, more] of Object.entries(counted)) {
        assert.equal(Number(after.get(name)) - Number(before.get(name) ?? 0), more, name)
      }
      for (const name of ['latchkey_hashes_running', 'latchkey_hashes_waiting']) assert.equal(after.get(name), '0')
      const revoked = Number(after.get('latchkey_revoked_tokens')) - Number(before.get('latchkey_revoked_tokens'))
      assert.equal(revoked, 1)
    })

    test('/metrics has no label that a caller can choose', async () => {
      const chosen = 'chosen-by-a-caller'
      await subject.call('GET', `/${chosen}`)
      await subject.call('PROPFIND', `/widgets/${chosen}`)
      await subject.call('GET', `/widgets/${chosen}?${chosen}`, { token: chosen })
      assert.doesNotMatch((await subject.call('GET', '//metrics')).text, new RegExp(chosen))
    })
  })
})
