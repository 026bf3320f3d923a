import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { changePassword } from '../../src/accounts/change-account.ts'
import { addUser } from '../../src/accounts/register.ts'
import { refuseWeakPassword } from '../../src/credentials/blocklist.ts'
import { createSqlite, open } from '../support/databases.ts'
import { startTestService } from '../support/service.ts'
import { openMailbox, tokenIn } from './mailbox.ts'
import { assertFails, assertInvalid } from './refusals.ts'
import { onEachService } from './suite.ts'

const mailbox = openMailbox()
after(mailbox.remove)
const common = 'password is one of the most common passwords'
const own = 'password must not contain the username or the address of the account'

onEachService(
  'with PASSWORD_BLOCKLIST=on',
  (subject) => {
    const register = (password: string, more: object = {}) =>
      subject.call('POST', '/auth/register', { json: { email: 'new@example.com', password, ...more } })

    test('a registration refuses a common password in upper and lower case, and the names of the account', async () => {
      for (const password of ['baseball', 'PassWord1', '1234567890']) {
        assertInvalid(await register(password), { password: common })
      }
      for (const [password, more] of [
        ['my new@example.com', {}],
        ['xxNEW@Example.comxx', { email: ' New@example.COM' }],
        ['john-doe is my name', { username: 'john-doe' }],
        ['JOHN-DOE12', { username: 'john-doe' }],
      ] as const) {
        assertInvalid(await register(password, more), { password: own })
      }
      assert.equal((await register('a1 correct horse battery', { username: 'a1' })).status, 201)
    })

    test('a registration refuses the words of the operator in upper and lower case', async () => {
      for (const password of ['acmehorse battery', 'my ACMEHORSE 1', 'ACMEhorse'])
        assertInvalid(await register(password), { password: 'password must not contain AcmeHorse' })
      for (const password of ['blue cafe\u0301', 'the BLUE CAF\u00c9'])
        assertInvalid(await register(password), { password: 'password must not contain blue caf\u00e9' })
      assert.equal((await register('acme horse battery', { email: 'words@example.com' })).status, 201)
    })

    test('so do a change, a reset, which leaves the link as it is, and the operator', async () => {
      const user = await subject.newUser({ username: 'somebody' })
      const change = (new_password: string) =>
        subject.call('POST', '/auth/password', {
          token: user.token,
          json: { current_password: user.password, new_password },
        })
      assertInvalid(await change('baseball'), { new_password: `new_${common}` })
      assertInvalid(await change('somebody else'), { new_password: `new_${own}` })
      assertInvalid(await change('the acmehorse'), { new_password: 'new_password must not contain AcmeHorse' })
      await subject.call('POST', '/auth/password/forgot', { json: { email: user.email } })
      const token = tokenIn(await mailbox.next(user.email))
      const reset = (password: string) => subject.call('POST', '/auth/password/reset', { json: { token, password } })
      assertInvalid(await reset('baseball'), { password: common })
      assertInvalid(await reset('the acmehorse'), { password: 'password must not contain AcmeHorse' })
      assertInvalid(await reset(`x${user.email}`), { password: own })
      assert.equal((await reset('another horse battery')).status, 200)
      const { ports } = subject.service
      const { id } = await ports.store
        .selectFrom('user')
        .select('id')
        .where('email', '=', user.email)
        .executeTakeFirstOrThrow()
      await assert.rejects(changePassword(ports, id, 'baseball'), { code: 'input_invalid' })
      await assert.rejects(addUser(ports, { email: 'b@example.com', password: 'baseball' }, false), {
        code: 'input_invalid',
      })
    })
  },
  { ...mailbox.settings, PASSWORD_BLOCKLIST: 'on', PASSWORD_WORDS: 'AcmeHorse, blue caf\u00e9' },
)

describe('the list of common passwords', () => {
  test('has more than 3,000 of the shortest length that production allows, and each is refused', async () => {
    const { dictionary } = await import('@zxcvbn-ts/language-common')
    const long = dictionary['passwords-common'].filter((each) => [...each].length >= 8)
    assert.ok(long.length > 3000, String(long.length))
    const settings = { PASSWORD_BLOCKLIST: 'on' as const, PASSWORD_WORDS: [] }
    for (const password of long) {
      const refused = refuseWeakPassword(settings, { password }, { email: 'a@example.com' })
      await assert.rejects(refused, { code: 'input_invalid' }, password)
    }
  })
})

const production = {
  LATCHKEY_ENV: 'production',
  LATCHKEY_SECRET: 'x'.repeat(32),
  ARGON2_MEMORY_KIB: '19456',
  ARGON2_PASSES: '2',
}

describe('in production', () => {
  test('common passwords are refused, unless PASSWORD_BLOCKLIST is off', async (t) => {
    const { database, undo } = await open(t, createSqlite)
    const json = { email: 'a@example.com', password: 'baseball' }
    const strict = await startTestService(database, production)
    undo.push(strict.stop)
    assertInvalid(await strict.call('POST', '/auth/register', { json }), { password: common })
    await strict.stop()
    undo.pop()
    const lax = await startTestService(database, { ...production, PASSWORD_BLOCKLIST: 'off' })
    undo.push(lax.stop)
    assert.equal((await lax.call('POST', '/auth/register', { json })).status, 201)
  })

  test('what needs mail is refused without SMTP_URL, the same for every address, and logins are not told', async (t) => {
    const { database, undo } = await open(t, createSqlite)
    const service = await startTestService(database, { ...production, TRUST_PROXY: 'loopback' })
    undo.push(service.stop)
    const user = { email: 'a@example.com', password: 'correct horse battery' }
    const token = await service.register(user)
    const off = 'This service sends no mail. Please ask its operator.'
    for (const email of [user.email, 'b@example.com']) {
      assertFails(await service.call('POST', '/auth/password/forgot', { json: { email } }), 403, off)
    }
    const json = { email: 'c@example.com', password: user.password }
    assertFails(await service.call('POST', '/auth/email', { token, json }), 403, off)
    assertFails(await service.call('POST', '/auth/email/verification', { token }), 403, off)
    const headers = ['X-Forwarded-For', '203.0.113.7']
    assert.equal((await service.call('POST', '/auth/login', { json: user, headers })).status, 200)
    assert.deepEqual(await service.ports.store.selectFrom('mail_message').selectAll().execute(), [])
  })
})
