import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createLink } from '../../src/accounts/links.ts'
import { lockUser } from '../../src/accounts/records.ts'
import { assertSecondStep, factorsOf, wrongCode } from './factors.ts'
import { drained, openMailbox, tokenIn } from './mailbox.ts'
import { assertFails, assertInvalid, assertUnauthorized } from './refusals.ts'
import { dumpDatabase } from './stored.ts'
import { type Holder, onEachService } from './suite.ts'

const mailbox = openMailbox()
after(mailbox.remove)
const next = 'another horse battery'
const forgotten = { status: 'success', message: 'if the address has an account, a message is on its way' }

onEachService(
  'a forgotten password',
  (subject) => {
    const forget = (email: unknown) => subject.call('POST', '/auth/password/forgot', { json: { email } })
    const reset = (token: unknown, password: unknown = next) =>
      subject.call('POST', '/auth/password/reset', { json: { token, password } })
    const logIn = ({ email, password }: Holder) => subject.call('POST', '/auth/login', { json: { email, password } })
    const status = async (token: string) => (await subject.call('GET', '/auth/user', { token })).status
    const mailedToken = async ({ email }: Holder) => {
      assert.equal((await forget(email)).status, 202)
      return tokenIn(await mailbox.next(email))
    }
    const idOf = async ({ email }: Holder) => {
      const { store } = subject.service.ports
      return (await store.selectFrom('user').select('id').where('email', '=', email).executeTakeFirstOrThrow()).id
    }

    test('is replaced by the link in a message, and every token is dead', async () => {
      const user = await subject.newUser()
      const second = (await logIn(user)).json.access_token as string
      const answer = await forget(` ${user.email.toUpperCase()} `)
      assert.deepEqual([answer.status, answer.json], [202, forgotten])
      const mail = await mailbox.next(user.email)
      assert.equal(mail.kind, 'password-reset')
      assert.ok(mail.text.includes(`${subject.service.address}/account/reset-password#token=`))
      assert.equal(await status(user.token), 200)
      const done = await reset(tokenIn(mail))
      assert.deepEqual([done.status, done.json.status, done.json.message], [200, 'success', 'password changed'])
      assert.equal('access_token' in done.json, false)
      assert.equal('effective' in done.json, subject.kind === 'postgres')
      for (const token of [user.token, second]) {
        assertUnauthorized(await subject.call('GET', '/auth/user', { token }), 'revoked')
      }
      assertFails(await logIn(user), 401, 'email or password does not match')
      const { json } = await logIn({ ...user, password: next })
      const profile = await subject.call('GET', '/auth/user', { token: json.access_token })
      assert.equal(profile.json.email_verified, true)
      assert.equal((await mailbox.next(user.email)).kind, 'password-changed')
    })

    test('gets the same answer for an address without an account, and no message', async () => {
      const nobody = 'nobody@example.com'
      const answer = await forget(nobody)
      assert.deepEqual([answer.status, answer.json], [202, forgotten])
      await drained(subject.service.ports.store)
      assert.deepEqual(
        mailbox.all().filter(({ to }) => to === nobody),
        [],
      )
      assertInvalid(await forget('no address'), ['email'])
      assertInvalid(await forget(7), ['email'])
      assertInvalid(await subject.call('POST', '/auth/password/forgot', { json: {} }), ['email'])
    })

    test('names the address that clients use in the link, whatever Host says', async () => {
      const user = await subject.newUser()
      await subject.call('POST', '/auth/password/forgot', {
        json: { email: user.email },
        headers: ['X-Forwarded-Host', 'evil.example', 'Forwarded', 'host=evil.example'],
      })
      const { source, text } = await mailbox.next(user.email)
      assert.ok(text.includes(`${subject.service.address}/account/`))
      assert.equal(source.includes('evil.example'), false)
    })

    test('has a link that works once', async () => {
      const user = await subject.newUser()
      const token = await mailedToken(user)
      assert.equal((await reset(token)).status, 200)
      assertInvalid(await reset(token), ['token'])
      assert.equal((await logIn({ ...user, password: next })).status, 200)
    })

    test('has a link that a refused password does not use up', async () => {
      const user = await subject.newUser()
      const token = await mailedToken(user)
      assertInvalid(await reset(token, 'short'), ['password'])
      assertInvalid(await reset(token, 7), ['password'])
      assertInvalid(await reset('', 'short'), ['token', 'password'])
      assert.equal((await reset(token)).status, 200)
    })

    test('has a link that counts for 30 minutes', async () => {
      const user = await subject.newUser()
      const [first, second] = [await mailedToken(user), await mailedToken(user)]
      subject.now += 30 * 60_000 - 1
      assert.equal((await reset(first)).status, 200)
      const other = await subject.newUser()
      const late = await mailedToken(other)
      subject.now += 30 * 60_000
      assertInvalid(await reset(late), ['token'])
      assertInvalid(await reset(second), ['token'])
    })

    test('refuses what is no link: guessed, truncated, longer, of another purpose', async () => {
      const user = await subject.newUser()
      const token = await mailedToken(user)
      const { ports } = subject.service
      const id = await idOf(user)
      const verification = await ports.store.transaction().execute(async (trx) => {
        const row = await lockUser(trx, id)
        assert.ok(row)
        return (await createLink(trx, ports, row, 'verification')).token
      })
      const wrong = [
        'x',
        '0'.repeat(43),
        token.slice(1),
        `${token}A`,
        `${token}=`,
        ` ${token}`,
        verification,
        user.token,
      ]
      for (const each of [...wrong, '\u0000', 'é'.repeat(43)]) assertInvalid(await reset(each), ['token'])
      assert.equal((await reset(token)).status, 200)
    })

    for (const [what, change] of Object.entries({
      'its password': async (user: Holder) => {
        const json = { current_password: user.password, new_password: 'a third horse battery' }
        assert.equal((await subject.call('POST', '/auth/password', { token: user.token, json })).status, 200)
      },
      'all its tokens': async ({ token }: Holder) => {
        assert.equal((await subject.call('DELETE', '/tokens', { token })).status, 200)
      },
      'its address': async (user: Holder) => {
        const { store } = subject.service.ports
        await store
          .updateTable('user')
          .set({ email: `x${user.email}` })
          .where('email', '=', user.email)
          .execute()
      },
      'its existence': async (user: Holder) => {
        const json = { password: user.password }
        assert.equal((await subject.call('DELETE', '/auth/user', { token: user.token, json })).status, 204)
      },
    })) {
      test(`has a link that dies when the account changes ${what}`, async () => {
        const user = await subject.newUser()
        const token = await mailedToken(user)
        await change(user)
        assertInvalid(await reset(token), ['token'])
      })
    }

    test('leaves second factors in force, and the link is no login', async () => {
      const { newTotpUser, nextCode, post } = factorsOf(subject)
      const user = await newTotpUser()
      assert.equal((await mailbox.next(user.email)).kind, 'factor-added')
      const done = await reset(await mailedToken(user))
      assert.deepEqual([done.status, Object.keys(done.json).includes('access_token')], [200, false])
      const first = await logIn({ ...user, password: next })
      assertSecondStep(first)
      const { ticket } = first.json
      assertFails(await post('/auth/login/totp', { ticket, code: wrongCode(user.secret, subject.now) }), 401)
      const { json } = await post('/auth/login/totp', { ticket, code: nextCode(user) })
      const profile = await subject.call('GET', '/auth/user', { token: json.access_token })
      assert.deepEqual(profile.json.factors, ['totp'])
    })

    test('has no secret in the database, before the message is sent and after', async () => {
      const user = await subject.newUser()
      const token = await mailedToken(user)
      const stored = await dumpDatabase(subject.database)
      assert.ok(stored.includes(user.email))
      assert.equal(stored.includes(token), false)
      assert.equal(stored.includes(Buffer.from(token, 'base64url').toString('hex')), false)
    })

    test('of two resets with one link one succeeds', async () => {
      const user = await subject.newUser()
      const token = await mailedToken(user)
      const passwords = ['horse battery one', 'horse battery two', 'horse battery three']
      const answers = await Promise.all(passwords.map((each) => reset(token, each)))
      assert.deepEqual(answers.map((each) => each.status).sort(), [200, 400, 400])
      const won = answers.findIndex((each) => each.status === 200)
      for (const [i, password] of passwords.entries()) {
        assert.equal((await logIn({ ...user, password })).status, i === won ? 200 : 401)
      }
    })

    test('of a reset and a login at the same moment, the login’s token is dead or from after', async () => {
      for (let round = 0; round < 5; round++) {
        const user = await subject.newUser()
        const token = await mailedToken(user)
        const [done, ...logins] = await Promise.all([reset(token), ...Array.from({ length: 4 }, () => logIn(user))])
        assert.equal(done.status, 200)
        for (const { json } of logins) if (json.access_token) assert.equal(await status(json.access_token), 401)
      }
    })
  },
  mailbox.settings,
)

onEachService(
  'with limits, a forgotten password',
  (subject) => {
    const forget = (email: string) => subject.call('POST', '/auth/password/forgot', { json: { email } })

    test('is asked for so often only, by address, whether there is an account or not', async () => {
      const user = await subject.newUser()
      for (const email of [user.email, 'nobody@example.com']) {
        const statuses = []
        for (let i = 0; i < 4; i++) statuses.push((await forget(email)).status)
        assert.deepEqual(statuses, [202, 202, 202, 429])
        assert.ok(Number((await forget(email)).headers['retry-after']) > 0)
      }
      assert.equal((await subject.call('POST', '/auth/login', { json: user })).status, 200)
    })

    test('counts wrong links as failed logins of the network', async () => {
      const statuses = []
      for (let i = 0; i < 12; i++) {
        const json = { token: String(i).padStart(43, 'x'), password: next }
        statuses.push((await subject.call('POST', '/auth/password/reset', { json })).status)
      }
      assert.deepEqual([statuses[0], statuses.at(-1)], [400, 429])
    })
  },
  { ...mailbox.settings, LOGIN_LIMIT_ACCOUNT: '3', LOGIN_LIMIT_ADDRESS: '10' },
)
