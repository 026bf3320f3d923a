// Concurrent requests. No test waits for a certain interleaving. Each test makes many interleavings, and asserts what
// must hold in all of them.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changePassword, deleteUser, demoteUser, disableUser } from '../../src/accounts/change-account.ts'
import { selectKeys } from '../../src/keys/records.ts'
import { rotateKeys } from '../../src/keys/rotate.ts'
import { countLiveTokens } from '../../src/tokens/records.ts'
import { ageNextKey } from '../support/keys.ts'
import type { Answer } from '../support/service.ts'
import { type Holder, onEachService, type Subject } from './suite.ts'

const statuses = (answers: Answer[]) => answers.map(({ status }) => status).toSorted()
const inParallel = <T>(count: number, make: (i: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, i) => make(i)))

/** Keeps `count` requests with the token in flight until `stop`, which returns each status and its request's start. */
function useToken({ call }: Subject, token: string, count: number) {
  const answers: { began: number; status: number }[] = []
  let stopped = false
  const worker = async (i: number) => {
    const path = ['/auth/check', '/auth/user', '/tokens', '/widgets'][i % 4] as string
    while (!stopped) {
      const began = performance.now()
      const { status } = await call('GET', path, { token })
      answers.push({ began, status })
    }
  }
  const running = inParallel(count, worker)
  return {
    async stop() {
      stopped = true
      await running
      return answers
    },
    /** Resolves after `wanted` more answers. */
    async more(wanted: number) {
      const target = answers.length + wanted
      while (answers.length < target) await new Promise(setImmediate)
    },
  }
}

onEachService('a revocation that is answered while 64 requests use the token', (subject) => {
  const userId = async (holder: Holder) => (await subject.call('GET', '/auth/user', holder)).json.public_id as string
  const ways: Record<string, (user: Holder, id: string) => Promise<unknown>> = {
    'a logout': (user) => subject.call('POST', '/auth/logout', user),
    'the deletion of all tokens': (user) => subject.call('DELETE', '/tokens', user),
    'the disabling of the user': (_user, id) => disableUser(subject.service.ports, id),
    'the deletion of the account': (_user, id) => deleteUser(subject.service.ports, id),
    'a new password': (_user, id) => changePassword(subject.service.ports, id, 'another password'),
  }
  for (const [way, revoke] of Object.entries(ways)) {
    test(`${way}: no request that starts after the answer is accepted`, async () => {
      const user = await subject.newUser()
      const id = await userId(user)
      const load = useToken(subject, user.token, 64)
      await load.more(128)
      await revoke(user, id)
      const answered = performance.now()
      await load.more(128)
      const answers = await load.stop()
      const late = answers.filter(({ began }) => began >= answered)
      assert.ok(late.length >= 64, `only ${late.length} requests began after the answer`)
      assert.deepEqual([...new Set(late.map(({ status }) => status))], [401])
      assert.ok(answers.some(({ status }) => status < 300))
      assert.deepEqual(
        [...new Set(answers.map(({ status }) => status))].filter((status) => ![200, 204, 401].includes(status)),
        [],
      )
    })
  }
})

onEachService('concurrent registrations', (subject) => {
  test('of one address: one gets 201, all others 409, and there is one account', async () => {
    for (let round = 0; round < 3; round++) {
      const email = `race-${round}@example.com`
      const spellings = [email, email.toUpperCase(), ` ${email}`, `${email} `]
      const answers = await inParallel(50, (i) =>
        subject.call('POST', '/auth/register', { json: { email: spellings[i % 4], password: `password number ${i}` } }),
      )
      assert.deepEqual(statuses(answers), [201, ...Array(49).fill(409)])
      const { store } = subject.service.ports
      assert.equal((await store.selectFrom('user').selectAll().where('email', '=', email).execute()).length, 1)
      const winner = answers.findIndex(({ status }) => status === 201)
      const { token } = { token: answers[winner]?.json.access_token }
      assert.equal((await subject.call('GET', '/tokens', { token })).json.tokens.length, 1)
      const login = { email, password: `password number ${winner}` }
      assert.equal((await subject.call('POST', '/auth/login', { json: login })).status, 200)
    }
  })

  test('of one username with many addresses: one gets 201, and the others create no account', async () => {
    const input = (i: number) => ({ email: `named-${i}@example.com`, username: 'contested', password: 'a password' })
    const answers = await inParallel(50, (i) => subject.call('POST', '/auth/register', { json: input(i) }))
    assert.deepEqual(statuses(answers), [201, ...Array(49).fill(409)])
    const logins = await inParallel(50, (i) =>
      subject.call('POST', '/auth/login', { json: { email: input(i).email, password: 'a password' } }),
    )
    assert.deepEqual(statuses(logins), [200, ...Array(49).fill(401)])
  })

  test('of many accounts all succeed', async () => {
    const answers = await inParallel(50, (i) =>
      subject.call('POST', '/auth/register', { json: { email: `many-${i}@example.com`, password: 'a password' } }),
    )
    assert.deepEqual(statuses(answers), Array(50).fill(201))
  })
})

onEachService('the end of all tokens of a user during 32 concurrent logins', (subject) => {
  /** Runs `act` during logins. Returns the answers of the logins, and of one that began after `act`. */
  async function duringLogins(user: Holder, act: () => Promise<unknown>) {
    const logIn = async () => {
      const began = performance.now()
      const { status, json } = await subject.call('POST', '/auth/login', {
        json: { email: user.email, password: user.password },
      })
      return { began, status, token: json.access_token as string | undefined }
    }
    const logins = [] as ReturnType<typeof logIn>[]
    const wave = () => logins.push(...Array.from({ length: 16 }, logIn))
    wave()
    const acting = act()
    wave()
    await acting
    const answered = performance.now()
    const answers = await Promise.all(logins)
    return { answers, answered, after: await logIn() }
  }
  const isLive = async (token: string) => (await subject.call('GET', '/auth/check', { token })).status === 204
  const userId = async (holder: Holder) => (await subject.call('GET', '/auth/user', holder)).json.public_id as string
  const jtiOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString())

  /** Asserts that the service accepts exactly those tokens that are live in the database. */
  async function assertNoneSlipped(answers: { token: string | undefined }[]) {
    for (const { token } of answers) {
      if (token === undefined) continue
      const query = subject.service.ports.store
        .selectFrom('token')
        .innerJoin('user', 'user.id', 'token.user_id')
        .select('jti')
        .where('jti', '=', jtiOf(token).jti)
        .where('revoked_at', 'is', null)
        .whereRef('token.generation', '=', 'user.generation')
      assert.equal(await isLive(token), (await query.executeTakeFirst()) !== undefined)
    }
  }

  test('DELETE /tokens: each token is revoked, or was issued after it', async () => {
    for (let round = 0; round < 3; round++) {
      const user = await subject.newUser()
      const { answers, after } = await duringLogins(user, () => subject.call('DELETE', '/tokens', user))
      assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
      await assertNoneSlipped(answers)
      assert.equal(await isLive(user.token), false)
      assert.ok(after.token && (await isLive(after.token)))
      const listed = (await subject.call('GET', '/tokens', { token: after.token })).json.tokens.map(
        ({ id }: { id: string }) => id,
      )
      for (const { token } of answers) {
        assert.equal(listed.includes(jtiOf(token as string).jti), await isLive(token as string))
      }
    }
  })

  test('a new password: no token from the old password is live, and the old password gives none', async () => {
    for (let round = 0; round < 3; round++) {
      const user = await subject.newUser()
      const id = await userId(user)
      const { answers, after } = await duringLogins(user, () =>
        changePassword(subject.service.ports, id, 'another password'),
      )
      for (const { status, token } of answers) {
        assert.ok(status === 200 || status === 401)
        if (token !== undefined) assert.equal(await isLive(token), false)
      }
      assert.equal(after.status, 401)
      assert.equal(await isLive(user.token), false)
      const login = { email: user.email, password: 'another password' }
      assert.equal((await subject.call('POST', '/auth/login', { json: login })).status, 200)
    }
  })

  test('disabling: no token is live, and no login gives one', async () => {
    for (let round = 0; round < 3; round++) {
      const user = await subject.newUser()
      const id = await userId(user)
      const { answers, after } = await duringLogins(user, () => disableUser(subject.service.ports, id))
      for (const { status, token } of answers) {
        assert.ok(status === 200 || status === 401)
        if (token !== undefined) assert.equal(await isLive(token), false)
      }
      assert.equal(after.status, 401)
      const { store } = subject.service.ports
      assert.equal(await countLiveTokens(store, { ownerId: id, now: Date.now() }), 0)
    }
  })

  test('demoting an administrator: no token with admin rights is live', async () => {
    await subject.newAdmin()
    for (let round = 0; round < 3; round++) {
      const admin = await subject.newAdmin()
      const id = await userId(admin)
      const { answers, after } = await duringLogins(admin, () => demoteUser(subject.service.ports, id))
      for (const { status, token } of answers) {
        assert.equal(status, 200)
        if (jtiOf(token as string).admin) assert.equal(await isLive(token as string), false)
      }
      await assertNoneSlipped(answers)
      assert.equal(jtiOf(after.token as string).admin, false)
      assert.ok(await isLive(after.token as string))
    }
  })
})

onEachService('concurrent revocations', (subject) => {
  const idOf = async (holder: Holder) =>
    (await subject.call('GET', '/tokens?current=true', holder)).json.tokens[0].id as string

  test('of one token: exactly one DELETE gets 200', async () => {
    for (let round = 0; round < 3; round++) {
      const user = await subject.newUser()
      const id = await idOf(user)
      const { json } = await subject.call('POST', '/auth/login', {
        json: { email: user.email, password: user.password },
      })
      const call = { token: json.access_token as string }
      const answers = await inParallel(8, () => subject.call('DELETE', `/tokens/${id}`, call))
      assert.deepEqual(statuses(answers), [200, ...Array(7).fill(404)])
    }
  })

  test('of one token by itself: exactly one logout gets 200, the others get 401', async () => {
    for (let round = 0; round < 3; round++) {
      const user = await subject.newUser()
      const answers = await inParallel(8, () => subject.call('POST', '/auth/logout', user))
      assert.deepEqual(statuses(answers), [200, ...Array(7).fill(401)])
      for (const { status, json } of answers) {
        if (status === 401) assert.equal(json.message, 'Token blacklisted. Please log in again.')
      }
    }
  })

  test('of many tokens all take effect', async () => {
    const users = await inParallel(40, () => subject.newUser())
    assert.deepEqual(
      statuses(await Promise.all(users.map((user) => subject.call('POST', '/auth/logout', user)))),
      Array(40).fill(200),
    )
    assert.deepEqual(
      statuses(await Promise.all(users.map((user) => subject.call('GET', '/auth/check', user)))),
      Array(40).fill(401),
    )
  })
})

onEachService('concurrent writes of widgets', (subject) => {
  const json = (i: number) => ({ info_url: `http://example.com/${i}`, deadline: '2031-01-01' })

  test('under one name: one POST gets 201 and stores its widget, and the others get 409', async () => {
    const { token } = await subject.newAdmin()
    const answers = await inParallel(20, (i) =>
      subject.call('POST', '/widgets', { token, json: { name: 'posted', ...json(i) } }),
    )
    assert.deepEqual(statuses(answers), [201, ...Array(19).fill(409)])
    const winner = answers.findIndex(({ status }) => status === 201)
    assert.equal(
      (await subject.call('GET', '/widgets/posted', { token })).json.info_url,
      `http://example.com/${winner}`,
    )
  })

  test('under one name: one PUT gets 201, the others 200', async () => {
    const { token } = await subject.newAdmin()
    const answers = await inParallel(20, (i) => subject.call('PUT', '/widgets/put', { token, json: json(i) }))
    assert.deepEqual(statuses(answers), [...Array(19).fill(200), 201])
    assert.equal(
      (await subject.call('GET', '/widgets?per_page=100', { token })).json.items.filter(
        ({ name }: { name: string }) => name === 'put',
      ).length,
      1,
    )
  })

  test('and deletions: some order of the requests explains the answers', async () => {
    const { token } = await subject.newAdmin()
    const answers = await inParallel(40, (i) =>
      i % 2 === 0
        ? subject.call('PUT', '/widgets/both', { token, json: json(i) })
        : subject.call('DELETE', '/widgets/both', { token }),
    )
    const count = (wanted: number) => answers.filter(({ status }) => status === wanted).length
    assert.equal(count(200) + count(201) + count(204) + count(404), 40)
    const left = (await subject.call('GET', '/widgets/both', { token })).status === 200 ? 1 : 0
    assert.equal(count(201) - count(204), left)
  })
})

onEachService('a rotation of the keys', (subject) => {
  const signing = async () =>
    (await selectKeys(subject.service.ports.store))
      .filter(({ retired_at, next }) => retired_at === null && next === 0)
      .map(({ kid }) => kid)
  /** Rotates when the next key was announced for long enough. */
  const rotate = async () => {
    await ageNextKey(subject.database)
    return rotateKeys(subject.service.ports)
  }
  const kidOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0] as string, 'base64url').toString()).kid

  test('during logins makes none fail, and every token is accepted', async () => {
    const user = await subject.newUser()
    const logIn = () => subject.call('POST', '/auth/login', { json: { email: user.email, password: user.password } })
    const logins = inParallel(60, logIn)
    for (let i = 0; i < 3; i++) await rotate()
    const more = inParallel(20, logIn)
    const { kid: last } = await rotate()
    const answers = [...(await logins), ...(await more)]
    assert.deepEqual(statuses(answers), Array(80).fill(200))
    const later = await inParallel(10, logIn)
    for (const { json } of [...answers, ...later]) {
      assert.equal((await subject.call('GET', '/auth/check', { token: json.access_token })).status, 204)
    }
    assert.deepEqual(await signing(), [last])
    for (const { json } of later) assert.equal(kidOf(json.access_token), last)
  })

  test('leaves one signing key, however many rotations run concurrently', async () => {
    const before = await signing()
    await ageNextKey(subject.database)
    const rotated = await inParallel(4, () => rotateKeys(subject.service.ports))
    const now = rotated.filter(({ signs_from }) => signs_from === null)
    assert.equal(new Set(now.map((each) => each.kid)).size, 1)
    const [kid, ...others] = await signing()
    assert.deepEqual(others, [])
    assert.notDeepEqual([kid], before)
    assert.ok(now.some((each) => each.kid === kid))
    assert.equal(kidOf((await subject.newUser()).token), kid)
  })
})
