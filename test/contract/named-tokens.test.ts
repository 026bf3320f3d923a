import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeJwt } from 'jose'
import { scopes } from '../../src/tokens/scopes.ts'
import type { Answer } from '../support/service.ts'
import { assertFails, assertForbidden, assertInvalid, assertUnauthorized } from './refusals.ts'
import { noon, onEachService } from './suite.ts'

function assertOutOfScope(answer: Answer, scope: string, audience = 'registered_users'): void {
  assertFails(answer, 403, 'The scope of the token does not suffice')
  assert.equal(
    answer.headers['www-authenticate'],
    `Bearer realm="${audience}@mydomain.com", error="insufficient_scope", error_description="The scope of the token does not suffice", scope="${scope}"`,
  )
}

onEachService('a named token', (subject) => {
  const make = (token: string, json: object) => subject.call('POST', '/tokens', { token, json })
  const named = async (token: string, json: object = {}) => {
    const answer = await make(token, { description: 'a program', ...json })
    assert.equal(answer.status, 201, answer.text)
    return answer.json.access_token as string
  }
  const status = async (token: string, path = '/auth/user') => (await subject.call('GET', path, { token })).status
  const widget = { name: 'named', info_url: 'https://example.com', deadline: '2031-01-01' }

  test('is shown once, and is listed with its kind, description and scope', async () => {
    subject.now = noon
    const user = await subject.newUser()
    const answer = await make(user.token, {
      description: 'nightly backup',
      expires_in: 3600,
      scope: 'widgets:read tokens:read',
    })
    const { status: success, message, access_token, token_type, expires_in, ...entry } = answer.json
    assert.deepEqual(
      [answer.status, success, message, token_type, expires_in],
      [201, 'success', 'the token has been created', 'bearer', 3600],
    )
    assert.deepEqual([answer.headers['cache-control'], answer.headers.pragma], ['no-store', 'no-cache'])
    const claims = decodeJwt(access_token)
    assert.deepEqual([claims.scope, claims.jti], ['widgets:read tokens:read', entry.id])
    const { tokens } = (await subject.call('GET', '/tokens', user)).json
    assert.deepEqual(
      tokens.map(({ kind, scope, current }: { kind: string; scope: string | null; current: boolean }) => [
        kind,
        scope,
        current,
      ]),
      [
        ['login', null, true],
        ['named', 'widgets:read tokens:read', false],
      ],
    )
    assert.deepEqual(tokens[1], entry)
    assert.deepEqual([entry.description, entry.expires_at], ['nightly backup', '2030-06-15T13:00:00.000Z'])
    // The token sees itself as the one in use.
    const own = (await subject.call('GET', '/tokens?current=true', { token: access_token })).json.tokens
    assert.equal(own[0].id, entry.id)
  })

  test('without a scope may do as much as its user, and lives 30 days', async () => {
    subject.now = noon
    const user = await subject.newUser()
    const { json } = await make(user.token, { description: 'x' })
    assert.deepEqual([json.expires_in, json.scope], [30 * 86_400, null])
    for (const path of ['/auth/user', '/auth/check', '/tokens', '/widgets']) {
      assert.ok((await status(json.access_token, path)) < 300, path)
    }
    subject.now = noon + 29 * 86_400_000
    assert.equal(await status(json.access_token), 200)
    subject.now = noon + 30 * 86_400_000
    assertUnauthorized(await subject.call('GET', '/auth/user', { token: json.access_token }), 'expired')
    subject.now = noon
  })

  test('may do what its scope says, and each other route needs a scope that it lacks', async () => {
    const admin = await subject.newAdmin()
    const id = '00000000-0000-4000-8000-000000000000'
    const routes: [method: string, path: string, scope: string, json?: object][] = [
      ['GET', '/auth/user', 'account:read'],
      ['GET', '/tokens', 'tokens:read'],
      ['POST', '/tokens', 'tokens:write', { description: 'x' }],
      ['DELETE', `/tokens/${id}`, 'tokens:write'],
      ['GET', '/widgets', 'widgets:read'],
      ['GET', '/widgets/none', 'widgets:read'],
      ['POST', '/widgets', 'widgets:write', widget],
      ['PUT', '/widgets/named', 'widgets:write', widget],
      ['DELETE', '/widgets/named', 'widgets:write'],
    ]
    for (const scope of Object.keys(scopes)) {
      const token = await named(admin.token, { scope })
      for (const [method, path, needed, json] of routes) {
        const answer = await subject.call(method, path, { token, ...(json && { json }) })
        const audience = path.startsWith('/widgets') && method !== 'GET' ? 'admin_users' : 'registered_users'
        if (scope === needed) assert.notEqual(answer.status, 403, `${scope}: ${method} ${path}`)
        else assertOutOfScope(answer, needed, audience)
      }
      // Every token may be checked, and may end itself.
      const { headers } = await subject.call('GET', '/auth/check', { token })
      assert.equal(headers['x-auth-admin'], String(scope === 'admin'))
      assert.equal((await subject.call('POST', '/auth/logout', { token })).status, 200)
      assert.equal(await status(token), 401)
    }
  })

  test('never has more rights than its user', async () => {
    const user = await subject.newUser()
    const token = await named(user.token, { scope: 'widgets:write' })
    assertForbidden(await subject.call('POST', '/widgets', { token, json: widget }))
    assertInvalid(await make(user.token, { description: 'x', scope: 'admin' }), ['scope'])
  })

  test('makes no token with more rights than its own', async () => {
    const user = await subject.newUser()
    const token = await named(user.token, { scope: 'tokens:write widgets:read' })
    assertOutOfScope(
      await make(token, { description: 'x', scope: 'widgets:read account:read tokens:read' }),
      'account:read tokens:read',
    )
    const { json } = await make(token, { description: 'x' })
    assert.equal(json.scope, 'tokens:write widgets:read')
    assert.equal((await make(token, { description: 'x', scope: 'widgets:read' })).json.scope, 'widgets:read')
  })

  test('renews nothing, and changes neither the password nor the account', async () => {
    const user = await subject.newUser()
    const { password } = user
    for (const scope of [
      undefined,
      Object.keys(scopes)
        .filter((name) => name !== 'admin')
        .join(' '),
    ]) {
      const token = await named(user.token, scope === undefined ? {} : { scope })
      for (const [method, path, json] of [
        ['POST', '/auth/renew', {}],
        ['POST', '/auth/password', { current_password: password, new_password: 'another horse battery' }],
        ['DELETE', '/auth/user', { password }],
      ] as const) {
        const answer = await subject.call(method, path, { token, json })
        assertFails(answer, 403, 'This needs the token of a login, not a named token')
        assert.match(String(answer.headers['www-authenticate']), /error="insufficient_scope"/)
      }
    }
    assert.equal(await status(user.token), 200)
  })

  test('dies with the others of its user, and alone', async () => {
    const user = await subject.newUser()
    const [first, second] = [await named(user.token), await named(user.token, { expires_in: 365 * 86_400 })]
    const { tokens } = (await subject.call('GET', '/tokens', user)).json
    assert.equal((await subject.call('DELETE', `/tokens/${tokens[1].id}`, user)).status, 200)
    assert.deepEqual([await status(first), await status(second)], [401, 200])
    const { password } = user
    const next = { current_password: password, new_password: 'another horse battery' }
    const changed = await subject.call('POST', '/auth/password', { token: user.token, json: next })
    assert.deepEqual([await status(second), await status(changed.json.access_token)], [401, 200])
    const third = await named(changed.json.access_token)
    assert.equal((await subject.call('DELETE', '/tokens', { token: third })).status, 200)
    assert.equal(await status(third), 401)
    // A revocation outlives a year of the token's life.
    subject.now = noon + 364 * 86_400_000
    await subject.restart()
    assert.equal(await status(second), 401)
    subject.now = noon
  })

  test('gets an error for each field that is wrong', async () => {
    const { token } = await subject.newUser()
    assertInvalid(await make(token, {}), ['description'])
    assertInvalid(await make(token, { description: ' ', expires_in: 0, scope: 7 }), [
      'description',
      'expires_in',
      'scope',
    ])
    for (const description of ['', 'x'.repeat(101), 'a\nb', 'a\u0000b', 'a\u202eb', ['x'], 1]) {
      assertInvalid(await make(token, { description }), ['description'])
    }
    for (const expires_in of [-1, 1.5, '60', 365 * 86_400 + 1, 1e300]) {
      assertInvalid(await make(token, { description: 'x', expires_in }), ['expires_in'])
    }
    for (const scope of [
      '',
      ' ',
      'nothing',
      'widgets:read  tokens:read',
      'widgets:read widgets:read',
      'WIDGETS:READ',
    ]) {
      assertInvalid(await make(token, { description: 'x', scope }), ['scope'])
    }
    const form = await subject.call('POST', '/tokens', { token, form: { description: 'ü & co', expires_in: '60' } })
    assert.deepEqual([form.status, form.json.expires_in, form.json.description], [201, 60, 'ü & co'])
  })

  test('made beside a revocation of all tokens is dead or was not made', async () => {
    for (let round = 0; round < 5; round++) {
      const user = await subject.newUser()
      const [made] = await Promise.all([
        make(user.token, { description: 'x' }),
        subject.call('DELETE', '/tokens', user),
      ])
      assert.ok([201, 401].includes(made.status), made.text)
      if (made.status === 201) assert.equal(await status(made.json.access_token), 401)
    }
  })
})

onEachService(
  'with a limit of logins',
  (subject) => {
    const from = (ip: string) => ['X-Forwarded-For', ip]
    const make = (token: string, ip: string) =>
      subject.call('POST', '/tokens', { token, json: { description: 'x' }, headers: from(ip) })

    test('an account makes so many named tokens only, also if they are revoked, and may still log in', async () => {
      const user = await subject.newUser({ headers: from('203.0.113.1') })
      for (let i = 0; i < 3; i++) {
        const { json } = await make(user.token, `203.0.113.${i}`)
        assert.equal((await subject.call('DELETE', `/tokens/${json.id}`, { token: user.token })).status, 200)
      }
      const refused = await make(user.token, '203.0.113.3')
      assertFails(refused, 429, 'Too many named tokens of this account were made. Please try again later.')
      assert.ok(Number(refused.headers['retry-after']) > 0)
      const { email, password } = user
      assert.equal((await subject.call('POST', '/auth/login', { json: { email, password } })).status, 200)
    })

    test('a network makes so many named tokens only, for all accounts together', async () => {
      const ip = '198.51.100.7'
      const statuses = []
      for (let i = 0; i < 3; i++) {
        const { token } = await subject.newUser()
        for (const _ of [1, 2]) statuses.push((await make(token, ip)).status)
      }
      assert.deepEqual(statuses, [201, 201, 201, 201, 201, 429])
      const { token } = await subject.newUser()
      assert.equal((await make(token, '198.51.100.8')).status, 201)
    })
  },
  { LOGIN_LIMIT_SUCCESS: '3', LOGIN_LIMIT_SUCCESS_ADDRESS: '5', TRUST_PROXY: 'loopback' },
)

onEachService(
  'with a limit of tokens',
  (subject) => {
    test('named tokens above it are refused, and logins end no named token', async () => {
      const user = await subject.newUser()
      const make = () => subject.call('POST', '/tokens', { token: user.token, json: { description: 'x' } })
      const made = [await make(), await make()]
      assertFails(await make(), 409, 'Too many named tokens: revoke one first')
      const { email, password } = user
      for (let i = 0; i < 4; i++) await subject.call('POST', '/auth/login', { json: { email, password } })
      for (const { json } of made) {
        assert.equal((await subject.call('GET', '/auth/user', { token: json.access_token })).status, 200)
      }
      assert.equal((await subject.call('GET', '/auth/user', user)).status, 401)
    })
  },
  { TOKEN_LIMIT_ACCOUNT: '2' },
)
