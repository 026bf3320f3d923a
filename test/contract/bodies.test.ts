import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Answer } from '../support/service.ts'
import { sendBytes } from './raw.ts'
import { assertFails, assertInvalid } from './refusals.ts'
import { dumpDatabase } from './stored.ts'
import { type Holder, onEachService, type Subject } from './suite.ts'

const kib64 = 64 * 1024
const json = ['Content-Type', 'application/json']
const form = ['Content-Type', 'application/x-www-form-urlencoded']

/** A route that takes a body, with input that the route accepts. */
interface BodyRoute {
  method: string
  path: string
  input: Record<string, string>
  status: number
  token?: string
}

let count = 0

async function bodyRoutes(subject: Subject): Promise<BodyRoute[]> {
  const user = await subject.newUser({ username: `name-${++count}` })
  const { token } = await subject.newAdmin()
  const { password } = user
  const widget = { info_url: 'https://example.com/', deadline: '2031-01-01' }
  const email = `body-${++count}@example.com`
  return [
    { method: 'POST', path: '/auth/register', input: { email, password }, status: 201 },
    { method: 'POST', path: '/auth/login', input: { email: user.email, password }, status: 200 },
    { method: 'POST', path: '/login', input: { email: user.email, password }, status: 200 },
    { method: 'POST', path: '/widgets', input: { name: `posted-${++count}`, ...widget }, status: 201, token },
    { method: 'PUT', path: `/widgets/put-${++count}`, input: widget, status: 201, token },
  ]
}

function send(
  subject: Subject,
  { method, path, token }: BodyRoute,
  body: string | Buffer,
  headers: string[],
): Promise<Answer> {
  return subject.call(method, path, { body, headers, ...(token !== undefined && { token }) })
}

/** Returns the input as JSON of exactly `bytes` bytes, padded with an unknown field. */
function jsonOfSize(input: Record<string, string>, bytes: number): string {
  const empty = JSON.stringify({ ...input, padding: '' })
  return JSON.stringify({ ...input, padding: 'x'.repeat(bytes - Buffer.byteLength(empty)) })
}

function formOfSize(input: Record<string, string>, bytes: number): string {
  const empty = String(new URLSearchParams({ ...input, padding: '' }))
  return empty + 'x'.repeat(bytes - empty.length)
}

function chunked({ method, path, token }: BodyRoute, body: string): string {
  const head = [
    `${method} /api/v1${path} HTTP/1.1`,
    'Host: localhost',
    'Connection: close',
    'Transfer-Encoding: chunked',
  ]
  if (token !== undefined) head.push(`Authorization: Bearer ${token}`)
  const size = Buffer.byteLength(body).toString(16)
  return `${head.join('\r\n')}\r\nContent-Type: application/json\r\n\r\n${size}\r\n${body}\r\n0\r\n\r\n`
}

onEachService('bodies', (subject) => {
  describe('every route that takes a body', () => {
    test('accepts JSON', async () => {
      for (const route of await bodyRoutes(subject)) {
        const answer = await send(subject, route, JSON.stringify(route.input), json)
        assert.equal(answer.status, route.status, `${route.path}: ${answer.text}`)
      }
    })

    test('accepts a form', async () => {
      for (const route of await bodyRoutes(subject)) {
        const answer = await send(subject, route, String(new URLSearchParams(route.input)), form)
        assert.equal(answer.status, route.status, `${route.path}: ${answer.text}`)
      }
    })

    test('accepts the media type in any case and with parameters', async () => {
      const types = ['APPLICATION/JSON', 'application/json; charset=utf-8', 'application/json;charset=UTF-8']
      for (const type of types) {
        const [route] = (await bodyRoutes(subject)) as [BodyRoute]
        assert.equal(
          (await send(subject, route, JSON.stringify(route.input), ['Content-Type', type])).status,
          201,
          type,
        )
      }
      for (const type of ['Application/X-WWW-Form-Urlencoded', 'application/x-www-form-urlencoded; charset=utf-8']) {
        const [route] = (await bodyRoutes(subject)) as [BodyRoute]
        const body = String(new URLSearchParams(route.input))
        assert.equal((await send(subject, route, body, ['Content-Type', type])).status, 201, type)
      }
    })

    test('answers 415 to any other media type, and to none', async () => {
      const types = [
        'text/plain',
        'text/json',
        'application/xml',
        'multipart/form-data; boundary=x',
        'application/jsonp',
      ]
      const others = [...types, 'application/vnd.api+json', 'application/octet-stream', ';', 'json', '*/*']
      for (const route of await bodyRoutes(subject)) {
        for (const headers of [...others.map((type) => ['Content-Type', type]), []]) {
          assertFails(await send(subject, route, JSON.stringify(route.input), headers), 415)
        }
      }
    })

    test('answers 400 to malformed JSON', async () => {
      const broken = [
        '{',
        '{"email":',
        "{'email':'a'}",
        '{"email":"a",}',
        '{"a":1}{"a":1}',
        'email=a',
        'undefined',
        '\0',
        '"',
      ]
      for (const route of await bodyRoutes(subject)) {
        for (const body of broken) assertFails(await send(subject, route, body, json), 400)
      }
    })

    test('answers 400 to a JSON object with a duplicate name', async () => {
      for (const route of await bodyRoutes(subject)) {
        const [[name, value]] = Object.entries(route.input) as [[string, string]]
        const pair = `${JSON.stringify(name)}:${JSON.stringify(value)}`
        const escaped = pair.replace(name[0] as string, `\\u00${name.charCodeAt(0).toString(16)}`)
        const fields = JSON.stringify(route.input).slice(0, -1)
        assertFails(await send(subject, route, `${fields},${pair}}`, json), 400)
        assertFails(await send(subject, route, `${fields},${escaped}}`, json), 400)
      }
    })

    test('names the duplicate field of a form', async () => {
      for (const route of await bodyRoutes(subject)) {
        const [[name, value]] = Object.entries(route.input) as [[string, string]]
        const body = String(new URLSearchParams([...Object.entries(route.input), [name, value]]))
        assertInvalid(await send(subject, route, body, form), [name])
      }
    })

    test('answers 400 in the envelope to JSON that is no object', async () => {
      for (const route of await bodyRoutes(subject)) {
        for (const body of ['[]', '"text"', '5', 'true', '[{}]', `${'['.repeat(20_000)}${']'.repeat(20_000)}`]) {
          const answer = await send(subject, route, body, json)
          assert.equal(answer.status, 400, answer.text)
          assert.equal(answer.json.message, 'Input payload validation failed')
        }
      }
    })

    test('accepts an absent body as an empty one and names the missing fields', async () => {
      const missing = [
        ['email', 'password'],
        ['email', 'password'],
        ['username', 'password'],
        ['name', 'info_url', 'deadline'],
        ['info_url', 'deadline'],
      ]
      const routes = await bodyRoutes(subject)
      for (const [i, route] of routes.entries()) {
        const { method, path, token } = route
        for (const headers of [[], json, form]) {
          assertInvalid(await subject.call(method, path, { headers, ...(token && { token }) }), missing[i] as string[])
        }
        assertInvalid(await send(subject, route, '{}', json), missing[i] as string[])
        assertInvalid(await send(subject, route, 'null', json), missing[i] as string[])
      }
    })

    test('accepts 64 KiB and refuses one byte more', async () => {
      for (const route of await bodyRoutes(subject)) {
        assertFails(await send(subject, route, jsonOfSize(route.input, kib64 + 1), json), 413)
        assertFails(await send(subject, route, formOfSize(route.input, kib64 + 1), form), 413)
        assertFails(await sendBytes(subject.service.address, chunked(route, jsonOfSize(route.input, kib64 + 1))), 413)
        assert.equal((await send(subject, route, jsonOfSize(route.input, kib64), json)).status, route.status)
      }
      for (const route of await bodyRoutes(subject)) {
        assert.equal((await send(subject, route, formOfSize(route.input, kib64), form)).status, route.status)
      }
      for (const route of await bodyRoutes(subject)) {
        const answer = await sendBytes(subject.service.address, chunked(route, jsonOfSize(route.input, kib64)))
        assert.equal(answer.status, route.status)
      }
    })

    test('counts bytes, not characters, and checks the size before the format', async () => {
      const [route] = (await bodyRoutes(subject)) as [BodyRoute]
      const wide = JSON.stringify({ ...route.input, padding: 'é'.repeat(kib64 / 2) })
      assertFails(await send(subject, route, wide, json), 413)
      assertFails(await send(subject, route, '{'.repeat(kib64 + 1), json), 413)
      assertFails(await send(subject, route, 'x'.repeat(kib64 + 1), ['Content-Type', 'text/plain']), 413)
    })
  })

  describe('unknown fields', () => {
    const marker = 'c2b1d0de-0000-4000-8000-5742414e4745'

    test('change nothing in a registration and are not stored, in JSON', async () => {
      const email = 'unknown-json@example.com'
      const identity = { admin: true, roles: [marker], public_id: marker, id: marker, user_id: marker, iss: marker }
      const more = {
        token: marker,
        created_at: 5,
        disabled_at: 5,
        password_hash: marker,
        isAdmin: true,
        sub: marker,
      }
      const input = { email, password: 'correct horse battery', ...identity, ...more }
      await assertPlainUser(await subject.call('POST', '/auth/register', { json: input }), email)
    })

    test('change nothing in a registration and are not stored, in a form', async () => {
      const email = 'unknown-form@example.com'
      const fields = {
        email,
        password: 'correct horse battery',
        admin: '1',
        roles: marker,
        public_id: marker,
        id: marker,
      }
      await assertPlainUser(await subject.call('POST', '/auth/register', { form: fields }), email)
    })

    test('named __proto__ or constructor are ignored too', async () => {
      const email = 'unknown-proto@example.com'
      const body = `{"__proto__":{"admin":true,"email":"${marker}"},"constructor":{"prototype":{"admin":true}},"email":"${email}","password":"correct horse battery"}`
      await assertPlainUser(await subject.call('POST', '/auth/register', { body, headers: json }), email)
      assert.equal(({} as { admin?: boolean }).admin, undefined)
    })

    test('change nothing in a login or a widget', async () => {
      const user = await subject.newUser()
      const login = { email: user.email, password: user.password, admin: true, expires_in: 999_999, sub: marker }
      const { json: answer } = await subject.call('POST', '/auth/login', { json: login })
      assert.equal(answer.expires_in, 900)
      assert.equal((await userOf(answer.access_token)).admin, false)

      const admin = await subject.newAdmin()
      const input = {
        info_url: 'https://example.com/',
        deadline: '2031-01-01',
        owner: marker,
        owner_id: marker,
        created_at: 0,
      }
      await subject.call('PUT', '/widgets/unknown', {
        token: admin.token,
        json: { ...input, name: 'other', id: marker },
      })
      const widget = await subject.call('GET', '/widgets/unknown', admin)
      assert.equal(widget.json.owner.email, admin.email)
      assert.equal(widget.json.created_at, new Date(subject.now).toISOString())
      assert.doesNotMatch(await dumpDatabase(subject.database), new RegExp(marker))
    })

    const userOf = async (token: string) => (await subject.call('GET', '/auth/user', { token })).json

    async function assertPlainUser(answer: Answer, email: string): Promise<void> {
      assert.equal(answer.status, 201, answer.text)
      const user = await userOf(answer.json.access_token)
      assert.deepEqual([user.email, user.admin, user.username], [email, false, null])
      assert.notEqual(user.public_id, marker)
      assert.equal(user.registered_on, new Date(subject.now).toISOString())
      assert.doesNotMatch(await dumpDatabase(subject.database), new RegExp(marker))
    }
  })

  describe('routes that need no body', () => {
    const routes = (user: Holder) =>
      [
        ['POST', '/auth/logout', user],
        ['DELETE', '/tokens/none', user],
        ['DELETE', '/tokens', user],
      ] as const

    test('refuse a body that is too large, malformed or of another type, and do nothing', async () => {
      const user = await subject.newUser()
      for (const [method, path, { token }] of routes(user)) {
        assertFails(await subject.call(method, path, { token, body: 'x'.repeat(kib64 + 1), headers: json }), 413)
        assertFails(await subject.call(method, path, { token, body: '{', headers: json }), 400)
        assertFails(
          await subject.call(method, path, { token, body: 'x', headers: ['Content-Type', 'text/plain'] }),
          415,
        )
      }
      assert.equal((await subject.call('GET', '/auth/user', user)).status, 200)
    })

    test('accept a valid body, and a media type without a body', async () => {
      for (const extra of [
        { json: { any: 'thing' } },
        { form: { any: 'thing' } },
        { headers: json },
        { headers: ['Content-Type', 'text/plain'] },
      ]) {
        const { token } = await subject.newUser()
        assert.equal((await subject.call('POST', '/auth/logout', { token, ...extra })).status, 200)
      }
    })
  })
})
