import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { changePassword, demoteUser, disableUser } from '../../src/accounts/change-account.ts'
import { assertFails, assertRevoked, assertUnauthorized } from './refusals.ts'
import { type Holder, noon, onEachService } from './suite.ts'

interface Listed {
  id: string
  created_at: string
  expires_at: string
  last_used_at: string | null
  description: string
  ip: string
  user_agent: string | null
  current: boolean
}

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const safari =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'

onEachService('tokens', (subject) => {
  const list = async (holder: { token: string }): Promise<Listed[]> => {
    const { status, json } = await subject.call('GET', '/tokens', holder)
    assert.equal(status, 200)
    return json.tokens
  }
  const logIn = async ({ email, password }: Holder, agent?: string): Promise<Holder> => {
    const headers = agent === undefined ? [] : ['User-Agent', agent]
    const { json } = await subject.call('POST', '/auth/login', { json: { email, password }, headers })
    return { email, password, token: json.access_token }
  }
  const statusOf = async (holder: Holder) => (await subject.call('GET', '/auth/user', holder)).status
  const idOf = async (holder: Holder) => (await list(holder)).find(({ current }) => current)?.id as string
  const userId = async (holder: Holder) => (await subject.call('GET', '/auth/user', holder)).json.public_id as string

  describe('GET /tokens', () => {
    test('lists the fields that identify a login, and nothing else', async () => {
      subject.now = noon + 250
      const user = await subject.newUser({ headers: ['User-Agent', firefox] })
      const [token] = (await list(user)) as [Listed]
      const { id, ...rest } = token
      assert.match(id, /^[0-9a-f-]{36}$/)
      assert.deepEqual(rest, {
        created_at: '2030-06-15T12:00:00.250Z',
        expires_at: '2030-06-15T12:15:00.000Z',
        last_used_at: '2030-06-15T12:00:00.250Z',
        kind: 'login',
        scope: null,
        description: 'Firefox on Linux',
        ip: '127.0.0.1',
        user_agent: firefox,
        current: true,
      })
    })

    test('lists the oldest first, and has current true for the token in use', async () => {
      const first = await subject.newUser()
      subject.now += 1000
      const second = await logIn(first)
      subject.now += 1000
      const third = await logIn(first)
      for (const [i, holder] of [first, second, third].entries()) {
        const tokens = await list(holder)
        assert.deepEqual(
          tokens.map(({ current }) => current),
          [0, 1, 2].map((each) => each === i),
        )
        const created = tokens.map(({ created_at }) => created_at)
        assert.deepEqual(created, created.toSorted())
        assert.equal(new Set(created).size, 3)
      }
    })

    test('keeps the order of tokens of the same instant', async () => {
      const first = await subject.newUser()
      const holders = [first]
      for (let i = 0; i < 5; i++) holders.push(await logIn(first))
      const ids = []
      for (const holder of holders) ids.push(await idOf(holder))
      assert.deepEqual(
        (await list(first)).map(({ id }) => id),
        ids,
      )
    })

    test('has the last use of a token, and null for a token without use', async () => {
      const user = await subject.newUser()
      const unused = await logIn(user)
      subject.now += 5000
      await subject.call('GET', '/auth/check', user)
      const used_at = new Date(subject.now).toISOString()
      subject.now += 5000
      const third = await logIn(user)
      subject.now += 5000
      const uses = Object.fromEntries((await list(third)).map(({ id, last_used_at }) => [id, last_used_at]))
      const [a, b, c] = [await idOf(user), await idOf(unused), await idOf(third)]
      assert.deepEqual([uses[a], uses[b], uses[c]], [used_at, null, new Date(subject.now).toISOString()])
    })

    test('keeps uses across a restart', async () => {
      const user = await subject.newUser()
      await subject.call('GET', '/auth/user', user)
      const used_at = new Date(subject.now).toISOString()
      await subject.restart()
      subject.now += 1000
      const other = await logIn(user)
      assert.equal((await list(other)).find(({ current }) => !current)?.last_used_at, used_at)
    })

    test('describes clients in words, and accepts any user agent', async () => {
      const user = await subject.newUser()
      const agents = [
        safari,
        'curl/8.14.1',
        'x'.repeat(5000),
        '<script>alert(1)</script>',
        '%s %n \xff',
        '"; drop table token; --',
      ]
      for (const agent of agents) await logIn(user, agent)
      const tokens = await list(user)
      assert.equal(tokens.length, agents.length + 1)
      assert.equal(tokens[0]?.user_agent, null)
      assert.notEqual(tokens[0]?.description, '')
      assert.equal(tokens[1]?.description, 'Safari on iOS')
      assert.equal(tokens[2]?.description, 'curl/8.14.1')
      for (const { description, user_agent } of tokens.slice(1)) {
        assert.ok(description.length > 0 && description.length <= 300)
        assert.ok(user_agent !== null && user_agent.length <= 300)
      }
    })

    test('lists only the live tokens of the caller', async () => {
      const user = await subject.newUser()
      const other = await subject.newUser()
      const loggedOut = await logIn(user)
      await subject.call('POST', '/auth/logout', loggedOut)
      subject.now += 600_000
      const later = await logIn(user)
      assert.equal((await list(later)).length, 2)
      subject.now += 300_000
      assert.deepEqual(
        (await list(later)).map(({ current }) => current),
        [true],
      )
      assert.equal(await statusOf(other), 401)
    })
  })

  describe('DELETE /tokens/{id}', () => {
    test('revokes that token and no other', async () => {
      const user = await subject.newUser()
      const [second, third] = [await logIn(user), await logIn(user)]
      assertRevoked(await subject.call('DELETE', `/tokens/${await idOf(second)}`, user), 'the token has been deleted')
      assertUnauthorized(await subject.call('GET', '/auth/user', second), 'revoked')
      assert.deepEqual([await statusOf(user), await statusOf(third)], [200, 200])
      assert.equal((await list(user)).length, 2)
    })

    test('revokes the token in use as well', async () => {
      const user = await subject.newUser()
      const id = await idOf(user)
      assertRevoked(await subject.call('DELETE', `/tokens/${id}`, user), 'the token has been deleted')
      assertUnauthorized(await subject.call('DELETE', `/tokens/${id}`, user), 'revoked')
    })

    test('answers 404 to an id that is unknown, dead, malformed or another user’s, and revokes nothing', async () => {
      const [user, other] = [await subject.newUser(), await subject.newUser()]
      const [dead, expired] = [await logIn(user), await logIn(user)]
      const [deadId, expiredId, foreign] = [await idOf(dead), await idOf(expired), await idOf(other)]
      await subject.call('POST', '/auth/logout', dead)
      subject.now += 600_000
      const late = await logIn(user)
      const lateOther = await logIn(other)
      const lateForeign = await idOf(lateOther)
      subject.now += 300_000
      const own = await idOf(late)
      const malformed = [
        '1',
        '123469',
        'null',
        'x',
        own.slice(1),
        `${own}0`,
        own.replaceAll('-', ''),
        `{${own}}`,
        `%20${own}`,
        own.toUpperCase(),
        '%',
        '..%2f',
        'a'.repeat(5000),
        "'%20or%201=1",
      ]
      const unknown = ['00000000-0000-4000-8000-000000000000', '01973b32-1c1f-7d2e-8a43-1d5f5f0d6a11']
      for (const id of [deadId, expiredId, foreign, lateForeign, ...unknown, ...malformed]) {
        assertFails(await subject.call('DELETE', `/tokens/${id}`, late), 404, '404 token not found')
      }
      assert.deepEqual([await statusOf(late), await statusOf(lateOther)], [200, 200])
    })
  })

  describe('DELETE /tokens', () => {
    test('revokes every token of the caller, also the one in use, and no token of another user', async () => {
      const [user, other] = [await subject.newUser(), await subject.newUser()]
      const holders = [user, await logIn(user), await logIn(user)]
      const answer = await subject.call('DELETE', '/tokens', user)
      assertRevoked(answer, 'you are now disconnected for every device')
      for (const holder of holders) assertUnauthorized(await subject.call('GET', '/auth/user', holder), 'revoked')
      assert.equal(await statusOf(other), 200)
    })

    test('does not revoke the token of the next login, even in the same instant', async () => {
      const user = await subject.newUser()
      await subject.call('DELETE', '/tokens', user)
      const next = await logIn(user)
      assert.equal(await statusOf(next), 200)
      assert.equal((await list(next)).length, 1)
    })
  })

  describe('a token that was revoked', () => {
    const ways: Record<string, (user: Holder) => Promise<unknown>> = {
      'by logging out': (user) => subject.call('POST', '/auth/logout', user),
      'from the list': async (user) => subject.call('DELETE', `/tokens/${await idOf(user)}`, await logIn(user)),
      'with all others': async (user) => subject.call('DELETE', '/tokens', await logIn(user)),
      'by disabling the user': async (user) => disableUser(subject.service.ports, await userId(user)),
      'by a new password': async (user) =>
        changePassword(subject.service.ports, await userId(user), 'another password'),
      'by demoting the user': async (user) => demoteUser(subject.service.ports, await userId(user)),
    }
    for (const [way, revoke] of Object.entries(ways)) {
      test(`${way} is refused on every route, also after a restart`, async () => {
        const user = await subject.newAdmin()
        assert.equal(await statusOf(user), 200)
        await revoke(user)
        for (const restarted of [false, true]) {
          if (restarted) await subject.restart()
          for (const path of ['/auth/user', '/auth/check', '/tokens', '/widgets']) {
            assertUnauthorized(await subject.call('GET', path, user), 'revoked')
          }
          assertUnauthorized(await subject.call('DELETE', '/widgets/any', user), 'revoked', 'admin_users')
        }
      })
    }
  })
})
