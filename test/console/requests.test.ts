// Who may call the routes of the console, and what the page and its files are sent with.

import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { sendBytes } from '../contract/raw.ts'
import { assertFails, assertUnauthorized } from '../contract/refusals.ts'
import { onEachService, type Subject } from '../contract/suite.ts'
import { account } from '../support/service.ts'
import { consoleOf, cookieOf, ownPage, setsCookie } from './browser.ts'

const stranger = 'https://stranger.example'

async function logInTo(subject: Subject) {
  const page = consoleOf((...call) => subject.call(...call))
  const { email, password } = await subject.newUser()
  const answer = await page('POST', '/api/v1/auth/login', { json: { email, password } })
  return { page, email, cookie: cookieOf(answer).pair }
}

onEachService('a cookie of the console', (subject) => {
  test('is looked at by the routes of the console and by no other', async () => {
    const { page, cookie } = await logInTo(subject)
    const headers = [...ownPage, 'Cookie', cookie]
    for (const path of ['/auth/user', '/tokens', '/auth/check', '/admin/users']) {
      assertUnauthorized(
        await subject.call('GET', path, { headers }),
        'missing',
        path === '/admin/users' ? 'admin_users' : 'registered_users',
      )
    }
    assertUnauthorized(await subject.call('POST', '/auth/logout', { headers }), 'missing')
    // The other way round, a bearer token opens no route of the console.
    const token = cookie.slice('latchkey='.length)
    assertUnauthorized(await page('GET', '/api/v1/auth/user', { token }), 'missing')
    assert.equal((await page('GET', '/api/v1/auth/user', { token: 'x', cookie })).status, 200)
  })

  test('without a host and from no origin does not count', async () => {
    const { cookie } = await logInTo(subject)
    const lines = ['GET /console/api/v1/auth/user HTTP/1.0', 'Latchkey-Console: 1', `Cookie: ${cookie}`]
    for (const origin of ['null', 'x:', 'file:///']) {
      const bytes = [...lines, `Origin: ${origin}`, '', ''].join('\r\n')
      assert.equal((await sendBytes(subject.service.address, bytes)).status, 403, origin)
    }
  })

  test('counts only for the own page', async () => {
    const { page, cookie } = await logInTo(subject)
    const own = subject.service.address
    const foreign = ['cross-site', 'same-site', 'none', '', 'Same-Origin', 'same-origin, cross-site']
    const sites = (site: string) => ['Sec-Fetch-Site', site, 'Origin', own]
    const refused = [
      ...foreign.map(sites),
      [],
      ['Origin', stranger],
      ['Origin', 'null'],
      ['Origin', ''],
      ['Origin', `${own}.stranger.example`],
      ['Origin', `${own.replace(/\d+$/, '1')}`],
      ['Origin', `x:${own}`],
      ['Referer', `${own}/`],
    ]
    const accepted = [
      ['Sec-Fetch-Site', 'same-origin'],
      ['Origin', own],
    ]
    const all = [...refused.map((headers) => [headers, 403]), ...accepted.map((headers) => [headers, 200])] as const
    for (const [headers, status] of all as [string[], number][]) {
      const answer = await page('GET', '/api/v1/auth/user', { headers: ['Latchkey-Console', '1', ...headers], cookie })
      assert.equal(answer.status, status, headers.join(' '))
      // The header of the page's own requests is needed too.
      assertFails(await page('GET', '/api/v1/auth/user', { headers, cookie }), 403)
    }
    for (const [method, path] of [
      ['POST', '/api/v1/auth/login'],
      ['POST', '/api/v1/auth/logout'],
      ['DELETE', '/api/v1/tokens'],
      ['GET', '/events'],
    ] as const) {
      const answer = await page(method, path, { headers: ['Latchkey-Console', '1', ...sites('cross-site')], cookie })
      assertFails(answer, 403)
      assert.equal(setsCookie(answer), false)
      assert.equal(answer.headers['cache-control'], 'no-store')
    }
    assert.equal((await page('GET', '/api/v1/auth/user', { cookie })).status, 200)
  })

  test('counts for no form, although a form needs no permission', async () => {
    const { page, cookie } = await logInTo(subject)
    for (const site of ['cross-site', 'same-site', 'same-origin', 'none']) {
      const headers = ['Sec-Fetch-Site', site, 'Sec-Fetch-Mode', 'navigate']
      assertFails(await page('POST', '/api/v1/auth/logout', { form: {}, headers, cookie }), 403)
    }
    assert.equal((await page('GET', '/api/v1/auth/user', { cookie })).status, 200)
  })

  test('is asked for by HEAD as by GET, and OPTIONS and unknown paths are refused', async () => {
    const { page, cookie } = await logInTo(subject)
    const head = await page('HEAD', '/api/v1/auth/user', { cookie })
    assert.deepEqual([head.status, head.text, head.headers['cache-control']], [200, '', 'no-store'])
    assert.equal((await page('HEAD', '/api/v1/auth/user')).status, 401)
    assert.equal((await page('HEAD', '/api/v1/auth/user', { headers: [], cookie })).status, 403)
    assertFails(await page('OPTIONS', '/api/v1/auth/user', { cookie }), 405)
    assertFails(await page('PUT', '/events', { cookie }), 405)
    for (const path of ['', '/', '/api', '/api/v1', '/api/v1/nothing', '/api/v1/swagger.json', '/EVENTS', '/events/']) {
      assertFails(await page('GET', path, { cookie }), 404)
    }
    const { paths } = (await subject.call('GET', '/swagger.json')).json
    assert.deepEqual(
      Object.keys(paths).filter((path) => path.includes('console')),
      [],
    )
  })
})

for (const CORS_ORIGINS of ['*', `${stranger},https://app.example`]) {
  onEachService(
    `with CORS_ORIGINS=${CORS_ORIGINS}`,
    (subject) => {
      test('a page of another origin may call the API, and no route of the console', async () => {
        const { page, cookie } = await logInTo(subject)
        const preflight = (path: string, method: string) =>
          subject.call('OPTIONS', path, {
            headers: [
              ...['Origin', stranger, 'Access-Control-Request-Method', method],
              ...['Access-Control-Request-Headers', 'latchkey-console'],
            ],
          })
        assert.equal((await preflight('/auth/user', 'GET')).status, 204)
        for (const [path, method] of [
          ['//console/api/v1/auth/user', 'GET'],
          ['//console/api/v1/auth/logout', 'POST'],
          ['//%63onsole/api/v1/auth/logout', 'POST'],
          ['//console/api/v1/tokens/x', 'DELETE'],
          ['//console/events', 'GET'],
        ] as const) {
          const answer = await preflight(path, method)
          assertFails(answer, 405)
          assert.deepEqual(corsHeaders(answer.headers), [], path)
        }
        const headers = [...['Latchkey-Console', '1', 'Origin', stranger], 'Sec-Fetch-Site', 'cross-site']
        for (const [method, path] of [
          ['GET', '/api/v1/auth/user'],
          ['POST', '/api/v1/auth/logout'],
          ['GET', '/events'],
        ] as const) {
          for (const some of [headers, headers.slice(0, 4), headers.slice(2)]) {
            const answer = await page(method, path, { headers: some, cookie })
            assertFails(answer, 403)
            assert.deepEqual(corsHeaders(answer.headers), [])
          }
        }
        assert.equal((await page('GET', '/api/v1/auth/user', { cookie })).status, 200)
      })
    },
    { CORS_ORIGINS },
  )
}

function corsHeaders(headers: Record<string, unknown>): string[] {
  return Object.keys(headers).filter((name) => name.startsWith('access-control-'))
}

onEachService('the page', (subject) => {
  const readPage = async () => {
    const page = await subject.call('GET', '//')
    const [, folder = ''] = /src="(console\/files\/[^/]+)\/main\.js"/.exec(page.text) ?? []
    return {
      page,
      folder,
      file: (path: string, headers: string[] = []) => subject.call('GET', `//${path}`, { headers }),
    }
  }

  test('is sent with a policy that lets in nothing of others, and a browser asks for it each time', async () => {
    const { page } = await readPage()
    const { 'content-security-policy': policy, ...headers } = page.headers
    const directives = Object.fromEntries(
      String(policy)
        .split('; ')
        .map((each) => [each.split(' ')[0], each.split(' ').slice(1).join(' ')]),
    )
    assert.deepEqual(directives, {
      'default-src': "'none'",
      'script-src': "'self'",
      'style-src': "'self'",
      'img-src': "'self' data:",
      'connect-src': "'self'",
      'base-uri': "'none'",
      'form-action': "'none'",
      'frame-ancestors': "'none'",
      'require-trusted-types-for': "'script'",
      'trusted-types': 'lit-html',
    })
    const sent = { 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff', 'cache-control': 'no-cache' }
    for (const [name, value] of Object.entries({ ...sent, 'cross-origin-opener-policy': 'same-origin' })) {
      assert.equal(headers[name], value)
    }
    assert.ok(!/ style=|<style|<script(?! type="module" src=)| on\w+=/.test(page.text))
    for (const path of ['account/reset-password', 'account/verify-email']) {
      const linked = await subject.call('GET', `//${path}`)
      assert.deepEqual([linked.status, linked.headers['content-security-policy']], [200, policy])
    }
  })

  test('has files that never change below a path with their hash', async () => {
    const { folder, file } = await readPage()
    const plain = await file(`${folder}/main.js`)
    const types = { 'main.js': 'text/javascript', 'style.css': 'text/css', 'icon.svg': 'image/svg+xml' }
    for (const [name, type] of Object.entries(types)) {
      const { headers, status } = await file(`${folder}/${name}`)
      assert.equal(status, 200)
      assert.ok(String(headers['content-type']).startsWith(type))
      assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable')
      assert.deepEqual([headers['x-content-type-options'], headers.vary], ['nosniff', 'accept-encoding'])
    }
    const head = await subject.call('HEAD', `//${folder}/main.js`)
    assert.deepEqual(
      [head.status, head.text, head.headers['content-length']],
      [200, '', String(Buffer.byteLength(plain.text))],
    )
    assertFails(await subject.call('POST', `//${folder}/main.js`), 405)
    for (const path of [
      ...['console/files', 'console/files/', `${folder}`, `${folder}/`, `${folder}/nothing.js`],
      ...['console/files/0000000000000000/main.js', 'console/files/main.js', `${folder}x/main.js`],
      ...[`${folder}/index.html`, `${folder}/tsconfig.json`, `${folder}/lit-html.d.ts`, `${folder}/pages`],
      ...[`${folder}/constructor`, `${folder}/__proto__`, `${folder}/main.js/`, `${folder}//main.js`],
    ]) {
      assertFails(await file(path), 404)
    }
  })

  test('gives out no file of another folder', async () => {
    const { folder } = await readPage()
    for (const path of [
      ...['../cookie.ts', '../../../package.json', '..%2fcookie.ts', '%2e%2e/cookie.ts', '%2e%2e%2fcookie.ts'],
      ...['..\\cookie.ts', '..%5ccookie.ts', 'pages/../../cookie.ts', '/etc/passwd', '%00', 'main.js%00.svg', '.'],
    ]) {
      const request = `GET /${folder}/${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`
      const answer = await sendBytes(subject.service.address, request)
      assert.ok([400, 404].includes(answer.status), `${path}: ${answer.status}`)
    }
  })

  test('is compressed as the browser likes it', async () => {
    const { folder } = await readPage()
    const path = `/${folder}/main.js`
    const raw = async (accept: string | undefined) => {
      const headers = accept === undefined ? {} : { 'accept-encoding': accept }
      const { hostname, port } = new URL(subject.service.address)
      return new Promise<[string | undefined, Buffer]>((resolve, reject) => {
        const sent = request({ hostname, port, path, headers, agent: false }, async (response) => {
          const chunks: Buffer[] = []
          for await (const chunk of response) chunks.push(chunk)
          resolve([response.headers['content-encoding'], Buffer.concat(chunks)])
        })
        sent.on('error', reject)
        sent.end()
      })
    }
    const [, plain] = await raw(undefined)
    for (const [accept, coding] of [
      [undefined, undefined],
      ['', undefined],
      ['identity', undefined],
      ['zstd', undefined],
      ['gzip, deflate, br, zstd', 'br'],
      ['br;q=0, gzip', 'gzip'],
      ['gzip;q=0.5, br;q=0.1', 'gzip'],
      ['GZIP', 'gzip'],
      ['*', 'br'],
      ['*;q=0', undefined],
      ['br;q=0', undefined],
      [`${'x,'.repeat(5000)}gzip`, 'gzip'],
      [';;;q=', undefined],
    ] as const) {
      const [got, content] = await raw(accept)
      assert.equal(got, coding, String(accept).slice(0, 40))
      const decoded = { br: brotliDecompressSync, gzip: gunzipSync, '': (bytes: Buffer) => bytes }[coding ?? ''](
        content,
      )
      assert.ok(decoded.equals(plain))
      if (coding !== undefined) assert.ok(content.length < plain.length / 2)
    }
  })
})

onEachService(
  'with CONSOLE=off',
  (subject) => {
    test('there is no page, no file, no route and no event', async () => {
      const page = consoleOf((...call) => subject.call(...call))
      const { email, password } = account
      assertFails(await page('POST', '/api/v1/auth/login', { json: { email, password } }), 404)
      for (const path of ['/api/v1/auth/user', '/events', '/files/x/main.js', ''])
        assertFails(await page('GET', path), 404)
      for (const path of ['//account/reset-password', '//account/verify-email']) {
        assertFails(await subject.call('GET', path), 404)
      }
      assert.ok(!(await subject.call('GET', '//')).text.includes('main.js'))
    })
  },
  { CONSOLE: 'off' },
)
