import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertFails, assertInvalid, assertUnauthorized } from './refusals.ts'
import { type Holder, onEachService } from './suite.ts'

const mismatch = 'email or password does not match'

onEachService('a person’s own account', (subject) => {
  const logIn = ({ email, password }: Holder) => subject.call('POST', '/auth/login', { json: { email, password } })
  const change = ({ token }: Holder, current_password: unknown, new_password: unknown) =>
    subject.call('POST', '/auth/password', { token, json: { current_password, new_password } })
  const status = async (token: string) => (await subject.call('GET', '/auth/user', { token })).status

  test('gets a new password: every other token is dead, and the answer has a live one', async () => {
    const user = await subject.newUser()
    const second = (await logIn(user)).json.access_token as string
    const next = 'another horse battery'
    const answer = await change(user, user.password, next)
    assert.deepEqual([answer.status, answer.json.message], [200, 'password changed'])
    assert.deepEqual(
      [answer.headers['cache-control'], answer.headers.pragma, answer.json.token_type],
      ['no-store', 'no-cache', 'bearer'],
    )
    for (const token of [user.token, second]) {
      assertUnauthorized(await subject.call('GET', '/auth/user', { token }), 'revoked')
    }
    assert.equal(await status(answer.json.access_token), 200)
    assertFails(await logIn(user), 401, mismatch)
    assert.equal((await logIn({ ...user, password: next })).status, 200)
    const { tokens } = (await subject.call('GET', '/tokens', { token: answer.json.access_token })).json
    assert.equal(tokens.length, 2)
    await subject.restart()
    assert.deepEqual([await status(answer.json.access_token), await status(user.token)], [200, 401])
  })

  test('keeps its password after a wrong one or invalid input, and the tokens live on', async () => {
    const user = await subject.newUser()
    assertFails(await change(user, 'wrong', 'another horse battery'), 401, mismatch)
    assertInvalid(await change(user, user.password, 'short'), ['new_password'])
    assertInvalid(await change(user, '', 7), ['current_password', 'new_password'])
    assertInvalid(await subject.call('POST', '/auth/password', { token: user.token, json: {} }), [
      'current_password',
      'new_password',
    ])
    assertInvalid(await subject.call('DELETE', '/auth/user', { token: user.token, json: {} }), ['password'])
    assertFails(
      await subject.call('DELETE', '/auth/user', { token: user.token, json: { password: 'x' } }),
      401,
      mismatch,
    )
    assert.equal(await status(user.token), 200)
    assert.equal((await logIn(user)).status, 200)
  })

  test('of several simultaneous changes at least one succeeds, and exactly one password counts', async () => {
    const user = await subject.newUser()
    const passwords = Array.from({ length: 5 }, (_, i) => `horse battery ${i}`)
    const answers = await Promise.all(passwords.map((next) => change(user, user.password, next)))
    for (const { status: each } of answers) assert.ok([200, 401].includes(each))
    const live = []
    for (const { json } of answers) if (json.access_token && (await status(json.access_token)) === 200) live.push(json)
    assert.equal(live.length, 1)
    const logins = []
    for (const password of passwords) logins.push((await logIn({ ...user, password })).status)
    assert.equal(logins.filter((each) => each === 200).length, 1)
  })

  test('can be deleted: tokens are dead, the login is refused, and the address is free', async () => {
    const user = await subject.newUser()
    const answer = await subject.call('DELETE', '/auth/user', { token: user.token, json: { password: user.password } })
    assert.deepEqual([answer.status, answer.text], [204, ''])
    assertUnauthorized(await subject.call('GET', '/auth/user', user), 'revoked')
    assertFails(await logIn(user), 401, mismatch)
    const { email, password } = user
    assert.equal((await subject.call('POST', '/auth/register', { json: { email, password } })).status, 201)
  })
})

onEachService(
  'with a limit, a person’s own account',
  (subject) => {
    const change = ({ token }: Holder, current_password: string) =>
      subject.call('POST', '/auth/password', {
        token,
        json: { current_password, new_password: 'another horse battery' },
      })

    test('counts wrong passwords as failed logins, so a stolen token does not help to guess', async () => {
      const user = await subject.newUser()
      const statuses = []
      for (let i = 0; i < 5; i++) statuses.push((await change(user, `guess ${i}`)).status)
      assert.deepEqual([statuses[0], statuses.at(-1)], [401, 429])
      assert.equal((await change(user, user.password)).status, 429)
      assert.equal((await subject.call('GET', '/auth/user', user)).status, 200)
    })
  },
  { LOGIN_LIMIT_ACCOUNT: '3' },
)
