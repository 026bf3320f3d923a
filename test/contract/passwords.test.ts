import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseSettings } from '../../src/config/reader.ts'
import { startService } from '../../src/latchkey.ts'
import { createSqlite } from '../support/databases.ts'
import { send } from '../support/service.ts'
import { assertFails, assertInvalid } from './refusals.ts'
import { noon, onEachService, type Subject } from './suite.ts'

const mismatch = 'email or password does not match'
const composed = 'é'
const decomposed = 'e\u0301'

let accounts = 0

async function register({ call }: Subject, password: unknown, as: 'json' | 'form' = 'json') {
  const email = `password-${++accounts}@example.com`
  const input = { email, password } as Record<string, string>
  return { email, answer: await call('POST', '/auth/register', as === 'json' ? { json: input } : { form: input }) }
}

async function logInStatus({ call }: Subject, email: string, password: string): Promise<number> {
  return (await call('POST', '/auth/login', { json: { email, password } })).status
}

onEachService('passwords', (subject) => {
  const storedHash = async (email: string) => {
    const query = subject.service.ports.store.selectFrom('user').select('password_hash').where('email', '=', email)
    return (await query.executeTakeFirstOrThrow()).password_hash
  }

  test('may be any 8 to 256 characters', async () => {
    const passwords = [
      '12345678',
      '        ',
      'пароль-8',
      '密码密码密码密码',
      '🔑'.repeat(8),
      'x'.repeat(256),
      '🔑'.repeat(256),
      decomposed.repeat(256),
    ]
    for (const password of [
      ...passwords,
      'tab\tnew\nline',
      'nul\0inside',
      '"quotes\' and \\',
      '<script>',
      '%00%ff&a=b+c',
      '\u202eright to left',
      '👨‍👩‍👧‍👦👨‍👩‍👧‍👦',
    ]) {
      for (const as of ['json', 'form'] as const) {
        const { email, answer } = await register(subject, password, as)
        assert.equal(answer.status, 201, `${JSON.stringify(password)}: ${answer.text}`)
        assert.equal(await logInStatus(subject, email, password), 200)
      }
    }
  })

  test('with fewer or more characters are invalid, counted in the NFC form', async () => {
    const passwords = [
      '',
      '1234567',
      '🔑'.repeat(7),
      decomposed.repeat(7),
      'x'.repeat(257),
      '🔑'.repeat(257),
      'x'.repeat(60_000),
    ]
    for (const password of [...passwords, 12345678, null, ['12345678'], { length: 9 }, true]) {
      assertInvalid((await register(subject, password)).answer, ['password'])
    }
    assertInvalid(await subject.call('POST', '/auth/register', { json: { email: 'a@example.com' } }), ['password'])
  })

  test('with a lone surrogate are invalid, because it has no UTF-8 bytes to hash', async () => {
    const body = '{"email":"half@example.com","password":"\\ud83d-and-more"}'
    const headers = ['Content-Type', 'application/json']
    assertInvalid(await subject.call('POST', '/auth/register', { body, headers }), ['password'])
  })

  test('are equal however their accents were typed', async () => {
    const { email } = await register(subject, `caf${composed} du matin`)
    assert.equal(await logInStatus(subject, email, `caf${decomposed} du matin`), 200)
    assert.equal(await logInStatus(subject, email, 'cafe du matin'), 401)
    const other = await register(subject, `caf${decomposed} du soir`)
    assert.equal(await logInStatus(subject, other.email, `caf${composed} du soir`), 200)
  })

  test('differ if width, case or ligatures differ', async () => {
    const { email } = await register(subject, 'ﬁnal ＷＩＤＥ x²')
    assert.equal(await logInStatus(subject, email, 'final WIDE x2'), 401)
    assert.equal(await logInStatus(subject, email, 'ﬁnal ＷＩＤＥ x²'), 200)
  })

  test('are never truncated: the last character counts, and so do characters after a NUL', async () => {
    for (const password of ['x'.repeat(255), `${'long '.repeat(40)}end`, '🔑'.repeat(100), 'nul\0 and more']) {
      const { email } = await register(subject, `${password}a`)
      assert.equal(await logInStatus(subject, email, `${password}a`), 200)
      assert.equal(await logInStatus(subject, email, `${password}b`), 401)
      assert.equal(await logInStatus(subject, email, password), 401)
      assert.equal(await logInStatus(subject, email, `${password}aa`), 401)
    }
  })

  test('count until people change them, however old they are', async () => {
    const { email } = await register(subject, 'a password for years')
    subject.now += 10 * 365 * 86_400_000
    assert.equal(await logInStatus(subject, email, 'a password for years'), 200)
    subject.now = noon
  })

  test('have their own salts', async () => {
    const [one, two] = [await register(subject, 'same password'), await register(subject, 'same password')]
    assert.notEqual(await storedHash(one.email), await storedHash(two.email))
  })

  test('are hashed again at the next successful login after a change of the parameters', async () => {
    const { email } = await register(subject, 'an old password')
    const old = await storedHash(email)
    assert.match(old, /^\$argon2id\$v=19\$m=8,t=1,p=1\$/)
    await subject.restart({ ARGON2_MEMORY_KIB: '16', ARGON2_PASSES: '2' })
    assertFails(await subject.call('POST', '/auth/login', { json: { email, password: 'not this one' } }), 401, mismatch)
    assert.equal(await storedHash(email), old)
    assert.equal(await logInStatus(subject, email, 'an old password'), 200)
    const renewed = await storedHash(email)
    assert.match(renewed, /^\$argon2id\$v=19\$m=16,t=2,p=1\$/)
    assert.equal(await logInStatus(subject, email, 'an old password'), 200)
    assert.equal(await storedHash(email), renewed)
    await subject.restart()
    assert.equal(await logInStatus(subject, email, 'an old password'), 200)
    assert.match(await storedHash(email), /^\$argon2id\$v=19\$m=8,t=1,p=1\$/)
  })
})

onEachService(
  'the minimum length of a password',
  (subject) => {
    test('is a setting, and the refusal names it', async () => {
      assert.equal((await register(subject, 'x'.repeat(12))).answer.status, 201)
      const { answer } = await register(subject, 'x'.repeat(11))
      assertInvalid(answer, ['password'])
      assert.match(answer.json.errors.password, /12/)
    })
  },
  { PASSWORD_MIN_LENGTH: '12' },
)

describe('a service with default settings', () => {
  test("hashes with OWASP's parameters", async (t) => {
    const database = await createSqlite()
    const { address, ports, stop } = await startService(
      parseSettings({ PORT: '0', DATABASE_URL: database.url, LOG_LEVEL: 'silent' }),
    )
    t.after(async () => {
      await stop()
      await database.remove()
    })
    await send(address, 'POST', '/auth/register', { json: { email: 'a@example.com', password: 'a password' } })
    const { password_hash } = await ports.store.selectFrom('user').selectAll().executeTakeFirstOrThrow()
    assert.match(password_hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  })
})
