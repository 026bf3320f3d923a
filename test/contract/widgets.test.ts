import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assertFails, assertInvalid, assertSucceeds } from './refusals.ts'
import { type Holder, noon, onEachService } from './suite.ts'

const info_url = 'https://example.com/widget'
const deadline = '2030-12-31'
const day_ms = 86_400_000

onEachService('widgets', (subject) => {
  let widgets = 0
  const nextName = () => `widget-${++widgets}`
  let admin: Holder
  let user: Holder
  const renewTokens = async () => {
    // Tokens expire when a test moves the clock.
    admin = await subject.newAdmin()
    user = await subject.newUser()
  }
  const post = (json: unknown, { token } = admin) => subject.call('POST', '/widgets', { token, json })
  const put = (name: string, json: unknown) => subject.call('PUT', `/widgets/${name}`, { token: admin.token, json })
  const get = (name: string, { token } = user) => subject.call('GET', `/widgets/${name}`, { token })
  const remove = (name: string) => subject.call('DELETE', `/widgets/${name}`, { token: admin.token })

  describe('a widget', () => {
    test('is returned as it was added', async () => {
      await renewTokens()
      subject.now = noon + 5
      const name = nextName()
      await post({ name, info_url, deadline })
      const { public_id } = (await subject.call('GET', '/auth/user', admin)).json
      const { status, json } = await get(name)
      assert.equal(status, 200)
      assert.deepEqual(json, {
        name,
        info_url,
        created_at: '2030-06-15T12:00:00.005Z',
        deadline: '2030-12-31T23:59:59.999Z',
        deadline_passed: false,
        time_remaining: '199 days 11 hours 59 minutes 59 seconds',
        owner: { email: admin.email, public_id },
        link: `/api/v1/widgets/${name}`,
      })
    })

    test('has its remaining time to the second, and says whether its deadline has passed', async () => {
      await renewTokens()
      const name = nextName()
      const end = Date.parse('2030-06-18T00:00:00Z')
      await post({ name, info_url, deadline: '2030-06-18T00:00:00Z' })
      const moments: [left_ms: number, text: string, passed: boolean][] = [
        [2 * day_ms + 3 * 3_600_000 + 4 * 60_000 + 5_000, '2 days 3 hours 4 minutes 5 seconds', false],
        [day_ms, '1 day 0 hours 0 minutes 0 seconds', false],
        [3_661_000, '0 days 1 hour 1 minute 1 second', false],
        [1000, '0 days 0 hours 0 minutes 1 second', false],
        [0, 'No time remaining', true],
        [-1, 'No time remaining', true],
        [-day_ms, 'No time remaining', true],
      ]
      for (const [left_ms, text, passed] of moments) {
        subject.now = end - left_ms
        const { json } = await get(name, await subject.newUser())
        assert.deepEqual([json.time_remaining, json.deadline_passed], [text, passed])
      }
      subject.now = noon
    })
  })

  describe('the name', () => {
    test('is 1 to 100 characters of a-z, 0-9, - and _', async () => {
      await renewTokens()
      for (const name of ['a', '0', '-', '_', '__proto__', 'constructor', 'a-b_c-0', 'x'.repeat(100), '-_-', 'null']) {
        assertSucceeds(await post({ name, info_url, deadline }), 201, `New widget added: ${name}.`)
        assert.equal((await get(name)).json.name, name)
      }
    })

    test('is refused in any other form', async () => {
      await renewTokens()
      for (const name of [
        '',
        'A',
        'a b',
        'a.b',
        'a/b',
        'é',
        'x'.repeat(101),
        'a\n',
        ' a',
        '%61',
        'ａ',
        'a\0',
        '..',
        '½',
      ]) {
        assertInvalid(await post({ name, info_url, deadline }), ['name'])
      }
      for (const name of [5, null, ['a'], {}, true]) assertInvalid(await post({ name, info_url, deadline }), ['name'])
      for (const name of ['a%20b', 'a.b', '%C3%A9', 'x'.repeat(101), 'a%0a', 'a%2Fb', '%00']) {
        assertInvalid(await put(name, { info_url, deadline }), ['name'])
      }
    })

    test('is converted to lower case in a path', async () => {
      await renewTokens()
      const created = await put('MixedCase', { info_url, deadline })
      assertSucceeds(created, 201, 'New widget added: mixedcase.')
      assert.equal(created.headers.location, '/api/v1/widgets/mixedcase')
      assert.equal((await get('MIXEDcase')).json.name, 'mixedcase')
      assertSucceeds(await put('MIXEDCASE', { info_url, deadline }), 200, "'mixedcase' was successfully updated")
      assertFails(await get('No-Such-One'), 404, 'no-such-one not found in database.')
      assert.equal((await remove('mixedCASE')).status, 204)
      assertFails(await get('mixedcase'), 404, 'mixedcase not found in database.')
    })
  })

  describe('the URL', () => {
    const stem = 'https://example.com/'

    test('is absolute, http or https, to any host, of at most 255 characters', async () => {
      await renewTokens()
      const good = [
        'http://localhost',
        'http://localhost:8080/a',
        'https://127.0.0.1/',
        'http://[::1]:3000/x?y#z',
        'https://EXAMPLE.com',
        'http://10.0.0.1:1',
        'https://example.com?q=1',
        'https://example.com/a%20b',
        'http://intranet',
        'https://xn--bcher-kva.example/',
        'https://example.com/a@b',
        stem + 'x'.repeat(255 - stem.length),
        stem + '😀'.repeat(255 - stem.length),
      ]
      for (const url of good) {
        const name = nextName()
        assertSucceeds(await post({ name, info_url: url, deadline }), 201, `New widget added: ${name}.`)
        assert.equal((await get(name)).json.info_url, url)
      }
    })

    test('is refused in any other form', async () => {
      await renewTokens()
      const notAbsolute = [
        '',
        'example.com',
        '/path',
        '//example.com',
        'www.example.com/a',
        'http:',
        'http://',
        'http:///a',
        'https:example.com',
        'http:/example.com',
      ]
      const otherSchemes = [
        'ftp://example.com',
        'javascript:alert(1)',
        'data:text/html,x',
        'file:///etc/passwd',
        'mailto:a@example.com',
        'ws://example.com',
        'httpx://example.com',
      ]
      const credentials = [
        'http://user@example.com',
        'http://user:password@example.com',
        'https://:@example.com/',
        'http://a:b@localhost',
      ]
      const broken = [
        'http://exa mple.com',
        'http://example.com:99999',
        'http://[::1',
        'http://example.com/a b',
        ' https://example.com',
        'https://example.com\n',
        'http://a\0b',
        'http://%zz',
        'http://\\example.com',
        'https://?',
        stem + 'x'.repeat(256 - stem.length),
        stem + '😀'.repeat(256 - stem.length),
      ]
      for (const url of [
        ...notAbsolute,
        ...otherSchemes,
        ...credentials,
        ...broken,
        5,
        null,
        ['https://example.com'],
        {},
      ]) {
        assertInvalid(await post({ name: 'never', info_url: url, deadline }), ['info_url'])
        assertInvalid(await put('never', { info_url: url, deadline }), ['info_url'])
      }
      assertFails(await get('never'), 404, 'never not found in database.')
    })
  })

  describe('POST /widgets', () => {
    test('gives 201, the message and Location', async () => {
      await renewTokens()
      const name = nextName()
      const answer = await post({ name, info_url, deadline })
      assertSucceeds(answer, 201, `New widget added: ${name}.`)
      assert.equal(answer.headers.location, `/api/v1/widgets/${name}`)
      assert.equal((await get(String(answer.headers.location).slice('/api/v1/widgets/'.length))).status, 200)
    })

    test('answers 409 to a name that is taken, and changes nothing', async () => {
      await renewTokens()
      const name = nextName()
      await post({ name, info_url, deadline })
      const before = (await get(name)).json
      const other = await subject.newAdmin()
      const again = await post({ name, info_url: 'https://other.example', deadline: '2040-01-01' }, other)
      assertFails(again, 409, `Widget name: ${name} already exists, must be unique.`)
      assert.equal(again.headers.location, undefined)
      assert.deepEqual((await get(name)).json, before)
    })

    test('names every missing field', async () => {
      await renewTokens()
      assertInvalid(await post({}), ['name', 'info_url', 'deadline'])
      assertInvalid(await post({ name: 'a' }), ['info_url', 'deadline'])
    })
  })

  describe('PUT /widgets/{name}', () => {
    test('adds a widget like POST if there is none', async () => {
      await renewTokens()
      const name = nextName()
      const answer = await put(name, { info_url, deadline })
      assertSucceeds(answer, 201, `New widget added: ${name}.`)
      assert.equal(answer.headers.location, `/api/v1/widgets/${name}`)
      assert.equal((await get(name)).json.owner.email, admin.email)
    })

    test('changes URL and deadline of an existing widget, and keeps name, owner and age', async () => {
      await renewTokens()
      const name = nextName()
      await put(name, { info_url, deadline })
      const before = (await get(name)).json
      subject.now += 1000
      const other = await subject.newAdmin()
      const change = { info_url: 'http://other.example/', deadline: '2035-05-05T05:05:05Z', name: 'ignored' }
      const answer = await subject.call('PUT', `/widgets/${name}`, { token: other.token, json: change })
      assertSucceeds(answer, 200, `'${name}' was successfully updated`)
      assert.equal(answer.headers.location, undefined)
      const { created_at, owner, link } = before
      const after = (await get(name)).json
      assert.deepEqual(
        [after.name, after.info_url, after.deadline, after.created_at, after.owner, after.link],
        [name, 'http://other.example/', '2035-05-05T05:05:05.000Z', created_at, owner, link],
      )
      assertFails(await get('ignored'), 404, 'ignored not found in database.')
    })

    test('names every missing field, and changes nothing', async () => {
      await renewTokens()
      const name = nextName()
      await put(name, { info_url, deadline })
      const before = (await get(name)).json
      assertInvalid(await put(name, {}), ['info_url', 'deadline'])
      assertInvalid(await put(name, { info_url: 'http://new.example' }), ['deadline'])
      assert.deepEqual((await get(name)).json, before)
    })
  })

  describe('DELETE /widgets/{name}', () => {
    test('gives 204 without a body, then 404', async () => {
      await renewTokens()
      const name = nextName()
      await put(name, { info_url, deadline })
      const { status, text } = await remove(name)
      assert.deepEqual([status, text], [204, ''])
      assertFails(await remove(name), 404, `${name} not found in database.`)
      assertFails(await get(name), 404, `${name} not found in database.`)
      assertSucceeds(await put(name, { info_url, deadline }), 201, `New widget added: ${name}.`)
    })

    test('answers 404 to a name that no widget can have', async () => {
      await renewTokens()
      for (const [path, name] of [
        ['No%20Such', 'no such'],
        ['%C3%89', 'é'],
        ["'%20or%201=1", "' or 1=1"],
        ['x'.repeat(500), 'x'.repeat(500)],
      ] as const) {
        assertFails(await remove(path), 404, `${name} not found in database.`)
        assertFails(await get(path), 404, `${name} not found in database.`)
      }
    })
  })

  test('every user can read what administrators write', async () => {
    await renewTokens()
    const name = nextName()
    await put(name, { info_url, deadline })
    for (const reader of [user, admin]) {
      assert.equal((await get(name, reader)).status, 200)
      assert.equal((await subject.call('GET', '/widgets', reader)).status, 200)
    }
    assertFails(await post({ name: 'mine', info_url, deadline }, user), 403, 'You are not an administrator')
  })
})
