import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachService } from '../contract/suite.ts'
import type { Answer } from '../support/service.ts'
import { assertHarmless, assertRefused } from './harm.ts'

/** A route with a body, an input that the route accepts, and the statuses of its refusals. */
interface Target {
  method: string
  path: string
  input: Record<string, string>
  /** The status for an invalid text in the field. A login accepts any text in some fields and finds no account. */
  statusOf: (field: string) => number
}

const email = 'victim@example.com'
const password = 'correct horse battery'
const link = { info_url: 'https://example.com/path', deadline: '2999-12-31' }
const invalid = () => 400
const targets: Target[] = [
  {
    method: 'POST',
    path: '/auth/register',
    input: { email: 'new@example.com', username: 'new', password },
    statusOf: invalid,
  },
  {
    method: 'POST',
    path: '/auth/login',
    input: { email, password },
    statusOf: (field) => (field === 'email' ? 400 : 401),
  },
  { method: 'POST', path: '/login', input: { username: 'victim', password }, statusOf: () => 401 },
  { method: 'POST', path: '/widgets', input: { name: 'new', ...link }, statusOf: invalid },
  { method: 'PUT', path: '/widgets/new', input: link, statusOf: invalid },
]

/** Nested deeper than the stack. The name makes V8 recurse into every level. */
const deep = `${'['.repeat(10_000)}{"0":1}${']'.repeat(10_000)}`

const wrongTypes = [
  deep,
  'null',
  'true',
  'false',
  '0',
  '-1',
  '1e308',
  '1e400',
  '9007199254740993',
  '-0',
  '[]',
  '["a@example.com"]',
  '{}',
  '{"$ne":null}',
  '{"$gt":""}',
  '{"toString":"x"}',
  '{"length":9}',
]

const sql = [
  "'",
  '"',
  '`',
  ';--',
  "' or '1'='1",
  "' or 1=1--",
  'x\'; drop table "user";--',
  '\'; update "user" set admin = 1;--',
  '\') union select password_hash from "user"--',
  "x' and (select count(*) from token) > 0--",
  "'||(select pg_sleep(10))||'",
  '$1',
  '?1',
  ':name',
  '%',
  '%_',
  '\\',
  "\\'",
]

/** Control characters, Unicode line separators, a byte order mark and lone surrogates. */
const controls = [
  ...Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)),
  '\x7f',
  '\x85',
  '\x9b',
  '\u2028',
  '\ufeff',
  '\ud800',
  '\udfff',
]

onEachService('hostile fields', (subject) => {
  let admin = ''
  let user = ''
  test('the accounts and the widget of this suite are created', async () => {
    const { json } = await subject.call('POST', '/auth/register', { json: { email, username: 'victim', password } })
    user = json.access_token
    admin = (await subject.newAdmin()).token
    const widget = { name: 'existing', ...link }
    assert.equal((await subject.call('POST', '/widgets', { token: admin, json: widget })).status, 201)
  })

  const send = (target: Target, body: string) =>
    subject.call(target.method, target.path, { token: admin, body, headers: ['Content-Type', 'application/json'] })
  /** Sends the input with one field given another JSON value. */
  const sendWith = (target: Target, field: string, value: string) => {
    const fields = Object.entries({ ...target.input, [field]: undefined }).map(
      ([name, text]) => `${JSON.stringify(name)}:${text === undefined ? value : JSON.stringify(text)}`,
    )
    return send(target, `{${fields}}`)
  }
  const everyField = async (
    values: string[],
    check: (answer: Answer, target: Target, field: string) => void,
    except: (target: Target, field: string) => boolean = () => false,
  ) => {
    for (const target of targets) {
      for (const field of Object.keys(target.input)) {
        if (except(target, field)) continue
        for (const value of values) check(await sendWith(target, field, value), target, field)
      }
    }
  }

  test('a value of the wrong type gets 400 in every field, and the refusal names the field', async () => {
    const assertNamed = (answer: Answer, _target: Target, field: string) => {
      assertRefused(answer, 400)
      assert.deepEqual(Object.keys(answer.json.errors), [field])
    }
    // null omits an optional field.
    const optional = ({ path }: Target, field: string) => path === '/auth/register' && field === 'username'
    await assertHarmless(subject, async () => {
      await everyField(
        wrongTypes.filter((value) => value !== 'null'),
        assertNamed,
      )
      await everyField(['null'], assertNamed, optional)
    })
  })

  test('every field refuses lone surrogates and, except for a new password, control characters', async () => {
    await assertHarmless(subject, async () => {
      for (const target of targets) {
        for (const [field, good] of Object.entries(target.input)) {
          for (const character of controls) {
            // A new password may contain any character. A lone surrogate is not a character.
            if (field === 'password' && target.path === '/auth/register' && character.isWellFormed()) continue
            const bad = JSON.stringify(good.slice(0, -2) + character + good.slice(-2))
            assertRefused(
              await sendWith(target, field, bad),
              field === 'password' ? [400, 401] : target.statusOf(field),
            )
          }
        }
      }
    })
  })

  test('a password may contain any character, and only the complete password matches', async () => {
    for (const [i, character] of controls.entries()) {
      if (!character.isWellFormed()) continue
      const input = { email: `control-${i}@example.com`, password: `long ${character} enough` }
      assert.equal((await subject.call('POST', '/auth/register', { json: input })).status, 201)
      assert.equal((await subject.call('POST', '/auth/login', { json: input })).status, 200)
      const cut = { ...input, password: input.password.slice(0, 5) }
      assertRefused(await subject.call('POST', '/auth/login', { json: cut }), 401)
    }
  })

  test('SQL is ordinary text in every field', async () => {
    await assertHarmless(subject, () =>
      everyField(
        sql.map((text) => JSON.stringify(text)),
        (answer, target, field) => assertRefused(answer, field === 'password' ? 401 : target.statusOf(field)),
        (target, field) => target.path === '/auth/register' && field === 'password',
      ),
    )
    const widgets = await subject.call('GET', '/widgets', { token: user })
    assert.deepEqual(
      widgets.json.items.map((item: { name: string }) => item.name),
      ['existing'],
    )
  })

  test('SQL is ordinary text in paths and queries', async () => {
    await assertHarmless(subject, async () => {
      for (const text of sql.map(encodeURIComponent)) {
        for (const path of [`/widgets/${text}`, `/widgets/existing${text}`]) {
          assertRefused(await subject.call('GET', path, { token: admin }), 404)
          assertRefused(await subject.call('DELETE', path, { token: admin }), 404)
          assertRefused(await subject.call('PUT', path, { token: admin, json: link }), 400)
        }
        assertRefused(await subject.call('DELETE', `/tokens/${text}`, { token: admin }), 404)
        for (const query of [`page=${text}`, `per_page=${text}`, `page=1${text}`, `page=1&per_page=10${text}`]) {
          assertRefused(await subject.call('GET', `/widgets?${query}`, { token: user }), 400)
          assertRefused(await subject.call('GET', `/tokens?${query}`, { token: user }), 400)
        }
        assertRefused(await subject.call('GET', `/tokens?current=true${text}`, { token: user }), 400)
        assert.equal((await subject.call('GET', `/widgets?order=${text}&${text}`, { token: user })).status, 200)
      }
    })
  })

  test('SQL is ordinary text in a password', async () => {
    for (const [i, text] of sql.entries()) {
      const input = { email: `sql-${i}@example.com`, password: `${text} long enough` }
      assert.equal((await subject.call('POST', '/auth/register', { json: input })).status, 201)
      assert.equal((await subject.call('POST', '/auth/login', { json: input })).status, 200)
    }
  })

  test('unknown fields are ignored and never stored', async () => {
    const more = {
      admin: true,
      roles: ['admin'],
      public_id: '00000000-0000-4000-8000-000000000000',
      id: 1,
      disabled_at: 1,
      password_hash: 'x',
      created_at: 0,
      owner_id: 'x',
      jti: 'x',
      exp: 9e9,
    }
    const input = { email: 'more@example.com', password, ...more }
    const registered = await subject.call('POST', '/auth/register', { json: input })
    assert.equal(registered.status, 201)
    const me = (await subject.call('GET', '/auth/user', { token: registered.json.access_token })).json
    assert.equal(me.admin, false)
    assert.notEqual(me.public_id, more.public_id)
    assert.notEqual(me.registered_on, '1970-01-01T00:00:00.000Z')
    const widget = {
      name: 'more',
      ...link,
      ...more,
      owner: { email },
      deadline_passed: true,
      link: 'https://evil.example',
    }
    assert.equal((await subject.call('POST', '/widgets', { token: admin, json: widget })).status, 201)
    const added = (await subject.call('GET', '/widgets/more', { token: user })).json
    assert.match(added.owner.email, /^admin-/)
    assert.equal(added.link, '/api/v1/widgets/more')
    assert.equal(added.deadline_passed, false)
  })

  test('values just over and far over their length limit get 400', async () => {
    const long = (count: number) => 'a'.repeat(count)
    const inputs: [Target, string, string][] = [
      [targets[0] as Target, 'email', `${long(255)}@example.com`],
      [targets[0] as Target, 'email', `${long(60_000)}@example.com`],
      [targets[0] as Target, 'email', `a@${'a.'.repeat(30_000)}com`],
      [targets[0] as Target, 'username', long(40)],
      [targets[0] as Target, 'username', 'a-'.repeat(30_000)],
      [targets[0] as Target, 'password', long(257)],
      [targets[0] as Target, 'password', long(60_000)],
      [targets[3] as Target, 'name', long(101)],
      [targets[3] as Target, 'name', long(60_000)],
      [targets[3] as Target, 'info_url', `https://example.com/${long(236)}`],
      [targets[3] as Target, 'info_url', `https://${long(60_000)}`],
      [targets[3] as Target, 'deadline', '9'.repeat(60_000)],
      [targets[3] as Target, 'deadline', `${' '.repeat(30_000)}x${' '.repeat(30_000)}`],
      [targets[3] as Target, 'deadline', '+275760-09-13'],
      [targets[3] as Target, 'deadline', '9999-99-99T99:99:99Z'],
      [targets[3] as Target, 'deadline', '2030-01-31T12:00:00+99:99'],
    ]
    await assertHarmless(subject, async () => {
      for (const [target, field, value] of inputs) {
        assertRefused(await sendWith(target, field, JSON.stringify(value)), 400)
      }
    })
  })

  test('malformed page numbers get 400, and page numbers of any size are answered', async () => {
    const pages = ['0', '-1', '1.5', '1e3', '0x1', ' 1', '1 ', '+1', '١', 'NaN', 'Infinity', '', '1,2', '1&page=2']
    for (const page of pages) {
      assertRefused(await subject.call('GET', `/widgets?page=${encodeURI(page)}`, { token: user }), 400)
    }
    for (const perPage of ['0', '1', '11', '1000', '-5', '5.0', '05', '1e1', '', '5&per_page=10']) {
      assertRefused(await subject.call('GET', `/widgets?per_page=${perPage}`, { token: user }), 400)
    }
    for (const page of ['2', '1000000', '9007199254740993', '9'.repeat(400), `${'0'.repeat(5000)}7`]) {
      const answer = await subject.call('GET', `/widgets?page=${page}`, { token: user })
      assert.equal(answer.status, 200, answer.text)
      assert.deepEqual(answer.json.items, [])
    }
  })
})
