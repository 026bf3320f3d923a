import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { factorsOf } from './factors.ts'
import { drained, openMailbox, tokenIn } from './mailbox.ts'
import { assertFails, assertInvalid, assertRevoked, assertUnauthorized } from './refusals.ts'
import { type Holder, noon, onEachService } from './suite.ts'

const mailbox = openMailbox()
after(mailbox.remove)
const unknown = '00000000-0000-4000-8000-000000000000'

onEachService(
  'administrators, for people who cannot log in,',
  (subject) => {
    const call = (admin: Holder, method: string, path: string, json?: object) =>
      subject.call(method, `/admin/users${path}`, { token: admin.token, ...(json && { json }) })
    const post = (path: string, json: object) => subject.call('POST', path, { json })
    const idOf = async ({ token }: Holder) =>
      (await subject.call('GET', '/auth/user', { token })).json.public_id as string

    test('invite a person, who sets a password and has a verified address', async () => {
      const admin = await subject.newAdmin()
      const email = `invited-${subject.kind}@example.com`
      const { status, json } = await call(admin, 'POST', '', {
        email,
        username: `invited-${subject.kind}`,
        admin: true,
      })
      assert.deepEqual([status, json.link, json.user.email_verified], [201, undefined, false])
      const mail = await mailbox.next(email)
      assert.equal(mail.kind, 'invitation')
      const password = 'a horse of my own'
      assertInvalid(await post('/auth/password/reset', { token: tokenIn(mail), password: 'short' }), ['password'])
      assert.equal((await post('/auth/password/reset', { token: tokenIn(mail), password })).status, 200)
      assertInvalid(await post('/auth/password/reset', { token: tokenIn(mail), password }), ['token'])
      assert.equal((await post('/auth/login', { email, password })).status, 200)
      const shown = (await call(admin, 'GET', `/${json.user.public_id}`)).json
      assert.deepEqual([shown.email_verified, shown.admin, shown.factors], [true, true, []])
      assertFails(await call(admin, 'POST', '', { email }), 409, `${email} is already registered`)
    })

    test('invite with a link that counts for seven days', async () => {
      subject.now = noon
      const admin = await subject.newAdmin()
      const password = 'a horse of my own'
      for (const [late_ms, status] of [
        [7 * 86_400_000, 400],
        [7 * 86_400_000 - 1, 200],
      ] as const) {
        const email = `late-${late_ms}-${subject.kind}@example.com`
        assert.equal((await call(admin, 'POST', '', { email })).status, 201)
        const token = tokenIn(await mailbox.next(email))
        subject.now = noon + late_ms
        assert.equal((await post('/auth/password/reset', { token, password })).status, status)
        // The notice of the new password is due only at this time.
        await drained(subject.service.ports.store)
        subject.now = noon
      }
    })

    test('send a link that sets a new password', async () => {
      const [admin, user] = [await subject.newAdmin(), await subject.newUser()]
      const answer = await call(admin, 'POST', `/${await idOf(user)}/password-reset`)
      assert.deepEqual(
        [answer.status, answer.json, answer.headers['cache-control']],
        [200, { status: 'success', message: 'a message is on its way' }, 'no-store'],
      )
      const mail = await mailbox.next(user.email)
      assert.equal(mail.kind, 'password-reset')
      const password = 'another horse battery'
      assert.equal((await post('/auth/password/reset', { token: tokenIn(mail), password })).status, 200)
      assertUnauthorized(await subject.call('GET', '/auth/user', user), 'revoked')
      assert.equal((await post('/auth/login', { email: user.email, password })).status, 200)
      for (const id of [unknown, 'nothing', '%00']) {
        assertFails(await call(admin, 'POST', `/${id}/password-reset`), 404, 'There is no such user')
      }
    })

    test('remove second factors, which ends every token; owners are told of factors', async () => {
      subject.now = noon
      const admin = await subject.newAdmin()
      const user = await factorsOf(subject).newTotpUser()
      const added = await mailbox.next(user.email)
      assert.equal(added.kind, 'factor-added')
      assert.match(added.text, /an authenticator app/)
      const id = await idOf(user)
      assert.deepEqual((await call(admin, 'GET', `/${id}`)).json.factors, ['totp'])
      assertRevoked(await call(admin, 'DELETE', `/${id}/factors`), 'the second factors have been removed')
      const removed = await mailbox.next(user.email)
      assert.equal(removed.kind, 'factor-removed')
      assert.match(removed.text, /every second factor \(.*the operator/)
      assert.equal((await subject.call('GET', '/auth/user', user)).status, 401)
      const plain = await subject.newUser()
      assertRevoked(
        await call(admin, 'DELETE', `/${await idOf(plain)}/factors`),
        'the second factors have been removed',
      )
      await drained(subject.service.ports.store)
      assert.deepEqual(
        mailbox.all().filter(({ to }) => to === plain.email),
        [],
      )
      assert.equal((await post('/auth/login', { email: user.email, password: user.password })).status, 200)
      assertFails(await call(admin, 'DELETE', `/${unknown}/factors`), 404, 'There is no such user')
      const { json } = await subject.call('GET', `/admin/audit?subject=${id}&per_page=100`, admin)
      const actions = json.items.map(({ action }: { action: string }) => action)
      for (const action of ['factors.changed', 'factors.reset']) assert.ok(actions.includes(action), action)
    })

    test('and a person who was disabled until a time logs in with a factor afterwards', async () => {
      subject.now = noon
      const admin = await subject.newAdmin()
      const { newTotpUser, nextCode } = factorsOf(subject)
      const user = await newTotpUser()
      const until = { disabled_until: new Date(subject.now + 60_000).toISOString() }
      assert.equal((await call(admin, 'PATCH', `/${await idOf(user)}`, until)).status, 200)
      subject.now += 60_000
      const { email, password } = user
      const { ticket } = (await post('/auth/login', { email, password })).json
      assert.equal((await post('/auth/login/totp', { ticket, code: nextCode(user) })).status, 200)
      subject.now = noon
    })
  },
  mailbox.settings,
)
