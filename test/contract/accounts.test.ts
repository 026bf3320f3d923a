import assert from 'node:assert/strict'
import { createHook } from 'node:async_hooks'
import { describe, test } from 'node:test'
import { disableUser, enableUser } from '../../src/accounts/change-account.ts'
import type { Answer } from '../support/service.ts'
import { assertFails, assertInvalid, assertRevoked, assertUnauthorized } from './refusals.ts'
import { dumpDatabase } from './stored.ts'
import { onEachService, type Subject } from './suite.ts'

const password = 'correct horse battery'
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const mismatch = 'email or password does not match'

/** Asserts that the answer has these fields and no others. Returns its token. */
function assertToken(answer: Answer, status: number, message: string, more: object = {}): string {
  assert.equal(answer.status, status, answer.text)
  const { access_token, ...rest } = answer.json
  assert.deepEqual(rest, { status: 'success', message, token_type: 'bearer', expires_in: 900, ...more })
  assert.match(access_token, /^[\w-]+\.[\w-]+\.[\w-]+$/)
  return access_token
}

/** Returns the number of argon2 hashes that this process begins while `work` runs. */
async function hashesDuring(work: () => Promise<unknown>): Promise<number> {
  let hashes = 0
  const hook = createHook({ init: (_id, type) => void (type === 'ARGON2REQUEST' && hashes++) }).enable()
  await work()
  hook.disable()
  return hashes
}

onEachService('accounts', (subject) => {
  const post = (path: string, json: unknown) => subject.call('POST', path, { json })
  const storedUser = (email: string) =>
    subject.service.ports.store.selectFrom('user').selectAll().where('email', '=', email).executeTakeFirstOrThrow()

  describe('POST /auth/register', () => {
    test('gives 201 and a live token', async () => {
      const answer = await post('/auth/register', { email: 'first@example.com', password })
      const token = assertToken(answer, 201, 'successfully registered')
      assert.equal((await subject.call('GET', '/auth/user', { token })).json.email, 'first@example.com')
    })

    test('trims the address and converts it to lower case before it is compared or stored', async () => {
      const answer = await post('/auth/register', { email: ' \t Mixed.Case@EXAMPLE.com \n', password })
      const token = assertToken(answer, 201, 'successfully registered')
      assert.equal((await subject.call('GET', '/auth/user', { token })).json.email, 'mixed.case@example.com')
      for (const email of ['mixed.case@example.com', 'MIXED.CASE@EXAMPLE.COM', '  mixed.case@example.com']) {
        assertFails(
          await post('/auth/register', { email, password }),
          409,
          'mixed.case@example.com is already registered',
        )
      }
      for (const email of ['mixed.case@example.com', ' MIXED.CASE@example.com ']) {
        assertToken(await post('/auth/login', { email, password }), 200, 'successfully logged in')
      }
    })

    test('accepts an address of 254 characters and refuses one of 255', async () => {
      const domain = `@${'d'.repeat(61)}.${'d'.repeat(61)}.${'d'.repeat(61)}.example`
      const longest = 'a'.repeat(254 - domain.length) + domain
      assertToken(await post('/auth/register', { email: `  ${longest}  `, password }), 201, 'successfully registered')
      const email = `a${longest}`
      assertInvalid(await post('/auth/register', { email, password }), { email: `${email} is not a valid email` })
    })

    test('refuses an invalid address, and repeats it', async () => {
      const bad = [
        'first',
        'first@',
        '@example.com',
        'first@example',
        'a b@example.com',
        'a@b@example.com',
        'a@exa mple.com',
        'a@example..com',
      ]
      for (const email of [
        ...bad,
        '',
        ' ',
        'a@example.com\0',
        '<a@example.com>',
        'a,b@example.com',
        'mailto:a@example.com',
      ]) {
        assertInvalid(await post('/auth/register', { email, password }), { email: `${email} is not a valid email` })
        assertInvalid(await subject.call('POST', '/auth/register', { form: { email, password } }), {
          email: `${email} is not a valid email`,
        })
      }
      for (const email of [5, true, null, {}, ['a@example.com']]) {
        assertInvalid(await post('/auth/register', { email, password }), ['email'])
      }
      assertInvalid(await post('/auth/register', { password }), ['email'])
    })

    test('answers 409 to an address that is taken, and changes nothing', async () => {
      const { email, token } = await subject.newUser()
      const before = await storedUser(email)
      assertFails(
        await post('/auth/register', { email, password: 'another password' }),
        409,
        `${email} is already registered`,
      )
      assert.deepEqual(await storedUser(email), before)
      assert.equal((await subject.call('GET', '/auth/user', { token })).status, 200)
    })

    test('accepts a username of 1 to 39 of a-z, 0-9 and single inner hyphens, or none', async () => {
      for (const username of ['a', '7', 'a-b', 'a1-b2-c3', '0', 'x'.repeat(39), `a-${'b'.repeat(37)}`]) {
        const { token } = await subject.newUser({ username })
        assert.equal((await subject.call('GET', '/auth/user', { token })).json.username, username)
      }
      assert.equal((await subject.call('GET', '/auth/user', await subject.newUser())).json.username, null)
    })

    test('refuses any other username', async () => {
      const bad = [
        '',
        '-',
        '-a',
        'a-',
        'a--b',
        'A',
        'a_b',
        'a.b',
        'a b',
        ' a',
        'a ',
        'é',
        'x'.repeat(40),
        'a\n',
        'ａ',
        'a\0',
        '٣',
      ]
      for (const username of [...bad, 5, {}, ['a']]) {
        assertInvalid(await post('/auth/register', { email: 'named@example.com', password, username }), ['username'])
      }
    })

    test('accepts null as an omitted username', async () => {
      const email = 'null-name@example.com'
      const { json } = await post('/auth/register', { email, password, username: null })
      const me = await subject.call('GET', '/auth/user', { token: json.access_token })
      assert.deepEqual([me.json.email, me.json.username], [email, null])
      assertInvalid(await post('/auth/register', { email: null, password: null, username: null }), [
        'email',
        'password',
      ])
    })

    test('answers 409 to a username that is taken, and creates no account', async () => {
      await subject.newUser({ username: 'taken-name' })
      const again = { email: 'second@example.com', password, username: 'taken-name' }
      assertFails(await post('/auth/register', again), 409, 'taken-name is already registered')
      assertFails(await post('/auth/login', again), 401, mismatch)
      assertToken(await post('/auth/register', { ...again, username: 'free-name' }), 201, 'successfully registered')
    })
  })

  describe('POST /auth/login', () => {
    test('accepts the address or the username, and gives a new token each time', async () => {
      const { email } = await subject.newUser({ username: 'login-name' })
      const byEmail = assertToken(await post('/auth/login', { email, password }), 200, 'successfully logged in')
      const byName = assertToken(
        await post('/auth/login', { username: 'login-name', password }),
        200,
        'successfully logged in',
      )
      assert.notEqual(byEmail, byName)
      for (const token of [byEmail, byName]) {
        assert.equal((await subject.call('GET', '/auth/user', { token })).json.email, email)
      }
    })

    test('accepts null as an omitted name, and needs one of the two names', async () => {
      const { email } = await subject.newUser({ username: 'null-or-not' })
      for (const path of ['/auth/login', '/login']) {
        for (const input of [
          { email, username: null },
          { email: null, username: 'null-or-not' },
        ]) {
          assert.equal((await post(path, { ...input, password })).status, 200, JSON.stringify(input))
        }
      }
      assertInvalid(await post('/auth/login', { email: null, username: null, password }), {
        email: 'email is required',
      })
      assertInvalid(await post('/login', { email: null, username: null, password }), {
        username: 'username is required',
      })
    })

    test('gives the same answer to a wrong name or password, a disabled account and a very long password', async () => {
      const { email } = await subject.newUser({ username: 'one-answer' })
      const disabled = await subject.newUser()
      await disableUser(subject.service.ports, (await storedUser(disabled.email)).id)
      const wrong = [
        { email: 'unknown@example.com', password },
        { username: 'unknown-here', password },
        { email, password: 'wrong password' },
        { username: 'one-answer', password: 'wrong password' },
        { email, password: password.repeat(100) },
        { email, password: password.toUpperCase() },
        { email, password: ` ${password}` },
        { username: "' or 1=1 --", password },
        { username: '\0', password },
        disabled,
      ]
      for (const input of wrong) {
        for (const path of ['/auth/login', '/login']) {
          const answer = await post(path, input)
          assertFails(answer, 401, mismatch)
          assert.doesNotMatch(answer.text, /access_token/)
        }
      }
    })

    test('costs one password hash, whether or not the account exists', async () => {
      const { email } = await subject.newUser({ username: 'costly' })
      const disabled = await subject.newUser()
      await disableUser(subject.service.ports, (await storedUser(disabled.email)).id)
      const inputs = [
        { email, password },
        { email, password: 'wrong password' },
        { email: 'unknown@example.com', password },
        { username: 'costly', password: 'wrong password' },
        { username: 'unknown-here', password },
        { email, password: 'x'.repeat(257) },
        { email: 'unknown@example.com', password: 'x'.repeat(257) },
        disabled,
      ]
      for (const input of inputs) {
        assert.equal(await hashesDuring(() => post('/auth/login', input)), 1, JSON.stringify(input))
      }
    })

    test('names a missing field and an invalid address', async () => {
      assertInvalid(await post('/auth/login', {}), ['email', 'password'])
      assertInvalid(await post('/auth/login', { email: 'a@example.com' }), ['password'])
      assertInvalid(await post('/auth/login', { password }), ['email'])
      assertInvalid(await post('/auth/login', { email: 'un known', password }), {
        email: 'un known is not a valid email',
      })
      for (const path of ['/auth/login', '/login']) {
        assertInvalid(await post(path, { email: '', password: '' }), {
          email: ' is not a valid email',
          password: 'password must not be empty',
        })
        assertInvalid(await post(path, { username: '', password }), { username: 'username must not be empty' })
      }
      assertInvalid(await post('/login', {}), ['username', 'password'])
      assertInvalid(await post('/login', { password }), ['username'])
      assertInvalid(await post('/login', { username: 5, password: 5 }), ['username', 'password'])
      for (const path of ['/auth/login', '/login']) {
        assertInvalid(await post(path, { username: 5, password }), { username: 'username must be string' })
        assertInvalid(await post(path, { email: [], password }), ['email'])
        assertInvalid(await post(path, { email: {}, username: 'known', password }), ['email'])
        assertInvalid(await post(path, { email: 5, username: false }), ['email', 'username', 'password'])
      }
    })

    test('takes an address or a username in either field', async () => {
      const { email } = await subject.newUser({ username: 'either-field' })
      for (const input of [{ email: 'either-field' }, { username: email }, { username: email.toUpperCase() }]) {
        for (const path of ['/auth/login', '/login'])
          assert.equal((await post(path, { ...input, password })).status, 200, JSON.stringify(input))
      }
      for (const name of ['no-such-name', '\0@example.com', 'a@', '@', "' or 1=1 --@"])
        assertFails(await post('/login', { username: name, password }), 401, mismatch)
    })

    test('works again after an account was disabled and enabled, and old tokens stay revoked', async () => {
      const { email, token } = await subject.newUser()
      const { id } = await storedUser(email)
      await disableUser(subject.service.ports, id)
      assertFails(await post('/auth/login', { email, password }), 401, mismatch)
      await enableUser(subject.service.ports, id)
      const next = assertToken(await post('/auth/login', { email, password }), 200, 'successfully logged in')
      assert.equal((await subject.call('GET', '/auth/user', { token: next })).status, 200)
      assertUnauthorized(await subject.call('GET', '/auth/user', { token }), 'revoked')
    })
  })

  test('POST /login accepts a username or an address and gives the token as `token` too', async () => {
    const { email } = await subject.newUser({ username: 'short-form' })
    for (const input of [
      { username: 'short-form', password },
      { email, password },
      { username: 'short-form', email, password },
    ]) {
      for (const call of [{ json: input }, { form: input as Record<string, string> }]) {
        const answer = await subject.call('POST', '/login', call)
        const token = assertToken(answer, 200, 'successfully logged in', { token: answer.json.access_token })
        assert.equal((await subject.call('GET', '/auth/user', { token })).json.email, email)
      }
    }
  })

  test('GET /auth/user returns the user of the token', async () => {
    const registered_on = new Date(subject.now).toISOString()
    const address = { email_verified: false, pending_email: null }
    const { email, token } = await subject.newUser({ username: 'whoami' })
    subject.now += 18_000
    const { status, json } = await subject.call('GET', '/auth/user', { token })
    assert.equal(status, 200)
    assert.match(json.public_id, uuid)
    const expected = {
      email,
      username: 'whoami',
      public_id: json.public_id,
      admin: false,
      registered_on,
      factors: [],
      ...address,
    }
    assert.deepEqual(json, { ...expected, token_expires_in: '00:14:42' })
    const admin = await subject.newAdmin()
    assert.equal((await subject.call('GET', '/auth/user', admin)).json.admin, true)
  })

  test('GET /auth/check returns the user in headers, without a body', async () => {
    for (const [holder, admin] of [
      [await subject.newUser(), 'false'],
      [await subject.newAdmin(), 'true'],
    ] as const) {
      const { public_id } = (await subject.call('GET', '/auth/user', holder)).json
      const { tokens } = (await subject.call('GET', '/tokens', holder)).json
      const { status, text, headers } = await subject.call('GET', '/auth/check', holder)
      assert.deepEqual([status, text], [204, ''])
      assert.equal(headers['x-auth-user'], public_id)
      assert.equal(headers['x-auth-admin'], admin)
      assert.equal(headers['x-auth-token-id'], tokens.find((each: { current: boolean }) => each.current).id)
      assert.equal(headers['content-type'], undefined)
    }
  })

  test('POST /auth/logout revokes this token and no other', async () => {
    const { email, token } = await subject.newUser()
    const other = assertToken(await post('/auth/login', { email, password }), 200, 'successfully logged in')
    assertRevoked(await subject.call('POST', '/auth/logout', { token }), 'successfully logged out')
    assertUnauthorized(await subject.call('GET', '/auth/user', { token }), 'revoked')
    assertUnauthorized(await subject.call('POST', '/auth/logout', { token }), 'revoked')
    assert.equal((await subject.call('GET', '/auth/user', { token: other })).status, 200)
  })

  test('only the hash of a password is stored', async () => {
    const secret = 'a password to look for'
    const { email } = await subject.newUser({ password: secret })
    await post('/auth/login', { email, password: secret })
    await post('/auth/login', { email, password: `${secret} and more` })
    await post('/auth/login', { email: `unknown-${secret}@example.com`, password: secret })
    assert.match(
      (await storedUser(email)).password_hash,
      /^\$argon2id\$v=19\$m=8,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
    )
    assert.doesNotMatch(await dumpDatabase(subject.database), new RegExp(secret))
  })
})

onEachService('GET /auth/check', (subject: Subject) => {
  test('reads no account and no token from the database', async () => {
    const { token } = await subject.newUser()
    const statements: string[] = []
    const { store } = subject.service.ports
    const executor = Object.getPrototypeOf(store.getExecutor())
    const { executeQuery } = executor
    executor.executeQuery = function (query: { sql: string }, ...more: unknown[]) {
      statements.push(query.sql)
      return executeQuery.call(this, query, ...more)
    }
    // The revocation protocol of a fleet reads neither accounts nor tokens.
    const reads = () => statements.filter((each) => /"(user|token)"/.test(each))
    try {
      for (let i = 0; i < 3; i++) assert.equal((await subject.call('GET', '/auth/check', { token })).status, 204)
      assert.deepEqual(reads(), [])
      await subject.call('GET', '/tokens', { token })
      assert.notDeepEqual(reads(), [])
    } finally {
      executor.executeQuery = executeQuery
    }
  })
})
