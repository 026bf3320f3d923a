import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { addUser } from '../../src/accounts/register.ts'
import { account } from '../support/service.ts'
import { drained, openMailbox, tokenIn } from './mailbox.ts'
import { assertFails, assertInvalid } from './refusals.ts'
import { type Holder, onEachService, type Subject } from './suite.ts'

const mailbox = openMailbox()
after(mailbox.remove)
const mismatch = 'email or password does not match'

/** The calls that these tests make. */
function callsOf(subject: Subject) {
  const { call } = subject
  return {
    me: async (token: string) => (await call('GET', '/auth/user', { token })).json,
    verify: (token: unknown) => call('POST', '/auth/email/verify', { json: { token } }),
    change: ({ token, password }: Holder, email: unknown, given: unknown = password) =>
      call('POST', '/auth/email', { token, json: { email, password: given } }),
    again: ({ token }: Holder) => call('POST', '/auth/email/verification', { token }),
    logIn: (email: string, password = account.password) => call('POST', '/auth/login', { json: { email, password } }),
    register: (email: string, more: object = {}) =>
      call('POST', '/auth/register', { json: { email, password: account.password, ...more } }),
    messagesTo: async (address: string) => {
      await drained(subject.service.ports.store)
      return mailbox.all().filter(({ to }) => to === address)
    },
  }
}

let addresses = 0
const newAddress = () => `new-${++addresses}@example.org`

onEachService(
  'an address',
  (subject) => {
    const { me, verify, change, again, logIn, messagesTo } = callsOf(subject)

    test('is verified by the link that is sent on request, once', async () => {
      const user = await subject.newUser()
      assert.deepEqual(await messagesTo(user.email), [])
      assert.equal((await me(user.token)).email_verified, false)
      assert.equal((await again(user)).status, 202)
      const mail = await mailbox.next(user.email)
      assert.equal(mail.kind, 'verify-address')
      const done = await verify(tokenIn(mail))
      assert.deepEqual([done.status, done.json], [200, { status: 'success', message: 'address verified' }])
      assert.equal((await me(user.token)).email_verified, true)
      assertInvalid(await verify(tokenIn(mail)), ['token'])
      assert.equal((await again(user)).status, 202)
      assert.equal((await messagesTo(user.email)).length, 1)
    })

    test('changes when the link to the new address is used, and the old address is told', async () => {
      const user = await subject.newUser()
      const address = newAddress()
      const answer = await change(user, ` ${address.toUpperCase()} `)
      assert.equal(answer.status, 202)
      const before = await me(user.token)
      assert.deepEqual([before.email, before.pending_email], [user.email, address])
      const mail = await mailbox.next(address)
      assert.equal(mail.kind, 'change-address')
      assertFails(await logIn(address), 401, mismatch)
      assert.equal((await verify(tokenIn(mail))).status, 200)
      const { email, email_verified, pending_email } = await me(user.token)
      assert.deepEqual([email, email_verified, pending_email], [address, true, null])
      const notice = await mailbox.next(user.email)
      assert.deepEqual([notice.kind, notice.text.includes(address)], ['address-changed', true])
      assert.equal((await logIn(address)).status, 200)
      assertFails(await logIn(user.email), 401, mismatch)
      assertInvalid(await verify(tokenIn(mail)), ['token'])
      const other = await subject.call('POST', '/auth/register', {
        json: { email: user.email, password: user.password },
      })
      assert.equal(other.status, 201)
    })

    test('does not change with a wrong password, or to what is no address', async () => {
      const user = await subject.newUser()
      const address = newAddress()
      assertFails(await change(user, address, 'wrong password'), 401, mismatch)
      assertInvalid(await change(user, 'no address'), ['email'])
      assertInvalid(await change(user, 7, ''), ['email', 'password'])
      assert.equal((await me(user.token)).pending_email, null)
      assert.deepEqual(await messagesTo(address), [])
    })

    test('that is taken gets the same answer, and nothing happens', async () => {
      const [user, other] = [await subject.newUser(), await subject.newUser()]
      const [free, taken] = [await change(user, newAddress()), await change(user, other.email)]
      assert.deepEqual([taken.status, taken.text], [free.status, free.text])
      assert.equal((await me(user.token)).pending_email, other.email)
      assert.deepEqual(await messagesTo(other.email), [])
    })

    test('that was taken since is not adopted', async () => {
      const user = await subject.newUser()
      const address = newAddress()
      await change(user, address)
      const token = tokenIn(await mailbox.next(address))
      assert.equal((await callsOf(subject).register(address)).status, 201)
      assertInvalid(await verify(token), ['token'])
      assert.equal((await me(user.token)).email, user.email)
    })

    test('that two accounts adopt at the same moment belongs to one', async () => {
      const address = newAddress()
      const users = [await subject.newUser(), await subject.newUser()]
      const tokens: string[] = []
      for (const user of users) {
        await change(user, address)
        tokens.push(tokenIn(await mailbox.next(address)))
      }
      const answers = await Promise.all(tokens.map(verify))
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 400])
      const emails = await Promise.all(users.map(async ({ token }) => (await me(token)).email))
      assert.equal(emails.filter((email) => email === address).length, 1)
    })

    test('can be the same as before: nothing is pending', async () => {
      const user = await subject.newUser()
      await change(user, newAddress())
      assert.equal((await change(user, user.email)).status, 202)
      assert.equal((await me(user.token)).pending_email, null)
    })

    test('has links that die with another pending address, a new password, and after a day', async () => {
      const user = await subject.newUser()
      const [first, second] = [newAddress(), newAddress()]
      await change(user, first)
      const stale = tokenIn(await mailbox.next(first))
      await change(user, second)
      assertInvalid(await verify(stale), ['token'])
      const live = tokenIn(await mailbox.next(second))
      const json = { current_password: user.password, new_password: 'another horse battery' }
      const { json: changed } = await subject.call('POST', '/auth/password', { token: user.token, json })
      assertInvalid(await verify(live), ['token'])
      const holder = { ...user, password: json.new_password, token: changed.access_token }
      assert.equal((await again(holder)).status, 202)
      const last = tokenIn(await mailbox.next(second))
      subject.now += 86_400_000
      assertInvalid(await verify(last), ['token'])
    })

    test('has links for one purpose: a reset link verifies nothing', async () => {
      const user = await subject.newUser()
      await subject.call('POST', '/auth/password/forgot', { json: { email: user.email } })
      const token = tokenIn(await mailbox.next(user.email))
      for (const each of [token, 'x', '', 7]) assertInvalid(await verify(each), ['token'])
      assertInvalid(await subject.call('POST', '/auth/email/verify', { json: {} }), ['token'])
    })

    test('cannot put a line into the header of a message', async () => {
      const user = await subject.newUser()
      for (const email of [
        'a@example.com\r\nBcc: b@example.com',
        'a@example.com, b@example.com',
        'a <b@example.com>',
      ]) {
        assertInvalid(await change(user, email), ['email'])
        assertInvalid(await subject.call('POST', '/auth/password/forgot', { json: { email } }), ['email'])
      }
      const odd = `"#$%&'*+/=?^_\`{|}~-${++addresses}@example.com`.slice(1)
      assert.equal((await change(user, odd)).status, 202)
      const { source } = await mailbox.next(odd)
      assert.deepEqual(source.match(/^(To|Cc|Bcc):.*$/gm), [`To: ${odd}`])
    })
  },
  mailbox.settings,
)

onEachService(
  'with EMAIL_VERIFICATION=on, a registration',
  (subject) => {
    const { me, verify, messagesTo } = callsOf(subject)

    test('gives a token and sends the link', async () => {
      const user = await subject.newUser()
      assert.equal((await me(user.token)).email_verified, false)
      assert.equal((await verify(tokenIn(await mailbox.next(user.email)))).status, 200)
      assert.equal((await me(user.token)).email_verified, true)
    })

    test('sends nothing if the address is taken', async () => {
      const { email, password } = await subject.newUser()
      assert.equal((await subject.call('POST', '/auth/register', { json: { email, password } })).status, 409)
      assert.equal((await messagesTo(email)).length, 1)
    })
  },
  { ...mailbox.settings, EMAIL_VERIFICATION: 'on' },
)

onEachService(
  'with EMAIL_VERIFICATION=required',
  (subject) => {
    const { me, verify, register, logIn } = callsOf(subject)
    const accepted = { status: 'success', message: 'a message is on its way to the address' }

    test('a registration gives no token, and a login waits for the link', async () => {
      const email = newAddress()
      const answer = await register(email)
      assert.deepEqual([answer.status, answer.json], [202, accepted])
      assertFails(await logIn(email), 403, 'address not verified')
      assertFails(await logIn(email, 'wrong password'), 401, mismatch)
      const short = { username: email, password: account.password }
      assertFails(await subject.call('POST', '/login', { json: short }), 403, 'address not verified')
      assert.equal((await verify(tokenIn(await mailbox.next(email)))).status, 200)
      const { status, json } = await logIn(email)
      assert.equal(status, 200)
      assert.equal((await me(json.access_token)).email_verified, true)
    })

    test('a taken address gets the same answer, and its owner a message', async () => {
      const email = newAddress()
      const first = await register(email, { username: `user-${addresses}` })
      assert.equal((await verify(tokenIn(await mailbox.next(email)))).status, 200)
      const second = await register(email, { password: 'another horse battery' })
      assert.deepEqual([second.status, second.text], [first.status, first.text])
      assert.equal((await mailbox.next(email)).kind, 'address-in-use')
      assertFails(await logIn(email, 'another horse battery'), 401, mismatch)
      assert.equal((await logIn(email)).status, 200)
      // A taken username is told before the address plays a part.
      for (const address of [email, newAddress()]) {
        assert.equal((await register(address, { username: `user-${addresses - 1}` })).status, 409)
      }
    })

    test('a reset verifies the address, for people who have lost the link', async () => {
      const email = newAddress()
      await register(email)
      assert.equal((await mailbox.next(email)).kind, 'verify-address')
      await subject.call('POST', '/auth/password/forgot', { json: { email } })
      const json = { token: tokenIn(await mailbox.next(email)), password: 'another horse battery' }
      assert.equal((await subject.call('POST', '/auth/password/reset', { json })).status, 200)
      assert.equal((await logIn(email, json.password)).status, 200)
    })

    test('an account that the operator has added logs in', async () => {
      const email = newAddress()
      await addUser(subject.service.ports, { email, password: account.password }, false)
      assert.equal((await logIn(email)).status, 200)
    })
  },
  { ...mailbox.settings, EMAIL_VERIFICATION: 'required' },
)

onEachService(
  'a login from a new network',
  (subject) => {
    const { register, messagesTo } = callsOf(subject)
    const logInFrom = (email: string, ip: string) =>
      subject.call('POST', '/auth/login', {
        json: { email, password: account.password },
        headers: ['X-Forwarded-For', ip, 'User-Agent', 'Look at evil.example/ now (Linux)'],
      })

    test('sends one message, which says from where and with what', async () => {
      const email = newAddress()
      await register(email)
      assert.deepEqual(await messagesTo(email), [])
      const answers = await Promise.all([1, 2, 3].map(() => logInFrom(email, '203.0.113.7')))
      for (const { status } of answers) assert.equal(status, 200)
      assert.equal((await logInFrom(email, '203.0.113.7')).status, 200)
      const mails = await messagesTo(email)
      assert.deepEqual(
        mails.map(({ kind }) => kind),
        ['new-login'],
      )
      assert.ok(mails[0]?.text.includes('203.0.113.7'))
      assert.ok(mails[0]?.text.includes('Look on Linux') && !mails[0].source.includes('evil.example'))
    })

    test('sends nothing if the login fails', async () => {
      const email = newAddress()
      await register(email)
      const json = { email, password: 'wrong password' }
      await subject.call('POST', '/auth/login', { json, headers: ['X-Forwarded-For', '203.0.113.9'] })
      assert.deepEqual(await messagesTo(email), [])
    })
  },
  { ...mailbox.settings, TRUST_PROXY: 'loopback' },
)

onEachService(
  'messages that strangers ask for',
  (subject) => {
    const { change, again, register, messagesTo } = callsOf(subject)
    const forget = (email: string) => subject.call('POST', '/auth/password/forgot', { json: { email } })
    const limit = [202, 202, 202, 429]

    test('do not keep the owner of an address from a link for a new password', async () => {
      const [owner, stranger] = [await addOwner(), await addOwner()]
      const statuses = []
      for (const _ of limit) statuses.push((await change(stranger, owner.email)).status)
      assert.deepEqual(statuses, limit)
      for (const _ of limit) await register(owner.email)
      assert.equal((await forget(owner.email)).status, 202)
      assert.ok((await messagesTo(owner.email)).some(({ kind }) => kind === 'password-reset'))
    })

    test('for a new password do not keep an account from this address', async () => {
      const [owner, address] = [await addOwner(), newAddress()]
      for (const _ of limit) await forget(address)
      assert.equal((await change(owner, address)).status, 202)
      assert.equal((await mailbox.next(address)).kind, 'change-address')
      assert.equal((await again(owner)).status, 202)
    })

    const addOwner = async () => {
      const [email, { password }] = [newAddress(), account]
      await addUser(subject.service.ports, { email, password }, false)
      const { json } = await subject.call('POST', '/auth/login', { json: { email, password } })
      return { email, password, token: json.access_token as string }
    }
  },
  { ...mailbox.settings, EMAIL_VERIFICATION: 'required', LOGIN_LIMIT_ACCOUNT: '3' },
)
