// All tokens of an account end by one entry of the log, however many there are.

import assert from 'node:assert/strict'
import { randomUUIDv7 } from 'node:crypto'
import { test } from 'node:test'
import { decodeJwt } from 'jose'
import { sql } from 'kysely'
import { changePassword, demoteUser, disableUser } from '../../src/accounts/change-account.ts'
import { revokeAllTokens } from '../../src/tokens/revoke.ts'
import { onEachDatabase, open } from '../support/databases.ts'
import { startTestService, type TestService } from '../support/service.ts'

const many = 50_000
/** Rows in one statement. A statement has to be answered in time. */
const batch = 10_000
const unlimited = { TOKEN_LIMIT_ACCOUNT: '0' }

/** Gives the account of a token many more live tokens. */
async function addTokens({ ports }: TestService, token: string): Promise<void> {
  const { sub = '', exp = 0 } = decodeJwt(token)
  for (let first = 1; first <= many; first += batch) {
    await sql`
      with recursive number (n) as (select 1 union all select n + 1 from number where n < ${batch})
      insert into token (jti, user_id, kid, description, ip, issued_at, expires_at)
      select ${randomUUIDv7()} || n, ${sub}, 'k', 'many', '::1', n, ${exp * 1000} from number`.execute(ports.store)
  }
}

const check = async (service: TestService, token: string) =>
  (await service.call('GET', '/auth/check', { token })).status

onEachDatabase('an account with very many tokens', (create) => {
  test('loses all of them by one entry in the log, and gets tokens of the next generation', async (t) => {
    const { database, undo } = await open(t, create)
    const service = await startTestService(database, unlimited)
    undo.push(service.stop)
    const [mine, other] = [await service.register(), await service.register({ email: 'other@example.com' })]
    const second = await service.logIn()
    await addTokens(service, mine)
    assert.equal((await service.call('DELETE', '/tokens', { token: mine })).status, 200)
    const log = await service.ports.store.selectFrom('revocation').select(['jti', 'below_generation']).execute()
    assert.deepEqual(
      log.map(({ jti, below_generation }) => [jti, below_generation]),
      [[decodeJwt(mine).sub, 1]],
    )
    assert.deepEqual(await Promise.all([mine, second, other].map((token) => check(service, token))), [401, 401, 204])
    const later = await service.logIn()
    assert.deepEqual([decodeJwt(later).gen, await check(service, later)], [1, 204])
    const { tokens } = (await service.call('GET', '/tokens', { token: later })).json
    assert.deepEqual(
      tokens.map(({ id }: { id: string }) => id),
      [decodeJwt(later).jti],
    )
    const ended = await service.call('DELETE', `/tokens/${decodeJwt(second).jti}`, { token: later })
    assert.equal(ended.status, 404, 'a token of an earlier generation cannot be ended again')
  })

  for (const [what, act] of [
    ['is disabled', ({ ports }: TestService, id: string) => disableUser(ports, id)],
    ['is demoted', ({ ports }: TestService, id: string) => demoteUser(ports, id)],
    ['gets another password', ({ ports }: TestService, id: string) => changePassword(ports, id, 'another password')],
    ['is logged out by the operator', ({ ports }: TestService, id: string) => revokeAllTokens(ports, id, 'a test')],
  ] as const) {
    test(`${what}, and the number of its tokens is told`, async (t) => {
      const { database, undo } = await open(t, create)
      const service = await startTestService(database, unlimited)
      undo.push(service.stop)
      const token = await service.register()
      await addTokens(service, token)
      const id = decodeJwt(token).sub as string
      assert.equal((await act(service, id)).tokens, many + 1)
      assert.equal(await check(service, token), 401)
      assert.equal((await act(service, id)).tokens, 0)
    })
  }

  test('keeps its other tokens revoked after a restart, and if the account is revoked several times', async (t) => {
    const { database, undo } = await open(t, create)
    const first = await startTestService(database)
    const old = await first.register()
    assert.equal((await first.call('DELETE', '/tokens', { token: old })).status, 200)
    const middle = await first.logIn()
    assert.equal((await first.call('DELETE', '/tokens', { token: middle })).status, 200)
    const live = await first.logIn()
    await first.stop()
    const second = await startTestService(database)
    undo.push(second.stop)
    assert.deepEqual(await Promise.all([old, middle, live].map((token) => check(second, token))), [401, 401, 204])
  })
})

onEachDatabase('an account whose row has gone back, as after a restore', (create) => {
  /** A user in generation 2 with a live token, whose row then says less. */
  async function goBack(service: TestService, row: { generation: number; tokens_expire_at: number }) {
    await service.register()
    for (let i = 0; i < 2; i++) {
      assert.equal((await service.call('DELETE', '/tokens', { token: await service.logIn() })).status, 200)
    }
    const token = await service.logIn()
    await service.ports.store.updateTable('user').set(row).execute()
    return token
  }

  for (const [what, row] of [
    ['an earlier generation', { generation: 0, tokens_expire_at: 9e12 }],
    ['an earlier expiry', { generation: 2, tokens_expire_at: 1 }],
    ['both', { generation: 0, tokens_expire_at: 0 }],
  ] as const) {
    test(`loses every token by DELETE /tokens with ${what}, and gets a live token by a login`, async (t) => {
      const { database, undo } = await open(t, create)
      const service = await startTestService(database)
      undo.push(service.stop)
      const token = await goBack(service, row)
      const other = await service.logIn()
      assert.equal(await check(service, other), 204, 'a login raises the generation')
      assert.equal((await service.call('DELETE', '/tokens', { token })).status, 200)
      assert.deepEqual([await check(service, token), await check(service, other)], [401, 401])
      assert.equal(await check(service, await service.logIn()), 204)
    })

    test(`loses every token when the operator disables the account, with ${what}`, async (t) => {
      const { database, undo } = await open(t, create)
      const service = await startTestService(database)
      undo.push(service.stop)
      const token = await goBack(service, row)
      await disableUser(service.ports, decodeJwt(token).sub as string)
      assert.equal(await check(service, token), 401)
    })
  }

  test('ends a token that has no row any more by a logout', async (t) => {
    const { database, undo } = await open(t, create)
    const service = await startTestService(database)
    undo.push(service.stop)
    const token = await service.register()
    assert.equal(await check(service, token), 204)
    await service.ports.store.deleteFrom('token').execute()
    assert.equal((await service.call('POST', '/auth/logout', { token })).status, 401)
    assert.equal(await check(service, token), 401)
  })
})

onEachDatabase('an account with TOKEN_LIMIT_ACCOUNT', (create) => {
  const listed = async (service: TestService, token: string) =>
    (await service.call('GET', '/tokens', { token })).json.tokens.length

  test('loses its oldest token by a login above the limit', async (t) => {
    const { database, undo } = await open(t, create)
    const service = await startTestService(database, { TOKEN_LIMIT_ACCOUNT: '3' })
    undo.push(service.stop)
    const tokens = [await service.register(), await service.logIn(), await service.logIn(), await service.logIn()]
    assert.deepEqual(await Promise.all(tokens.map((token) => check(service, token))), [401, 204, 204, 204])
    assert.equal((await service.call('POST', '/auth/logout', { token: tokens[1] as string })).status, 200)
    tokens.push(await service.logIn())
    assert.deepEqual(await Promise.all(tokens.map((token) => check(service, token))), [401, 401, 204, 204, 204])
  })

  test('keeps the token of the last login, even if the clock of another node is ahead', async (t) => {
    const { database, undo } = await open(t, create)
    const limit = { TOKEN_LIMIT_ACCOUNT: '1' }
    const ahead = await startTestService(database, limit, () => Date.now() + 5000)
    undo.push(ahead.stop)
    const service = await startTestService(database, limit)
    undo.push(service.stop)
    const first = await ahead.register()
    const second = await service.logIn()
    assert.deepEqual([await check(service, first), await check(service, second)], [401, 204])
  })

  test('never has more live tokens, even if logins come at once', async (t) => {
    const { database, undo } = await open(t, create)
    const service = await startTestService(database, { TOKEN_LIMIT_ACCOUNT: '4' })
    undo.push(service.stop)
    const tokens = [await service.register()]
    tokens.push(...(await Promise.all(Array.from({ length: 12 }, () => service.logIn()))))
    const statuses = await Promise.all(tokens.map((token) => check(service, token)))
    assert.equal(statuses.filter((status) => status === 204).length, 4)
    assert.equal(await listed(service, tokens[statuses.indexOf(204)] as string), 4)
  })

  test('comes down to a limit that was lowered', async (t) => {
    const { database, undo } = await open(t, create)
    const before = await startTestService(database)
    for (const token of [await before.register(), await before.logIn(), await before.logIn()])
      assert.equal(await check(before, token), 204)
    await before.stop()
    const service = await startTestService(database, { TOKEN_LIMIT_ACCOUNT: '1' })
    undo.push(service.stop)
    const token = await service.logIn()
    assert.equal(await listed(service, token), 1)
  })
})

onEachDatabase('LOGIN_LIMIT_SUCCESS', (create) => {
  test('bounds the successful logins of one account, and of no other', async (t) => {
    const { database, undo } = await open(t, create)
    const service = await startTestService(database, { LOGIN_LIMIT_SUCCESS: '2' })
    undo.push(service.stop)
    await service.register()
    await service.register({ email: 'other@example.com' })
    await service.logIn()
    await service.logIn()
    const json = { email: 'user@example.com', password: 'correct horse battery' }
    const refused = await service.call('POST', '/auth/login', { json })
    assert.deepEqual(
      [refused.status, refused.json.message],
      [429, 'Too many logins of this account. Please try again later.'],
    )
    assert.match(String(refused.headers['retry-after']), /^\d+$/)
    await service.logIn({ email: 'other@example.com' })
  })
})
