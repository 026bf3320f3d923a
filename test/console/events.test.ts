import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { openMailbox, tokenIn } from '../contract/mailbox.ts'
import { type Holder, onEachService, type Subject } from '../contract/suite.ts'
import { onEachDatabase, type TestDatabase } from '../support/databases.ts'
import { latchkey } from '../support/process/latchkey.ts'
import { type ServerProcess, startProcess } from '../support/process/server.ts'
import { account } from '../support/service.ts'
import { consoleOf, cookieOf, type SetCookie } from './browser.ts'
import { type Follower, followEvents } from './follower.ts'

const password = account.password
const mailbox = openMailbox()
after(mailbox.remove)

/** What tests do with the consoles of a service. */
function consolesOf(subject: Subject) {
  const page = consoleOf((...call) => subject.call(...call))
  const logIn = async ({ email }: Pick<Holder, 'email'>) =>
    cookieOf(await page('POST', '/api/v1/auth/login', { json: { email, password } }))
  const follow = async (t: TestContext, { pair }: SetCookie) => {
    const follower = await followEvents(subject.service.address, pair)
    t.after(follower.close)
    assert.equal(await follower.next(), 'open')
    return follower
  }
  return { page, logIn, follow, open: async (t: TestContext, user: Holder) => follow(t, await logIn(user)) }
}

/** Another login of the user may have been told before. */
async function assertEnds(follower: Follower, why = 'revoked'): Promise<void> {
  let next = await follower.next()
  while (next === 'changed') next = await follower.next()
  assert.deepEqual([next, await follower.next()], [`ended ${why}`, 'closed'])
}

onEachService(
  'a console is told',
  (subject) => {
    const { page, logIn, follow, open } = consolesOf(subject)
    const idOf = async ({ token }: Holder) =>
      String((await subject.call('GET', '/auth/user', { token })).json.public_id)

    test('of each way to end another session of its user, and nothing of other users', async (t) => {
      const [user, stranger, admin] = [await subject.newUser(), await subject.newUser(), await subject.newAdmin()]
      const [console_, other] = [await open(t, user), await open(t, stranger)]
      const ends: ((second: SetCookie) => Promise<{ status: number }>)[] = [
        ({ pair }) => page('POST', '/api/v1/auth/logout', { cookie: pair }),
        ({ token }) => subject.call('POST', '/auth/logout', { token }),
        ({ token }) => subject.call('DELETE', `/tokens/${decodeJwt(token).jti}`, user),
        async ({ token }) => {
          const id = await idOf(user)
          return subject.call('DELETE', `/admin/users/${id}/tokens/${decodeJwt(token).jti}`, admin)
        },
      ]
      for (const end of ends) {
        const second = await logIn(user)
        assert.equal(await console_.next(), 'changed')
        assert.equal((await end(second)).status, 200)
        assert.equal(await console_.next(), 'changed')
      }
      assert.deepEqual(other.waiting(), [])
      // The stranger's stream works.
      await subject.call('POST', '/auth/logout', stranger)
      assert.equal(await other.next(), 'changed')
    })

    test('that its own session has ended, one or everywhere', async (t) => {
      const user = await subject.newUser()
      const first = await logIn(user)
      const follower = await follow(t, first)
      const path = `/tokens/${decodeJwt(first.token).jti}`
      assert.equal((await subject.call('DELETE', path, user)).status, 200)
      await assertEnds(follower)
      const both = [await open(t, user), await open(t, user)]
      assert.equal((await subject.call('DELETE', '/tokens', user)).status, 200)
      for (const each of both) await assertEnds(each)
    })

    test('that a new password, or the link of a message, has ended its session', async (t) => {
      const user = await subject.newUser()
      let followers = [await open(t, user), await open(t, user)]
      const passwords = { current_password: password, new_password: `${password} 2` }
      assert.equal((await subject.call('POST', '/auth/password', { ...user, json: passwords })).status, 200)
      for (const each of followers) await assertEnds(each)

      const forgetful = await subject.newUser()
      followers = [await open(t, forgetful), await open(t, forgetful)]
      await subject.call('POST', '/auth/password/forgot', { json: { email: forgetful.email } })
      let mail = await mailbox.next(forgetful.email)
      while (mail.kind !== 'password-reset') mail = await mailbox.next(forgetful.email)
      const json = { token: tokenIn(mail), password }
      assert.equal((await subject.call('POST', '/auth/password/reset', { json })).status, 200)
      for (const each of followers) await assertEnds(each)
    })

    test('what an administrator has done to its user', async (t) => {
      const admin = await subject.newAdmin()
      for (const [method, path, json] of [
        ['PATCH', '', { disabled: true }],
        ['PATCH', '', { admin: false }],
        ['DELETE', '/tokens'],
        ['DELETE', ''],
      ] as const) {
        const user = json && 'admin' in json ? await subject.newAdmin() : await subject.newUser()
        const [follower, id] = [await open(t, user), await idOf(user)]
        const call = { token: admin.token, ...(json && { json }) }
        const answer = await subject.call(method, `/admin/users/${id}${path}`, call)
        assert.equal(answer.status, 200, answer.text)
        await assertEnds(follower)
      }
    })

    test('when its account is deleted, and when its token expires', async (t) => {
      const user = await subject.newUser()
      const [follower, second] = [await open(t, user), await logIn(user)]
      const gone = await page('DELETE', '/api/v1/auth/user', { cookie: second.pair, json: { password } })
      assert.equal(gone.status, 204)
      await assertEnds(follower)

      const late = await subject.newUser()
      const [first, last] = [await open(t, late), await open(t, late)]
      subject.now += 60_000
      await assertEnds(first, 'expired')
      await assertEnds(last, 'expired')
    })

    test('when its token is renewed: the stream ends, and the next one opens with the new cookie', async (t) => {
      const user = await subject.newUser()
      const before = await logIn(user)
      const [own, other] = [await follow(t, before), await open(t, user)]
      const renewed = cookieOf(await page('POST', '/api/v1/auth/renew', { cookie: before.pair }))
      await assertEnds(own)
      assert.equal(await other.next(), 'changed')
      const refused = await followEvents(subject.service.address, before.pair)
      assert.equal(refused.status, 401)
      const next = await follow(t, renewed)
      await subject.call('POST', '/auth/logout', user)
      assert.equal(await next.next(), 'changed')
    })

    test('when the key of its token is revoked', async (t) => {
      const [user, admin] = [await subject.newUser(), await subject.newAdmin()]
      const session = await logIn(user)
      const follower = await follow(t, session)
      const { kid } = decodeProtectedHeader(session.token)
      const answer = await subject.call('POST', `/admin/keys/${kid}/revoke`, admin)
      assert.equal(answer.status, 200, answer.text)
      assert.match(await follower.next(), /^ended (revoked|invalid)$/)
    })
  },
  { ...mailbox.settings, TOKEN_TTL_SECONDS: '60' },
)

onEachService('the streams of consoles', (subject) => {
  const { page, logIn, follow, open } = consolesOf(subject)

  test('are 50 of one user, and another user has 50 more', async (t) => {
    const user = await subject.newUser()
    const session = await logIn(user)
    const followers = await Promise.all(Array.from({ length: 50 }, () => follow(t, session)))
    const refused = await page('GET', '/events', { cookie: session.pair })
    assert.deepEqual([refused.status, refused.headers['retry-after']], [429, '60'])
    await open(t, await subject.newUser())
    followers[0]?.close()
    let again = await followEvents(subject.service.address, session.pair)
    for (; again.status === 429; again = await followEvents(subject.service.address, session.pair)) again.close()
    t.after(again.close)
    assert.equal(await again.next(), 'open')
    assert.equal((await page('POST', '/api/v1/auth/logout', { cookie: session.pair })).status, 200)
    for (const each of followers.slice(1)) await assertEnds(each)
  })

  test('end when the service stops, at once, and begin again when it is back', async (t) => {
    const user = await subject.newUser()
    const session = await logIn(user)
    const followers = await Promise.all(Array.from({ length: 10 }, () => follow(t, session)))
    await subject.restart()
    for (const each of followers) assert.equal(await each.next(), 'closed')
    const next = await follow(t, session)
    await subject.call('POST', '/auth/logout', user)
    assert.equal(await next.next(), 'changed')
  })
})

onEachDatabase('a console is told by the server', (create, kind) => {
  let database: TestDatabase
  let server: ServerProcess
  before(async () => {
    database = await create()
    server = await startProcess({ DATABASE_URL: database.url })
  })
  after(async () => {
    await server.stop()
    await database.remove()
  })
  const open = async (t: TestContext, email: string) => {
    const page = consoleOf(server.call)
    for (const path of ['register', 'login']) {
      const answer = await page('POST', `/api/v1/auth/${path}`, { json: { email, password } })
      assert.ok(answer.status < 300, answer.text)
      if (path === 'register') continue
      const session = cookieOf(answer)
      const follower = await followEvents(server.address, session.pair)
      t.after(follower.close)
      assert.equal(await follower.next(), 'open')
      return { follower, jti: String(decodeJwt(session.token).jti) }
    }
    throw new Error('no login')
  }
  const run = async (...args: string[]) => {
    const { code, stderr } = await latchkey(args, { DATABASE_URL: database.url })
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  }

  test('what a command in another process has ended', async (t) => {
    const email = `command-${kind}@example.com`
    const [first, second] = [await open(t, email), await open(t, `other-${email}`)]
    await run('token', 'revoke', first.jti)
    await assertEnds(first.follower)
    assert.deepEqual(second.follower.waiting(), [])
    await run('user', 'disable', `other-${email}`)
    await assertEnds(second.follower)
  })

  test('and does not hold up the end of its process', async (t) => {
    const { follower } = await open(t, `stop-${kind}@example.com`)
    assert.equal(await server.stop(), 0)
    assert.equal(await follower.next(), 'closed')
    assert.ok(!server.output().includes('cut off'), server.output())
    server = await startProcess({ DATABASE_URL: database.url })
  })
})
