import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SettingsError } from '../../src/config/kinds.ts'
import { parseSettings } from '../../src/config/reader.ts'
import { onEachService } from '../contract/suite.ts'
import { account } from '../support/service.ts'
import { assertHarmless, assertRefused } from './harm.ts'

const login = { email: account.email, password: account.password }
const allowedOrigin = 'https://app.example'

/** Returns every route of the API with its methods, from the OpenAPI document of the service. */
async function routes(call: (method: string, path: string) => Promise<{ json: { paths: Record<string, object> } }>) {
  const { paths } = (await call('GET', '/swagger.json')).json
  return Object.entries(paths).map(([path, methods]) => ({
    path: `/${path.replace(/\{[^}]+\}/g, 'x')}`,
    methods: Object.keys(methods).map((method) => method.toUpperCase()),
  }))
}

const agents: Record<string, string> = {
  'a script': '<script>alert(1)</script>',
  SQL: "'); drop table token;--",
  'bytes of another encoding': '\xff\xfe\xe9',
  'braces and format signs': '%s %d {{7*7}} #{7*7} %n',
  '100 KB': `Mozilla/5.0 (Windows NT 10.0) ${'Chrome/1.0 '.repeat(9_000)}`,
  'a very long word and a known system': `${'a'.repeat(60_000)}/1 (Windows NT 10.0)`,
  'a very long number': `version/${'1'.repeat(60_000)}`,
  'a number of very many parts': `version/${'1._'.repeat(20_000)}x`,
  slashes: '/'.repeat(60_000),
  brackets: '('.repeat(60_000),
  spaces: `a${' '.repeat(60_000)}b`,
}

onEachService('hostile headers', (subject) => {
  test('every user agent is a short text in the list of tokens', async () => {
    await subject.call('POST', '/auth/register', { json: login })
    for (const [what, agent] of Object.entries(agents)) {
      const { status, json } = await subject.call('POST', '/auth/login', {
        json: login,
        headers: ['User-Agent', agent],
      })
      assert.equal(status, 200, what)
      const { tokens } = (await subject.call('GET', '/tokens?current=true', { token: json.access_token })).json
      assert.ok(tokens[0].user_agent.length <= 256, what)
      assert.ok(tokens[0].description.length <= 300, `${what}: ${tokens[0].description.length}`)
    }
  })

  test('a client cannot inject anything into a header of the answer', async () => {
    const { token } = await subject.newAdmin()
    const injections = [
      '%0d%0aX-Injected:%201',
      '%0aX-Injected:1',
      '%e5%98%8a%e5%98%8dX-Injected:1',
      '%22,%20x=%22',
      '%3e;%20rel=%22next',
    ]
    await assertHarmless(subject, async () => {
      for (const text of injections) {
        const raw = decodeURIComponent(text)
        const widget = { name: raw, info_url: 'https://example.com/', deadline: '2999-12-31' }
        const answers = [
          await subject.call('GET', `/widgets/${text}`, { token }),
          await subject.call('PUT', `/widgets/${text}`, { token, json: widget }),
          await subject.call('POST', '/widgets', { token, json: widget }),
          await subject.call('DELETE', `/tokens/${text}`, { token }),
          await subject.call('GET', `/widgets?page=${text}`, { token }),
          await subject.call('POST', '/auth/login', { json: { ...login, email: raw } }),
          await subject.call('GET', `/${text}`),
          await subject.call('GET', '/auth/user', { headers: ['Authorization', `Bearer ${encodeURIComponent(raw)}`] }),
          await subject.call('GET', `/ui/static/${text}`),
        ]
        for (const answer of answers) {
          assertRefused(answer, [400, 401, 404])
          assert.ok(!/injected|rel="next"|x="/i.test(JSON.stringify(answer.headers)), JSON.stringify(answer.headers))
        }
      }
      const listed = await subject.call('GET', '/widgets?per_page=5&next=%3e;%20rel=%22next%22&page=1', { token })
      assert.match(String(listed.headers.link), /^(<\/api\/v1\/widgets\?page=\d+&per_page=5>; rel="\w+"(, )?)+$/)
    })
  })

  test('without CORS_ORIGINS no page of another origin may call the API or read an answer', async () => {
    for (const { path, methods } of await routes(subject.call)) {
      for (const method of methods) {
        const headers = ['Origin', allowedOrigin, 'Access-Control-Request-Method', method]
        const preflight = await subject.call('OPTIONS', path, { headers })
        assertRefused(preflight, path.endsWith('/auth/check') ? 401 : 405)
        const answer = await subject.call(method, path, { headers: ['Origin', allowedOrigin] })
        for (const { headers: given } of [preflight, answer]) {
          assert.deepEqual(
            Object.keys(given).filter((name) => name.startsWith('access-control-')),
            [],
          )
        }
      }
    }
  })

  test('without TRUST_PROXY no client can claim another address', async () => {
    const forwarded = ['X-Forwarded-For', '203.0.113.7', 'Forwarded', 'for=203.0.113.7', 'X-Real-IP', '203.0.113.7']
    const { json } = await subject.call('POST', '/auth/login', {
      json: login,
      headers: [...forwarded, 'Client-IP', '203.0.113.7'],
    })
    const { tokens } = (await subject.call('GET', '/tokens?current=true', { token: json.access_token })).json
    assert.equal(tokens[0].ip, '127.0.0.1')
  })
})

onEachService(
  'hostile origins',
  (subject) => {
    test('a page of an allowed origin may call every route with a token, and read the documented headers', async () => {
      for (const { path, methods } of await routes(subject.call)) {
        for (const method of methods) {
          const requested = [
            'Access-Control-Request-Method',
            method,
            'Access-Control-Request-Headers',
            'authorization, content-type',
          ]
          const preflight = await subject.call('OPTIONS', path, { headers: ['Origin', allowedOrigin, ...requested] })
          assert.equal(preflight.status, 204)
          assert.equal(preflight.headers['access-control-allow-origin'], allowedOrigin)
          assert.ok(
            String(preflight.headers['access-control-allow-methods']).split(', ').includes(method),
            `${method} ${path}`,
          )
          assert.match(String(preflight.headers['access-control-allow-headers']), /authorization/i)
          assert.equal(preflight.headers['access-control-allow-credentials'], undefined)
        }
      }
      for (const [path, status] of [
        ['/auth/user', 401],
        ['/nothing', 404],
        ['/widgets?page=x', 401],
      ] as const) {
        const answer = await subject.call('GET', path, { headers: ['Origin', allowedOrigin] })
        assert.equal(answer.status, status, path)
        assert.equal(answer.headers['access-control-allow-origin'], allowedOrigin, 'the page can read a refusal too')
        assert.equal(answer.headers.vary, 'Origin')
        const exposed = String(answer.headers['access-control-expose-headers']).toLowerCase().split(', ')
        for (const name of ['www-authenticate', 'link', 'total-count', 'location', 'retry-after', 'x-auth-user']) {
          assert.ok(exposed.includes(name), name)
        }
      }
    })

    test('a page of any other origin may not, however similar its name', async () => {
      const others = [
        'null',
        'https://evil.example',
        `${allowedOrigin}.evil.example`,
        'http://app.example',
        `${allowedOrigin}:444`,
        'https://APP.example',
        'https://xapp.example',
        `${allowedOrigin}/`,
        `${allowedOrigin} `,
        '*',
        '',
      ]
      for (const origin of others.filter((each) => each.trim() !== allowedOrigin)) {
        for (const [method, more] of [
          ['OPTIONS', ['Access-Control-Request-Method', 'DELETE']],
          ['GET', []],
        ] as const) {
          const answer = await subject.call(method, '/tokens', { headers: ['Origin', origin, ...more] })
          assert.equal(answer.headers['access-control-allow-origin'], undefined, origin)
        }
      }
    })

    test('an OPTIONS request that is no preflight gets 404 or 405', async () => {
      const statuses = { '/tokens': 405, '/nothing': 404, '//healthz': 405 }
      for (const [path, status] of Object.entries(statuses)) {
        for (const headers of [[], ['Origin', allowedOrigin], ['Access-Control-Request-Method', 'GET']]) {
          const answer = await subject.call('OPTIONS', path, { headers })
          assertRefused(answer, status)
          assert.equal(answer.headers.allow === undefined, status === 404, path)
        }
      }
    })
  },
  { CORS_ORIGINS: `${allowedOrigin}, http://localhost:3000` },
)

onEachService(
  'hostile proxies',
  (subject) => {
    test('an address from a trusted proxy is used if it is valid, and never breaks a login', async () => {
      await subject.call('POST', '/auth/register', { json: login })
      const forwarded: Record<string, string> = {
        '203.0.113.7': '203.0.113.7',
        '198.51.100.1, 203.0.113.7': '203.0.113.7',
        '2001:db8::1': '2001:db8::1',
        unknown: '127.0.0.1',
        "'; drop table token;--": '127.0.0.1',
        '203.0.113.7:8080': '203.0.113.7',
        _hidden: '_hidden',
        [`${'x'.repeat(300)}`]: '127.0.0.1',
        [`${'1.2.3.4, '.repeat(5_000)}203.0.113.9`]: '203.0.113.9',
        ',,,': '127.0.0.1',
        '': '127.0.0.1',
      }
      for (const [value, ip] of Object.entries(forwarded)) {
        const headers = ['X-Forwarded-For', value]
        assertRefused(
          await subject.call('POST', '/auth/login', { json: { ...login, password: 'wrong one' }, headers }),
          401,
        )
        const { json } = await subject.call('POST', '/auth/login', { json: login, headers })
        const { tokens } = (await subject.call('GET', '/tokens?current=true', { token: json.access_token })).json
        assert.equal(tokens[0].ip, ip, value.slice(0, 50))
      }
    })
  },
  { TRUST_PROXY: 'loopback', LOGIN_LIMIT_ACCOUNT: '100', LOGIN_LIMIT_ADDRESS: '100' },
)

test('no setting can inject anything into a header', () => {
  const bad: Record<string, string[]> = {
    REALM_DOMAIN: ['a"b', 'a\r\nX-Injected: 1', 'a\\b', 'a, error="x', 'ä.example', 'a b'],
    PUBLIC_URL: ['http://a b', 'http://a\nb', 'http://a/\r\nX-Injected: 1', 'http://ä', 'http://a/"'],
    ISSUER: ['a b', 'a\nb', 'ä'],
    AUDIENCE: ['a b', 'a\nb', 'ä'],
    CORS_ORIGINS: ['app.example', 'https://a.example/path', 'javascript:alert(1)', 'https://a b', 'https://a\nb'],
    TRUST_PROXY: ['anyone', '*', 'true', '1.2.3.4; x'],
  }
  for (const [name, values] of Object.entries(bad)) {
    for (const value of values) {
      assert.throws(() => parseSettings({ [name]: value }), SettingsError, `${name}=${JSON.stringify(value)}`)
    }
  }
})
