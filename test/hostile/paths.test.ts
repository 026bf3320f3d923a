import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sendBytes } from '../contract/raw.ts'
import { assertUnauthorized } from '../contract/refusals.ts'
import { onEachService } from '../contract/suite.ts'
import { assertAlive, assertHarmless, assertRefused } from './harm.ts'

const link = { info_url: 'https://example.com/', deadline: '2999-12-31' }

/** Escapes that are invalid, or that decode to characters outside any name. */
const escapes = [
  '%',
  '%z',
  '%zz',
  '%ff',
  '%c0%ae',
  '%e0%a4%a',
  '%ed%a0%80',
  '%00',
  'a%00b',
  '%0d%0aSet-Cookie:a=b',
  '%25%30%30',
  '%u0041',
  '%2f',
  '..%2f..%2fetc%2fpasswd',
  '%5c',
  '%20',
  '%f0%9f%98%80',
  '%e2%80%ae',
]

/** Attempts at path traversal. */
const traversals = [
  '../../package.json',
  '..%2f..%2fpackage.json',
  '%2e%2e/%2e%2e/package.json',
  '%2e%2e%2f%2e%2e%2fpackage.json',
  '..%252f..%252fpackage.json',
  '..\\..\\package.json',
  '..%5c..%5cpackage.json',
  '....//....//package.json',
  '..;/..;/package.json',
  '.%00./package.json',
  '/etc/passwd',
  '//etc/passwd',
  '%2fetc%2fpasswd',
  'file:///etc/passwd',
  '\\\\host\\share',
  'C:/windows/win.ini',
  '.env',
  '.git/config',
  '%c0%ae%c0%ae/package.json',
  'index.html/../../../package.json',
  'nothing.js',
  '%zz',
  '.',
  '..',
  'swagger-ui.css/',
  'swagger-ui.css%00.html',
  'CON',
  `${'a/'.repeat(5_000)}`,
  'a'.repeat(60_000),
]

/** Returns spellings of a path that a router may treat as the same path. */
function spellingsOf(path: string): string[] {
  return [
    `${path}/`,
    `/${path}`,
    path.replaceAll('/', '//'),
    path.toUpperCase(),
    path.replace('/api', '/%61pi'),
    path.replace('/v1', '%2fv1'),
    path.replace('/v1', '/v1/.'),
    path.replace('/v1', '/v1/x/..'),
    path.replace('/v1', '/v1/..;/v1'),
    path.replaceAll('/', '\\'),
    `${path};a=b`,
    `${path}%20`,
    `${path}%00`,
    `${path}%09`,
    `${path}.json`,
    `${path}?access_token=x`,
    `${path}?`,
    `${path}#x`,
    `http://127.0.0.1${path}`,
    `/.${path}`,
  ]
}

const guarded = ['/auth/user', '/auth/check', '/tokens', '/widgets', '/widgets/any']

onEachService('hostile paths', (subject) => {
  const send = (method: string, path: string, more = '') =>
    sendBytes(subject.service.address, `${method} ${path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n${more}\r\n`)

  test('a name with an invalid escape is refused or not found, like any other name', async () => {
    const { token } = await subject.newAdmin()
    const bearer = `Authorization: Bearer ${token}\r\n`
    await assertHarmless(subject, async () => {
      for (const name of escapes) {
        const path = `/api/v1/widgets/${name}`
        for (const method of ['GET', 'DELETE']) assertRefused(await send(method, path, bearer), 404)
        assertRefused(await subject.call('PUT', `/widgets/${name}`, { token, json: link }), 400)
        assertRefused(await send('DELETE', `/api/v1/tokens/${name}`, bearer), 404)
        assertUnauthorized(await send('GET', path), 'missing')
        assertUnauthorized(await send('DELETE', path), 'missing', 'admin_users')
        for (const unknown of [`/${name}`, `/api/v1/${name}`, `/api/v1/auth/${name}`]) {
          assertRefused(await send('GET', unknown), 404)
        }
        const query = await send('GET', `/api/v1/widgets?page=${name}&${name}=1`, bearer)
        assertRefused(query, 400)
      }
    })
  })

  test('no file outside the folder of Swagger UI can be read', async () => {
    for (const traversal of traversals) {
      for (const prefix of ['/api/v1/ui/static/', '/api/v1/ui/']) {
        const answer = await send('GET', prefix + traversal)
        assertRefused(answer, [400, 404, 431])
      }
    }
    await assertAlive(subject)
  })

  test('no spelling of a guarded path gets past the guard', async () => {
    for (const path of guarded) {
      for (const spelling of spellingsOf(`/api/v1${path}`)) {
        for (const method of ['GET', 'HEAD', 'DELETE', 'OPTIONS']) {
          const { status } = await send(method, spelling)
          assert.ok([400, 401, 404, 405].includes(status), `${method} ${spelling}: ${status}`)
        }
      }
    }
  })

  test('a method that a path does not have never runs another route', async () => {
    const { token } = await subject.newAdmin()
    // `/auth/check` has every method.
    const oneMethod = guarded.filter((each) => each !== '/auth/check')
    await assertHarmless(subject, async () => {
      for (const method of ['PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'LOCK', 'PURGE', 'QUERY']) {
        for (const path of oneMethod) {
          const answer = await subject.call(method, path, { token, headers: ['X-HTTP-Method-Override', 'DELETE'] })
          assert.ok([400, 404, 405].includes(answer.status), `${method} ${path}: ${answer.status}`)
        }
      }
      for (const path of oneMethod.filter((each) => !/^\/(tokens$|auth\/user$|widgets)/.test(each))) {
        assertRefused(await subject.call('DELETE', path, { token }), 405)
      }
    })
  })

  test('a path that only resembles a route is unknown', async () => {
    for (const path of [
      '/api/v1/swagger-json',
      '/api/v1/swaggerXjson',
      '/healthz2',
      '/Healthz',
      '/api/v1/tokens/a/b',
    ]) {
      assertRefused(await subject.call('GET', `/${path}`), 404)
    }
  })

  test('names of built-in properties are ordinary names of widgets', async () => {
    const { token } = await subject.newAdmin()
    for (const name of [
      '__proto__',
      'constructor',
      'prototype',
      'tostring',
      'null',
      'undefined',
      'true',
      '0',
      '-',
      '_',
    ]) {
      assertRefused(await subject.call('GET', `/widgets/${name}`, { token }), 404)
      assert.equal((await subject.call('PUT', `/widgets/${name}`, { token, json: link })).status, 201)
      assert.equal((await subject.call('GET', `/widgets/${name}`, { token })).json.name, name)
      assertRefused(await subject.call('DELETE', `/tokens/${name}`, { token }), 404)
      assert.equal((await subject.call('DELETE', `/widgets/${name}`, { token })).status, 204)
    }
  })

  test('very long paths and queries are answered', async () => {
    const { token } = await subject.newAdmin()
    const long = 'a'.repeat(100_000)
    await assertHarmless(subject, async () => {
      assertRefused(await subject.call('GET', `/widgets/${long}`, { token }), 404)
      assertRefused(await subject.call('DELETE', `/widgets/${long}`, { token }), 404)
      assertRefused(await subject.call('PUT', `/widgets/${long}`, { token, json: link }), 400)
      assertRefused(await subject.call('DELETE', `/tokens/${long}`, { token }), 404)
      assertRefused(await subject.call('GET', `/${long}`, { token }), 404)
      assertRefused(await subject.call('GET', `/${'a/'.repeat(50_000)}`, { token }), 404)
      assertRefused(await subject.call('GET', `/widgets?page=${long}`, { token }), 400)
      const queries = [
        `filter=${long}`,
        'a=1&'.repeat(25_000),
        '&'.repeat(100_000),
        '='.repeat(100_000),
        '%41'.repeat(30_000),
      ]
      for (const query of queries) assert.equal((await subject.call('GET', `/widgets?${query}`, { token })).status, 200)
    })
  })
})
