import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changeUser, deleteUser } from '../../src/accounts/change-account.ts'
import { findUser } from '../../src/accounts/records.ts'
import { prepareToken, writeToken } from '../../src/tokens/issue.ts'
import { assertFails, assertForbidden, assertInvalid, assertRevoked, assertUnauthorized } from './refusals.ts'
import { type Holder, noon, onEachService } from './suite.ts'

const unknown = '00000000-0000-4000-8000-000000000000'

onEachService('administrators, of accounts,', (subject) => {
  const call = (admin: Holder, method: string, path: string, json?: object) =>
    subject.call(method, `/admin/users${path}`, { token: admin.token, ...(json && { json }) })
  const idOf = async ({ token }: Holder) =>
    (await subject.call('GET', '/auth/user', { token })).json.public_id as string
  const logIn = ({ email, password }: Holder) => subject.call('POST', '/auth/login', { json: { email, password } })
  const status = async (token: string) => (await subject.call('GET', '/auth/user', { token })).status

  test('see each one, and find it by the beginning of address, username or id', async () => {
    const admin = await subject.newAdmin()
    const user = await subject.newUser({ username: 'zoe-1' })
    const id = await idOf(user)
    const expected = {
      public_id: id,
      email: user.email,
      username: 'zoe-1',
      admin: false,
      disabled: false,
      disabled_at: null,
      disabled_until: null,
      created_at: '2030-06-15T12:00:00.000Z',
      email_verified: false,
      factors: [],
    }
    const { last_login_at, ...one } = (await call(admin, 'GET', `/${id}`)).json
    assert.deepEqual(one, expected)
    for (const query of ['zoe', ' ZOE-1 ', id.slice(0, 13), user.email.toUpperCase(), user.email.slice(0, -4)]) {
      const { json, status: code } = await call(admin, 'GET', `?query=${encodeURIComponent(query)}`)
      assert.equal(code, 200)
      assert.deepEqual(
        json.items.map(({ public_id }: { public_id: string }) => public_id),
        [id],
        query,
      )
      assert.equal(json.total_items, 1)
    }
    for (const query of ['oe-1', '%', '_', "'", 'zoe-1x', encodeURIComponent(' zoe 1')]) {
      assert.equal((await call(admin, 'GET', `?query=${encodeURIComponent(query)}`)).json.total_items, 0, query)
    }
    for (const query of ['%00', 'a%0ab', 'x'.repeat(255)])
      assertInvalid(await call(admin, 'GET', `?query=${query}`), ['query'])
    for (const path of [`/${unknown}`, '/nothing', '/%00', `/${id.toUpperCase()}`]) {
      assertFails(await call(admin, 'GET', path), 404, 'There is no such user')
    }
  })

  test('get pages in each order', async () => {
    const admin = await subject.newAdmin()
    for (let i = 0; i < 7; i++) {
      subject.now += 1000
      await subject.newUser({ username: `page-${i}` })
    }
    const names = async (query: string) => {
      const { json } = await call(admin, 'GET', `?query=page-&per_page=5${query}`)
      return json.items.map(({ username }: { username: string }) => username.slice(5)).join('')
    }
    assert.deepEqual(
      [
        await names(''),
        await names('&page=2'),
        await names('&sort=-created_at'),
        await names('&sort=-created_at&page=2'),
      ],
      ['01234', '56', '65432', '10'],
    )
    const logins = await call(admin, 'GET', '?query=page-&sort=-last_login_at&per_page=5')
    assert.equal(logins.json.items.length, 5)
    const link = logins.json.links.next
    assert.equal(link, '/api/v1/admin/users?page=2&per_page=5&query=page-&sort=-last_login_at')
    assert.match(String(logins.headers.link), /rel="next"/)
    assert.equal(logins.headers['total-count'], '7')
    const { json } = await call(admin, 'GET', '?sort=email&per_page=100')
    const emails = json.items.map(({ email }: { email: string }) => email)
    assert.deepEqual(emails, emails.toSorted())
    for (const sort of ['password_hash', '+email', '', 'email,id'])
      assertInvalid(await call(admin, 'GET', `?sort=${sort}`), ['sort'])
    assertInvalid(await call(admin, 'GET', '?page=0&per_page=7'), ['page', 'per_page'])
    subject.now = noon
  })

  test('add some, who may log in', async () => {
    const admin = await subject.newAdmin()
    const input = { email: ' New@Example.com', password: 'correct horse battery', username: 'new-one', admin: true }
    const answer = await call(admin, 'POST', '', input)
    const { user, ...rest } = answer.json
    assert.deepEqual([answer.status, rest], [201, { status: 'success', message: 'the account has been created' }])
    assert.equal(answer.headers.location, `/api/v1/admin/users/${user.public_id}`)
    assert.deepEqual([user.email, user.admin, user.last_login_at], ['new@example.com', true, null])
    assert.equal((await logIn({ ...input, email: user.email, token: '' })).status, 200)
    assertFails(await call(admin, 'POST', '', input), 409, 'new@example.com is already registered')
    assertInvalid(await call(admin, 'POST', '', { email: 'x', password: 'y', username: 'Z', admin: 1 }), [
      'email',
      'password',
      'username',
      'admin',
    ])
  })

  test('disable, for ever or until a time, and enable', async () => {
    subject.now = noon
    const admin = await subject.newAdmin()
    const user = await subject.newUser()
    const id = await idOf(user)
    const disabled = await call(admin, 'PATCH', `/${id}`, { disabled: true })
    const { user: shown, ...rest } = disabled.json
    assertRevoked({ ...disabled, json: rest }, 'the account has been changed')
    assert.deepEqual(
      [shown.disabled, shown.disabled_at, shown.disabled_until],
      [true, '2030-06-15T12:00:00.000Z', null],
    )
    assertUnauthorized(await subject.call('GET', '/auth/user', user), 'revoked')
    assertFails(await logIn(user), 401, 'email or password does not match')
    assert.equal((await call(admin, 'PATCH', `/${id}`, { disabled: false })).json.user.disabled, false)
    const second = await logIn(user)
    assert.equal(second.status, 200)

    const until = await call(admin, 'PATCH', `/${id}`, { disabled_until: '2030-06-15T14:05:00+02:00' })
    assert.equal(until.json.user.disabled_until, '2030-06-15T12:05:00.000Z')
    assert.equal(await status(second.json.access_token), 401)
    subject.now = noon + 299_999
    assert.equal((await logIn(user)).status, 401)
    subject.now = noon + 300_000
    assert.equal((await logIn(user)).status, 200)
    const { disabled: still, disabled_at, disabled_until } = (await call(admin, 'GET', `/${id}`)).json
    assert.deepEqual([still, disabled_at, disabled_until], [false, null, null])
    for (const wrong of ['2030-06-15T12:00:00Z', '2031-01-01', 'tomorrow', '2031-02-30T25:00:00Z', 5]) {
      assertInvalid(await call(admin, 'PATCH', `/${id}`, { disabled_until: wrong }), ['disabled_until'])
    }
    assertInvalid(await call(admin, 'PATCH', `/${id}`, { disabled: false, disabled_until: '2031-01-01T00:00:00Z' }), [
      'disabled_until',
    ])
    assertInvalid(await call(admin, 'PATCH', `/${id}`, { disabled: 'yes', admin: 'no' }), ['disabled', 'admin'])
    assertFails(await call(admin, 'PATCH', `/${unknown}`, { disabled: true }), 404, 'There is no such user')
    subject.now = noon
  })

  test('give rights from the next login on, and take them with every token', async () => {
    const admin = await subject.newAdmin()
    const user = await subject.newUser()
    const id = await idOf(user)
    const promoted = await call(admin, 'PATCH', `/${id}`, { admin: true })
    assert.deepEqual([promoted.status, promoted.json.user.admin, promoted.json.effective], [200, true, undefined])
    assertForbidden(await call(user, 'GET', ''))
    const { access_token } = (await logIn(user)).json
    assert.equal((await subject.call('GET', '/admin/users', { token: access_token })).status, 200)
    assert.equal((await call(admin, 'PATCH', `/${id}`, { admin: false })).json.user.admin, false)
    assertUnauthorized(await subject.call('GET', '/admin/users', { token: access_token }), 'revoked', 'admin_users')
    const again = (await logIn(user)).json.access_token
    // Nothing changes, so no token ends.
    assert.equal((await call(admin, 'PATCH', `/${id}`, { admin: false })).status, 200)
    assert.equal((await call(admin, 'PATCH', `/${id}`, {})).status, 200)
    assert.equal(await status(again), 200)
  })

  test('end the tokens of a user, one or all', async () => {
    const admin = await subject.newAdmin()
    const user = await subject.newUser()
    const id = await idOf(user)
    await logIn(user)
    const list = await call(admin, 'GET', `/${id}/tokens`)
    const own = (await subject.call('GET', '/tokens', user)).json
    assert.deepEqual(
      list.json.tokens.map(({ id: jti, current }: { id: string; current: boolean }) => [jti, current]),
      own.tokens.map(({ id: jti }: { id: string }) => [jti, false]),
    )
    assert.equal(list.json.links.self, `/api/v1/admin/users/${id}/tokens?page=1&per_page=100`)
    const [first, second] = own.tokens
    const { json: foreign } = await subject.call('GET', '/tokens', admin)
    assertFails(await call(admin, 'DELETE', `/${id}/tokens/${foreign.tokens[0].id}`), 404, '404 token not found')
    assertRevoked(await call(admin, 'DELETE', `/${id}/tokens/${second.id}`), 'the token has been deleted')
    assertFails(await call(admin, 'DELETE', `/${id}/tokens/${second.id}`), 404, '404 token not found')
    assert.equal(await status(user.token), 200)
    assertRevoked(await call(admin, 'DELETE', `/${id}/tokens`), 'every token of the account has been deleted')
    assert.equal(await status(user.token), 401)
    assertFails(await call(admin, 'DELETE', `/${id}/tokens/${first.id}`), 404, '404 token not found')
    for (const method of ['GET', 'DELETE']) {
      assertFails(await call(admin, method, `/${unknown}/tokens`), 404, 'There is no such user')
    }
  })

  test('delete one', async () => {
    const admin = await subject.newAdmin()
    const user = await subject.newUser()
    const id = await idOf(user)
    assertRevoked(await call(admin, 'DELETE', `/${id}`), 'the account has been deleted')
    assert.equal(await status(user.token), 401)
    assertFails(await call(admin, 'DELETE', `/${id}`), 404, 'There is no such user')
    assert.equal((await logIn(user)).status, 401)
  })
})

onEachService('a change of rights', (subject) => {
  test('beside a promotion and a login leaves no token with the rights that it takes', async () => {
    const { ports } = subject.service
    await subject.newAdmin()
    const user = await subject.newUser()
    const id = (await subject.call('GET', '/auth/user', user)).json.public_id as string
    const client = { ip: '192.0.2.1', network: '192.0.2.1', user_agent: undefined }
    const token = await prepareToken(ports, { id, admin: true, generation: 0 }, client)
    // The promotion and the login hold the account's row when the change begins.
    const changing = await ports.store.transaction().execute(async (trx) => {
      await trx.updateTable('user').set({ admin: 1 }).where('id', '=', id).execute()
      const started = changeUser(ports, id, { admin: false })
      // What the change reads without the lock, it has read when later reads are answered.
      for (let i = 0; i < 20; i++) await findUser(ports.store, { id })
      await writeToken(trx, token)
      return { started }
    })
    await changing.started
    const { admin } = (await findUser(ports.store, { id })) as { admin: 0 | 1 }
    const { status } = await subject.call('GET', '/auth/user', { token: token.access_token })
    assert.deepEqual([admin, status], [0, 401])
  })

  test('of an account that is deleted at the same moment leaves no row of the audit trail', async () => {
    const [admin, user] = [await subject.newAdmin(), await subject.newUser()]
    const id = (await subject.call('GET', '/auth/user', user)).json.public_id as string
    await deleteUser(subject.service.ports, id)
    await assert.rejects(changeUser(subject.service.ports, id, { admin: true }), { code: 'user_not_found' })
    const { items } = (await subject.call('GET', `/admin/audit?subject=${id}&action=account.changed`, admin)).json
    assert.deepEqual(items, [])
  })
})

onEachService('the last administrator', (subject) => {
  const last = 'the last administrator'
  const idOf = async ({ token }: Holder) =>
    (await subject.call('GET', '/auth/user', { token })).json.public_id as string
  const patch = (admin: Holder, id: string, json: object) =>
    subject.call('PATCH', `/admin/users/${id}`, { token: admin.token, json })

  test('can be neither demoted, disabled nor deleted, and keeps the token', async () => {
    const admin = await subject.newAdmin()
    const id = await idOf(admin)
    for (const change of [{ admin: false }, { disabled: true }, { disabled_until: '2031-01-01T00:00:00Z' }]) {
      assertFails(await patch(admin, id, change), 409, last)
    }
    assertFails(await subject.call('DELETE', `/admin/users/${id}`, admin), 409, last)
    const { token, password } = admin
    assertFails(await subject.call('DELETE', '/auth/user', { token, json: { password } }), 409, last)
    assert.equal((await subject.call('GET', '/admin/users', admin)).status, 200)
    // One who is disabled does not count, until the end of this.
    const other = await subject.newAdmin()
    const otherId = await idOf(other)
    assert.equal((await patch(admin, otherId, { disabled_until: '2030-06-15T12:10:00Z' })).status, 200)
    assertFails(await patch(admin, id, { admin: false }), 409, last)
    subject.now = noon + 600_000
    assert.equal((await patch(admin, id, { admin: false })).status, 200)
    const { json } = await subject.call('POST', '/auth/login', {
      json: { email: other.email, password: other.password },
    })
    assertFails(await patch({ ...other, token: json.access_token }, otherId, { admin: false }), 409, last)
    assert.equal((await patch({ ...other, token: json.access_token }, id, { admin: true })).status, 200)
    subject.now = noon
  })

  test('is left when the last two demote, disable or delete each other at the same moment', async () => {
    const { store } = subject.service.ports
    const others = (ids: string[]) => store.updateTable('user').set({ admin: 0 }).where('id', 'not in', ids).execute()
    for (const change of [{ admin: false }, { disabled: true }, undefined, { admin: false }]) {
      const [first, second] = [await subject.newAdmin(), await subject.newAdmin()]
      const ids = [await idOf(first), await idOf(second)]
      await others(ids)
      const act = (by: Holder, id: string) =>
        change ? patch(by, id, change) : subject.call('DELETE', `/admin/users/${id}`, by)
      const answers = await Promise.all([act(first, ids[1] as string), act(second, ids[0] as string)])
      const statuses = answers.map(({ status }) => status)
      assert.ok(statuses.includes(200) && statuses.some((status) => status === 409 || status === 401), String(statuses))
      const left = await store
        .selectFrom('user')
        .select('id')
        .where('admin', '=', 1)
        .where('disabled_at', 'is', null)
        .execute()
      assert.equal(left.length, 1)
    }
  })
})
