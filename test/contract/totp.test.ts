import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resetFactors } from '../../src/accounts/change-account.ts'
import { startTestService } from '../support/service.ts'
import { assertSecondStep, codeAt, factorsOf, wrongCode } from './factors.ts'
import { assertFails, assertInvalid, assertUnauthorized } from './refusals.ts'
import { onEachService } from './suite.ts'

const mismatch = 'email or password does not match'
const wrong = 'the code is wrong, or was used before'
const expired = 'The login has expired. Please log in again.'

onEachService('an authenticator app', (subject) => {
  const { post, logIn, nextCode, addTotp, newTotpUser, ticketOf } = factorsOf(subject)
  const factors = async (token: string) => (await subject.call('GET', '/auth/user', { token })).json.factors

  test('is added with the password, and is in force after its first code', async () => {
    const user = await subject.newUser()
    assert.deepEqual(await factors(user.token), [])
    assertFails(await post('/auth/totp', { password: 'wrong' }, user.token), 401, mismatch)
    assertInvalid(await post('/auth/totp', { code: '123456' }, user.token), { password: 'password is required' })
    assertInvalid(await post('/auth/totp', {}, user.token), { password: 'password is required' })
    const started = await post('/auth/totp', { password: user.password }, user.token)
    assert.deepEqual([started.status, started.headers['cache-control']], [201, 'no-store'])
    const { secret, otpauth_url, qr_svg } = started.json
    const url = new URL(otpauth_url)
    assert.deepEqual(
      [url.protocol, url.host, decodeURIComponent(url.pathname), url.searchParams.get('secret')],
      ['otpauth:', 'totp', `/127.0.0.1:${user.email}`, secret],
    )
    assert.match(secret, /^[A-Z2-7]{32}$/)
    assert.match(qr_svg, /^<svg .*<\/svg>$/s)
    assert.doesNotMatch(qr_svg, /<script|<style|style=/)
    // Not in force yet.
    assert.equal((await logIn(user)).status, 200)
    assertFails(await post('/auth/totp/confirm', { code: wrongCode(secret, subject.now) }, user.token), 401, wrong)
    assertInvalid(await post('/auth/totp/confirm', {}, user.token), ['code'])
    const confirmed = await post('/auth/totp/confirm', { code: codeAt(secret, subject.now) }, user.token)
    assert.deepEqual([confirmed.status, confirmed.headers['cache-control']], [200, 'no-store'])
    assert.equal(new Set(confirmed.json.recovery_codes).size, 10)
    for (const code of confirmed.json.recovery_codes)
      assert.match(code, /^[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){5}$/)
    // The token that was made before the factor lives on.
    assert.deepEqual(await factors(user.token), ['totp'])
    assertFails(await post('/auth/totp/confirm', { code: codeAt(secret, subject.now) }, user.token), 401, wrong)
  })

  test('makes a login have two steps, on both paths', async () => {
    const user = await newTotpUser()
    for (const path of ['/auth/login', '/login']) {
      assertFails(await post(path, { username: user.email, password: 'wrong' }), 401, mismatch)
      const first = await subject.call('POST', path, { form: { username: user.email, password: user.password } })
      assertSecondStep(first)
      const { ticket } = first.json
      const code = nextCode(user)
      assertFails(await post('/auth/login/totp', { ticket, code: wrongCode(user.secret, subject.now) }), 401, wrong)
      const answer = await post('/auth/login/totp', { ticket, code })
      assert.deepEqual(
        [answer.status, answer.json.message, answer.json.token_type, answer.headers['cache-control']],
        [200, 'successfully logged in', 'bearer', 'no-store'],
      )
      assert.deepEqual(await factors(answer.json.access_token), ['totp'])
      assertFails(await post('/auth/login/totp', { ticket, code: nextCode(user) }), 401, expired)
    }
    assertInvalid(await post('/auth/login/totp', {}), ['ticket', 'code'])
  })

  test('counts each code once, and one step of drift', async () => {
    const user = await newTotpUser()
    const attempt = async (drift_steps: number) => {
      const code = codeAt(user.secret, subject.now + drift_steps * 30_000)
      return (await post('/auth/login/totp', { ticket: await ticketOf(user), code })).status
    }
    // The code of the confirmation.
    assert.equal(await attempt(0), 401)
    subject.now += 120_000
    assert.deepEqual([await attempt(-2), await attempt(2)], [401, 401])
    assert.deepEqual([await attempt(-1), await attempt(-1)], [200, 401])
    assert.deepEqual([await attempt(0), await attempt(0)], [200, 401])
    assert.deepEqual([await attempt(1), await attempt(0)], [200, 401])
  })

  test('has a ticket for five tries and five minutes, which dies with a change of password', async () => {
    const user = await newTotpUser()
    const finish = (ticket: string, code: string) => post('/auth/login/totp', { ticket, code })
    const tried = await ticketOf(user)
    const bad = wrongCode(user.secret, subject.now)
    for (let i = 0; i < 5; i++) assertFails(await finish(tried, bad), 401, wrong)
    assertFails(await finish(tried, nextCode(user)), 401, expired)
    const late = await ticketOf(user)
    subject.now += 5 * 60_000 - 30_000
    assertFails(await finish(late, nextCode(user)), 401, expired)
    const held = await ticketOf(user)
    const { token, password } = user
    const changed = await post(
      '/auth/password',
      { current_password: password, new_password: 'another horse battery', code: nextCode(user) },
      token,
    )
    assert.equal(changed.status, 200, changed.text)
    assertFails(await finish(held, nextCode(user)), 401, expired)
    const next = await ticketOf({ ...user, password: 'another horse battery' })
    await subject.call('DELETE', '/tokens', { token: changed.json.access_token })
    assertFails(await finish(next, nextCode(user)), 401, expired)
    for (const ticket of ['x', '\0', 'é'.repeat(3000), next.slice(1)])
      assertFails(await finish(ticket, '123456'), 401, expired)
  })

  test('asks for a code where a password alone was enough', async () => {
    const user = await newTotpUser()
    const { token, password } = user
    const missing = { status: 'fail', message: 'second factor required', factors: ['totp'] }
    const calls: [method: string, path: string, more: object][] = [
      ['POST', '/auth/totp', {}],
      ['DELETE', '/auth/totp', {}],
      ['POST', '/auth/recovery-codes', {}],
      ['DELETE', '/auth/user', {}],
      ['POST', '/auth/password', { current_password: password, new_password: 'another horse battery' }],
    ]
    for (const [method, path, more] of calls) {
      const call = (json: object) => subject.call(method, path, { token, json: { password, ...more, ...json } })
      const answer = await call({})
      assert.deepEqual([answer.status, answer.json], [401, missing], path)
      assertFails(await call({ code: wrongCode(user.secret, subject.now) }), 401, mismatch)
    }
    const wrongPassword = { current_password: 'wrong', new_password: 'another horse battery', code: nextCode(user) }
    assertFails(await post('/auth/password', wrongPassword, token), 401, mismatch)
    const removed = await subject.call('DELETE', '/auth/totp', {
      token,
      json: { code: codeAt(user.secret, subject.now) },
    })
    assert.deepEqual([removed.status, await factors(token)], [200, []])
    assert.equal((await logIn(user)).status, 200)
    assertFails(await subject.call('DELETE', '/auth/totp', { token, json: { password } }), 404, '404 factor not found')
    assertFails(await post('/auth/recovery-codes', { password }, token), 409, 'Add a second factor first')
  })

  test('can be replaced, and the old one is in force until then', async () => {
    const user = await newTotpUser()
    const started = await post('/auth/totp', { code: nextCode(user) }, user.token)
    assert.equal(started.status, 201, started.text)
    const { secret } = started.json
    assert.equal((await post('/auth/login/totp', { ticket: await ticketOf(user), code: nextCode(user) })).status, 200)
    subject.now += 15 * 60_000
    // A live token, because the first one has expired.
    const { access_token: token } = (
      await post('/auth/login/totp', { ticket: await ticketOf(user), code: codeAt(user.secret, subject.now) })
    ).json
    assertFails(await post('/auth/totp/confirm', { code: codeAt(secret, subject.now) }, token), 401, wrong)
    const again = await post('/auth/totp', { code: nextCode(user) }, token)
    const next = { ...user, secret: again.json.secret as string }
    assert.equal((await post('/auth/totp/confirm', { code: nextCode(next) }, token)).status, 200)
    assertFails(await post('/auth/login/totp', { ticket: await ticketOf(user), code: nextCode(user) }), 401, wrong)
    assert.equal((await post('/auth/login/totp', { ticket: await ticketOf(user), code: nextCode(next) })).status, 200)
    const ticket = await ticketOf(user)
    assertFails(await post('/auth/login/recovery-code', { ticket, code: user.recovery_codes[0] }), 401, wrong)
  })

  test('goes with the account', async () => {
    const user = await newTotpUser()
    const { token, email, password } = user
    const answer = await subject.call('DELETE', '/auth/user', { token, json: { code: nextCode(user) } })
    assert.equal(answer.status, 204, answer.text)
    const { store } = subject.service.ports
    const id = JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString()).sub
    for (const table of ['totp', 'recovery_code', 'passkey'] as const) {
      assert.deepEqual(await store.selectFrom(table).selectAll().where('user_id', '=', id).execute(), [])
    }
    assert.equal((await post('/auth/register', { email, password })).status, 201)
    assert.equal((await logIn(user)).status, 200)
  })

  test('survives a restart, and another user’s code does not count', async () => {
    const [user, other] = [await newTotpUser(), await newTotpUser()]
    const ticket = await ticketOf(user)
    await subject.restart()
    assertFails(await post('/auth/login/totp', { ticket, code: nextCode(other) }), 401, wrong)
    assert.equal((await post('/auth/login/totp', { ticket, code: nextCode(user) })).status, 200)
  })

  test('protects an account that has changed its token: only a live token changes factors', async () => {
    const user = await subject.newUser()
    await subject.call('POST', '/auth/logout', user)
    for (const path of ['/auth/totp', '/auth/totp/confirm', '/auth/recovery-codes']) {
      assertUnauthorized(await post(path, { password: user.password, code: '123456' }, user.token), 'revoked')
    }
    const renewed = await addTotp({ ...user, token: (await logIn(user)).json.access_token })
    assert.equal(renewed.recovery_codes.length, 10)
  })
})

onEachService('recovery codes', (subject) => {
  const { post, nextCode, newTotpUser, ticketOf } = factorsOf(subject)
  const use = async (user: Parameters<typeof ticketOf>[0], code: string | undefined) =>
    post('/auth/login/recovery-code', { ticket: await ticketOf(user), code })

  test('stand in for the factor, once each, as a person may type them', async () => {
    const user = await newTotpUser()
    const [first = '', second = '', third = ''] = user.recovery_codes
    assert.equal((await use(user, first)).status, 200)
    assertFails(await use(user, first), 401, wrong)
    assert.equal((await use(user, ` ${second.toUpperCase().replaceAll('-', ' ').replaceAll('0', 'O')}`)).status, 200)
    assertFails(await use(user, second), 401, wrong)
    // As the code of a fresh request.
    const removed = await subject.call('DELETE', '/auth/totp', { token: user.token, json: { code: third } })
    assert.equal(removed.status, 200, removed.text)
  })

  test('are renewed, and survive a change of password', async () => {
    const user = await newTotpUser()
    const renewed = await post('/auth/recovery-codes', { code: nextCode(user) }, user.token)
    assert.deepEqual([renewed.status, renewed.headers['cache-control']], [200, 'no-store'])
    const [first, second] = renewed.json.recovery_codes
    assertFails(await use(user, user.recovery_codes[0]), 401, wrong)
    assert.equal((await use(user, first)).status, 200)
    const change = { current_password: user.password, new_password: 'another horse battery', code: nextCode(user) }
    assert.equal((await post('/auth/password', change, user.token)).status, 200)
    assert.equal((await use({ ...user, password: change.new_password }, second)).status, 200)
  })

  test('and secrets are not in the database as they are', async () => {
    await subject.restart({ LATCHKEY_SECRET: 'a secret for the test of second factors' })
    const user = await newTotpUser()
    const ticket = await ticketOf(user)
    const { store } = subject.service.ports
    const rows = JSON.stringify([
      await store.selectFrom('totp').selectAll().execute(),
      await store.selectFrom('recovery_code').selectAll().execute(),
      await store.selectFrom('login_ticket').selectAll().execute(),
    ])
    for (const secret of [user.secret, ticket, ...user.recovery_codes]) {
      assert.ok(!rows.includes(secret) && !rows.includes(secret.replaceAll('-', '')))
    }
    assert.equal((await post('/auth/login/totp', { ticket, code: nextCode(user) })).status, 200)
    // A sealed secret does not open in the row of another user.
    const other = await newTotpUser()
    const idOf = async (token: string) => (await subject.call('GET', '/auth/user', { token })).json.public_id
    const [mine, theirs] = [await idOf(user.token), await idOf(other.token)]
    const sealed = await store.selectFrom('totp').select('secret').where('user_id', '=', theirs).executeTakeFirst()
    await store
      .updateTable('totp')
      .set({ secret: sealed?.secret ?? null })
      .where('user_id', '=', mine)
      .execute()
    const swapped = await post('/auth/login/totp', { ticket: await ticketOf(user), code: nextCode(other) })
    assertFails(swapped, 503, 'Logins are temporarily unavailable')
  })
})

onEachService(
  'with a limit, second factors',
  (subject) => {
    const { post, nextCode, newTotpUser, ticketOf } = factorsOf(subject)

    test('count wrong codes as failed logins, with any number of tickets', async () => {
      const user = await newTotpUser()
      const tickets = [await ticketOf(user), await ticketOf(user), await ticketOf(user)]
      const statuses = []
      for (const ticket of [...tickets, ...tickets]) {
        statuses.push((await post('/auth/login/totp', { ticket, code: wrongCode(user.secret, subject.now) })).status)
      }
      assert.deepEqual(statuses, [401, 401, 401, 429, 429, 429])
      assert.equal((await post('/auth/login/totp', { ticket: tickets[0], code: nextCode(user) })).status, 429)
      assert.equal((await post('/auth/login', user)).status, 429)
    })

    test('count wrong codes of fresh requests and of a confirmation, and wrong recovery codes', async () => {
      const guesses: ((user: Awaited<ReturnType<typeof newTotpUser>>, ticket: string) => ReturnType<typeof post>)[] = [
        (user) => post('/auth/totp', { code: wrongCode(user.secret, subject.now) }, user.token),
        (user) => subject.call('DELETE', '/auth/user', { token: user.token, json: { code: 'no such code' } }),
        (user) => post('/auth/totp/confirm', { code: '000000' }, user.token),
        (_user, ticket) => post('/auth/login/recovery-code', { ticket, code: 'no such code' }),
      ]
      for (const guess of guesses) {
        const user = await newTotpUser()
        const ticket = await ticketOf(user)
        const statuses = []
        for (let i = 0; i < 4; i++) statuses.push((await guess(user, ticket)).status)
        assert.deepEqual(statuses, [401, 401, 401, 429])
        assert.equal((await post('/auth/login', user)).status, 429)
      }
    })
  },
  { LOGIN_LIMIT_ACCOUNT: '3' },
)

onEachService(
  'with a limit of the address, tickets',
  (subject) => {
    const { post } = factorsOf(subject)
    test('that do not exist count as failed logins', async () => {
      const statuses = []
      for (let i = 0; i < 4; i++)
        statuses.push((await post('/auth/login/totp', { ticket: `no ticket ${i}`, code: '1' })).status)
      assert.deepEqual(statuses, [401, 401, 401, 429])
    })
  },
  { LOGIN_LIMIT_ADDRESS: '3' },
)

onEachService('on another node of the fleet, a second factor', (subject) => {
  const { post, logIn, nextCode, newTotpUser } = factorsOf(subject)
  test('finishes a login of the first node, once, and the first node shows changes at once', async (t) => {
    if (subject.kind !== 'postgres') return t.skip('SQLite has one node')
    const other = await startTestService(subject.database, {}, () => subject.now)
    t.after(other.stop)
    const user = await newTotpUser()
    const elsewhere = (path: string, json: object, token?: string) =>
      other.call('POST', path, { json, ...(token !== undefined && { token }) })
    const { ticket } = (await logIn(user)).json
    const code = nextCode(user)
    assert.equal((await elsewhere('/auth/login/totp', { ticket, code })).status, 200)
    const again = (await logIn(user)).json.ticket
    assertFails(await post('/auth/login/totp', { ticket: again, code }), 401, wrong)
    const { token } = user
    const shown = async () => (await other.call('GET', '/auth/user', { token })).json.factors
    assert.deepEqual(await shown(), ['totp'])
    assert.equal((await subject.call('DELETE', '/auth/totp', { token, json: { code: nextCode(user) } })).status, 200)
    assert.deepEqual(await shown(), [])
  })
})

onEachService('the operator’s reset of factors', (subject) => {
  const { post, logIn, newTotpUser, ticketOf } = factorsOf(subject)
  test('leaves the password alone, and ends tokens, tickets and recovery codes', async () => {
    const user = await newTotpUser()
    const ticket = await ticketOf(user)
    const { public_id } = (await subject.call('GET', '/auth/user', user)).json
    assert.equal((await resetFactors(subject.service.ports, public_id)).tokens, 1)
    assertUnauthorized(await subject.call('GET', '/auth/user', user), 'revoked')
    assertFails(await post('/auth/login/recovery-code', { ticket, code: user.recovery_codes[0] }), 401, expired)
    const { access_token: token } = (await logIn(user)).json
    assert.deepEqual((await subject.call('GET', '/auth/user', { token })).json.factors, [])
  })
})

onEachService('whatever is entered for a code or a ticket', (subject) => {
  const { post, newTotpUser, ticketOf } = factorsOf(subject)
  test('is a wrong one, or invalid input', async () => {
    const user = await newTotpUser()
    const wrongs = [' ', '\0', 'é', '１２３４５６', '-1', '1e5', '0'.repeat(60_000), '123456\0', 'x'.repeat(24)]
    for (const path of ['/auth/login/totp', '/auth/login/recovery-code']) {
      for (const code of wrongs) assertFails(await post(path, { ticket: await ticketOf(user), code }), 401, wrong)
      for (const code of ['', 123456, {}, [], true, null])
        assertInvalid(await post(path, { ticket: 'x', code }), ['code'])
      for (const ticket of ['', 7, {}, null]) assertInvalid(await post(path, { ticket, code: 'x' }), ['ticket'])
    }
    for (const code of wrongs) assertFails(await post('/auth/totp', { code }, user.token), 401, mismatch)
    for (const code of ['', 123456, {}, []]) assertInvalid(await post('/auth/totp', { code }, user.token), ['code'])
  })
})
