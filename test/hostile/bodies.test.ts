import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { connectTo, parseAnswer, sendBytes } from '../contract/raw.ts'
import { onEachService } from '../contract/suite.ts'
import { assertHarmless, assertRefused } from './harm.ts'

const json = ['Content-Type', 'application/json']
const form = ['Content-Type', 'application/x-www-form-urlencoded']
const kib64 = 64 * 1024
const openRoutes = ['/auth/register', '/auth/login', '/login']

/** Malformed JSON. */
const notJson = [
  '{',
  '}',
  '{"email"}',
  "{'email':'x'}",
  '{"email":"x",}',
  '{"email":"x"} trailing',
  '{"email":NaN}',
  '{"email":Infinity}',
  '{"email":0x10}',
  '{"email":"\n"}',
  '{"email":"\u0000"}',
  '{"email":"\\x41"}',
  '{"email":"\\ud8"}',
  '\u0000',
  'undefined',
  '/* */{}',
  '"\u0001"',
  `{"a":"${'x'.repeat(1000)}`,
]

/** JSON values that are not objects. */
const notFields = ['[]', '"text"', '1e400', 'true', 'null', '[{"email":"a@example.com","password":"long enough"}]']

onEachService('hostile bodies', (subject) => {
  const post = (path: string, body: string | Buffer, headers = json) => subject.call('POST', path, { body, headers })
  const writeThenRead = async (bytes: string) => {
    const socket = connectTo(subject.service.address).pause()
    await new Promise<void>((written, failed) => socket.write(bytes, (error) => (error ? failed(error) : written())))
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    await once(socket.resume(), 'close')
    return parseAnswer(text)
  }

  test('malformed JSON gets 400 and has no effect', async () => {
    await assertHarmless(subject, async () => {
      for (const path of openRoutes) {
        for (const body of [...notJson, ...notFields]) assertRefused(await post(path, body), 400)
      }
    })
  })

  test('invalid UTF-8 gets 400: with lenient decoding, different passwords would be equal', async () => {
    const broken = [[0xff], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x28, 0xa1]]
    await assertHarmless(subject, async () => {
      for (const bytes of broken.map((each) => Buffer.from(each))) {
        const head = Buffer.from('{"email":"bytes@example.com","password":"long enough')
        assertRefused(await post('/auth/register', Buffer.concat([head, bytes, Buffer.from('"}')])), 400)
        const fields = Buffer.from('email=bytes@example.com&password=long+enough')
        assertRefused(await post('/auth/register', Buffer.concat([fields, bytes]), form), 400)
        const escaped = [...bytes].map((byte) => `%${byte.toString(16)}`).join('')
        assertRefused(await post('/auth/register', `${fields}${escaped}`, form), 400)
      }
      assertRefused(await post('/auth/register', 'email=bytes@example.com&password=long+enough%zz', form), 400)
      const utf16 = Buffer.from('{"email":"bytes@example.com","password":"long enough"}', 'utf16le')
      assertRefused(await post('/auth/register', utf16, ['Content-Type', 'application/json; charset=utf-16']), 400)
    })
  })

  test('a byte order mark before the JSON is ignored', async () => {
    const body = '\ufeff{"email":"mark@example.com","password":"long enough"}'
    assert.equal((await post('/auth/register', body)).status, 201)
  })

  test('a duplicate name in JSON gets 400, in any spelling and at any depth', async () => {
    const rest = '"email":"twice@example.com","password":"long enough"'
    const twice = [
      `{"email":"first@example.com",${rest}}`,
      `{"\\u0065mail":"first@example.com",${rest}}`,
      `{${rest},"unknown":1,"unknown":2}`,
      `{${rest},"unknown":{"a":[{"b":1,"\\u0062":2}]}}`,
      `{${rest},"":1,"":2}`,
      `{${rest},"\\"":1,"\\u0022":2}`,
      `{${rest},"__proto__":1,"__proto__":2}`,
    ]
    await assertHarmless(subject, async () => {
      for (const body of twice) assertRefused(await post('/auth/register', body), 400)
    })
    const once = `{${rest},"a":"a","b":{"a":"\\"a\\":"},"c":[{"a":1},{"a":1}],"A":1,"d":"email"}`
    assert.equal((await post('/auth/register', once)).status, 201)
  })

  test('a duplicate field in a form gets 400', async () => {
    await assertHarmless(subject, async () => {
      for (const extra of ['email=b@example.com', 'password=long+enough', '%65mail=b@example.com', 'email', 'email=']) {
        const body = `email=a@example.com&password=long+enough&${extra}`
        assertRefused(await post('/auth/register', body, form), 400)
      }
    })
  })

  test('names of built-in properties are ordinary unknown fields and change no prototype', async () => {
    const { token } = await subject.newUser()
    const builtInNames = [
      '__proto__',
      'constructor',
      'prototype',
      'toString',
      'hasOwnProperty',
      '__defineGetter__',
      'then',
    ]
    for (const name of builtInNames) {
      const value = `{"admin":true,"polluted":1,"prototype":{"admin":true,"polluted":1}}`
      const body = `{"email":"${name.toLowerCase().replaceAll('_', 'x')}@example.com","password":"long enough","${name}":${value}}`
      const registered = await post('/auth/register', body)
      assert.equal(registered.status, 201, registered.text)
      const me = await subject.call('GET', '/auth/user', { token: registered.json.access_token })
      assert.equal(me.json.admin, false)
      const fields = `email=form-${me.json.email}&password=long+enough&${name}=1&${name}[admin]=1&${name}.admin=true`
      assert.equal((await post('/auth/register', fields, form)).status, 201)
      assert.equal((await subject.call('GET', `/widgets?${name}=1&${name}[a]=1`, { token })).status, 200)
    }
    await assertHarmless(subject, async () => {
      for (const body of ['{"__proto__":{"email":"p@example.com","password":"long enough"}}', '{"constructor":null}']) {
        assertRefused(await post('/auth/register', body), 400)
      }
    })
    assert.equal(({} as Record<string, unknown>).polluted, undefined)
    assert.equal(({} as Record<string, unknown>).admin, undefined)
  })

  test('deep nesting and huge arrays in any field get 400', async () => {
    const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`
    const objects = `${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}`
    const long = `[${'0,'.repeat(30_000)}0]`
    await assertHarmless(subject, async () => {
      for (const value of [deep, objects, long]) {
        assertRefused(await post('/auth/register', value), 400)
        for (const field of ['email', 'username', 'password']) {
          const rest = field === 'password' ? '"email":"deep@example.com"' : '"password":"long enough"'
          for (const path of openRoutes) assertRefused(await post(path, `{${rest},"${field}":${value}}`), 400)
        }
      }
    })
    const unknown = await post('/auth/register', `{"email":"ok@example.com","password":"long enough","more":${deep}}`)
    assert.equal(unknown.status, 201, 'an unknown field is ignored, however deep')
  })

  test('a form of many thousand fields is accepted', async () => {
    const body = `${'a=&'.repeat(20_000)}email=many@example.com&password=long+enough`
    assert.equal((await post('/auth/register', body, form)).status, 201)
  })

  test('a body over the limit gets 413, with a Content-Length or in chunks', async () => {
    const megabyte = JSON.stringify({ email: 'big@example.com', password: 'x'.repeat(1024 * 1024) })
    await assertHarmless(subject, async () => {
      for (const path of openRoutes) {
        assertRefused(await post(path, megabyte), 413)
        for (const [type, opening] of [
          ['application/json', '{"email":"grow@example.com","password":"'],
          ['application/x-www-form-urlencoded', 'email=grow@example.com&password='],
        ]) {
          const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`
          const head = `POST /api/v1${path} HTTP/1.1\r\nHost: h\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n`
          const first = `${opening?.length.toString(16)}\r\n${opening}\r\n`
          assertRefused(await sendBytes(subject.service.address, head + first + chunk.repeat(5)), 413)
        }
      }
    })
  })

  test('a Content-Length over the limit gets 413 before the body is sent', async () => {
    const head = 'POST /api/v1/login HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n'
    for (const length of [kib64 + 1, 2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
      assertRefused(await sendBytes(subject.service.address, `${head}Content-Length: ${length}\r\n\r\n`), 413)
    }
  })

  test('a client that writes all of a refused body before it reads still gets the answer', async () => {
    const [user, { token }] = [await subject.newUser(), await subject.newAdmin()]
    const megabytes = 'x'.repeat(10_000_000)
    const length = `Content-Length: ${megabytes.length}\r\n\r\n${megabytes}`
    const chunked = `Transfer-Encoding: chunked\r\n\r\n989680\r\n${megabytes}\r\n0\r\n\r\n`
    const jsonType = 'Content-Type: application/json\r\n'
    const bearer = (of: string) => `Authorization: Bearer ${of}\r\n`
    const refused: [status: number, path: string, rest: string][] = [
      [413, '/auth/login', jsonType + length],
      [413, '/auth/login', jsonType + chunked],
      [415, '/auth/login', `Content-Type: text/plain\r\n${chunked}`],
      [413, '/widgets', bearer(token) + jsonType + length],
      [401, '/widgets', jsonType + length],
      [403, '/widgets', bearer(user.token) + jsonType + chunked],
      [404, '/nothing', jsonType + length],
      [405, '/swagger.json', jsonType + length],
    ]
    await assertHarmless(subject, async () => {
      for (const [status, path, rest] of refused) {
        const head = `POST /api/v1${path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n`
        assertRefused(await writeThenRead(head + rest), status)
      }
    })
  })

  test('an endless refused body is cut off', async () => {
    const socket = connectTo(subject.service.address)
    socket.on('error', () => {})
    socket.write('POST /api/v1/widgets HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000000\r\n\r\n')
    const megabyte = Buffer.alloc(1024 * 1024)
    let sent = 0
    while (sent < 100 && !socket.destroyed) {
      await new Promise((written) => socket.write(megabyte, written))
      sent++
    }
    assert.ok(sent < 100, 'the server went on reading')
  })

  test('a body of an unsupported type gets 415 and has no effect, complete or chunked', async () => {
    const { token } = await subject.newUser()
    const types = [
      'text/plain',
      'multipart/form-data; boundary=x',
      'text/json',
      'application/jsonx',
      'a',
      ';',
      '*/*',
      '',
    ]
    await assertHarmless(subject, async () => {
      for (const type of types) {
        const call = { token, body: 'anything', headers: ['Content-Type', type] }
        for (const [method, path] of [
          ['POST', '/auth/logout'],
          ['DELETE', '/tokens'],
          ['POST', '/auth/register'],
        ]) {
          assertRefused(await subject.call(method as string, path as string, call), 415)
        }
      }
      const head =
        'POST /api/v1/login HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n'
      const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`
      assertRefused(await sendBytes(subject.service.address, head + chunk.repeat(5)), 415)
    })
    assert.equal((await subject.call('GET', '/auth/user', { token })).status, 200)
  })

  test('a very long password is never normalised, because that would block the event loop', async () => {
    // NFC sorts combining marks by insertion. 30,000 marks in the worst order blocked the event loop for 1.2 s.
    const password = `a${'\u0301'.repeat(15_000)}${'\u0316'.repeat(15_000)}`
    const { email } = await subject.newUser()
    const normalize = String.prototype.normalize
    let longest = 0
    String.prototype.normalize = function (this: string, ...form: []) {
      longest = Math.max(longest, this.length)
      return normalize.apply(this, form)
    }
    try {
      await assertHarmless(subject, async () => {
        assertRefused(await subject.call('POST', '/auth/login', { json: { email, password } }), 401)
        assertRefused(await subject.call('POST', '/auth/register', { json: { email: 'n@example.com', password } }), 400)
      })
    } finally {
      String.prototype.normalize = normalize
    }
    assert.ok(longest < 2_048, `a text of length ${longest} was normalised`)
  })
})
