import assert from 'node:assert/strict'
import { test } from 'node:test'
import { disableUser } from '../../src/accounts/change-account.ts'
import { assertFails, assertUnauthorized } from './refusals.ts'
import { type Holder, noon, onEachService } from './suite.ts'

onEachService(
  'a token that is renewed',
  (subject) => {
    const renew = (token: string) => subject.call('POST', '/auth/renew', { token })
    const status = async (token: string) => (await subject.call('GET', '/auth/user', { token })).status
    const idOf = async ({ email }: Holder) => {
      const { id } = await subject.service.ports.store
        .selectFrom('user')
        .select('id')
        .where('email', '=', email)
        .executeTakeFirstOrThrow()
      return id
    }

    test('is replaced by a new one: the old one is dead at once, also after a restart', async () => {
      const user = await subject.newUser()
      const answer = await renew(user.token)
      const { access_token, ...rest } = answer.json
      assert.deepEqual(
        [answer.status, rest],
        [200, { status: 'success', message: 'successfully renewed', token_type: 'bearer', expires_in: 60 }],
      )
      assert.deepEqual([answer.headers['cache-control'], answer.headers.pragma], ['no-store', 'no-cache'])
      assertUnauthorized(await subject.call('GET', '/auth/user', user), 'revoked')
      assertUnauthorized(await renew(user.token), 'revoked')
      const { tokens } = (await subject.call('GET', '/tokens', { token: access_token })).json
      assert.deepEqual(
        tokens.map(({ current, kind }: { current: boolean; kind: string }) => [current, kind]),
        [[true, 'login']],
      )
      await subject.restart()
      assert.deepEqual([await status(access_token), await status(user.token)], [200, 401])
    })

    test('gives one new token to several simultaneous renewals, and the others get 401', async () => {
      const user = await subject.newUser()
      const answers = await Promise.all(Array.from({ length: 8 }, () => renew(user.token)))
      const won = answers.filter((answer) => answer.status === 200)
      assert.equal(won.length, 1)
      for (const answer of answers) if (answer.status !== 200) assertUnauthorized(answer, 'revoked')
      const { tokens } = (await subject.call('GET', '/tokens', { token: won[0]?.json.access_token })).json
      assert.equal(tokens.length, 1)
    })

    test('lives until the session ends, counted from the login and not from a renewal', async () => {
      subject.now = noon
      const user = await subject.newUser()
      let { token } = user
      const lives: number[] = []
      for (let after_s = 50; after_s < 120; after_s += 30) {
        subject.now = noon + after_s * 1000
        const { json } = await renew(token)
        token = json.access_token
        lives.push(json.expires_in)
      }
      // The session has 120 seconds, a token 60.
      assert.deepEqual(lives, [60, 40, 10])
      subject.now = noon + 119_500
      assertUnauthorized(await renew(token), 'expired')
      assert.equal(await status(token), 200)
      subject.now = noon + 120_000
      assertUnauthorized(await subject.call('GET', '/auth/user', { token }), 'expired')
      assertUnauthorized(await renew(token), 'expired')
    })

    test('is not renewed when it has expired, was revoked, or its user is disabled or gone', async () => {
      subject.now = noon
      const [late, out, disabled, deleted] = await Promise.all([1, 2, 3, 4].map(() => subject.newUser()))
      subject.now = noon + 60_000
      assertUnauthorized(await renew(late?.token as string), 'expired')
      subject.now = noon
      await subject.call('POST', '/auth/logout', { token: out?.token as string })
      assertUnauthorized(await renew(out?.token as string), 'revoked')
      await disableUser(subject.service.ports, await idOf(disabled as Holder))
      assertUnauthorized(await renew(disabled?.token as string), 'revoked')
      const { password, token } = deleted as Holder
      await subject.call('DELETE', '/auth/user', { token, json: { password } })
      assertUnauthorized(await renew(token), 'revoked')
    })

    test('and disabled beside it leaves no live token', async () => {
      subject.now = noon
      for (let round = 0; round < 5; round++) {
        const user = await subject.newUser()
        const [renewed] = await Promise.all([renew(user.token), disableUser(subject.service.ports, await idOf(user))])
        assert.ok([200, 401].includes(renewed.status), renewed.text)
        for (const token of [user.token, renewed.json.access_token ?? user.token])
          assert.equal(await status(token), 401)
      }
    })

    test('keeps the rights of the login', async () => {
      subject.now = noon
      const admin = await subject.newAdmin()
      const { access_token } = (await renew(admin.token)).json
      assert.equal((await subject.call('GET', '/auth/user', { token: access_token })).json.admin, true)
    })
  },
  { TOKEN_TTL_SECONDS: '60', SESSION_MAX_SECONDS: '120' },
)

onEachService(
  'with a limit of logins',
  (subject) => {
    test('renewals count for the account', async () => {
      let { token } = await subject.newUser()
      for (let i = 0; i < 3; i++) {
        const { status, json } = await subject.call('POST', '/auth/renew', { token })
        assert.equal(status, 200)
        token = json.access_token
      }
      assertFails(
        await subject.call('POST', '/auth/renew', { token }),
        429,
        'Too many logins of this account. Please try again later.',
      )
      assert.equal((await subject.call('GET', '/auth/user', { token })).status, 200)
    })
  },
  { LOGIN_LIMIT_SUCCESS: '3' },
)
