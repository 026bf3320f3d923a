// The wrong clock of one process undoes no revocation. The process is a server or a command, on either database.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeJwt } from 'jose'
import { createPruner } from '../../src/operation/housekeeping.ts'
import { deleteExpiredTokens } from '../../src/tokens/records.ts'
import { onEachDatabase, open } from '../support/databases.ts'
import { startTestService, type TestService } from '../support/service.ts'

const ahead_ms = 130 * 60_000
const check = async (service: TestService, token: string) =>
  (await service.call('GET', '/auth/check', { token })).status

onEachDatabase('a clock that was ahead for a while', (create, kind) => {
  test('revives no revoked token, and every live token can still be ended', async (t) => {
    const { database, undo } = await open(t, create)
    const right = await startTestService(database)
    const [single, live] = [await right.register(), await right.logIn()]
    const other = { email: 'other@example.com' }
    const all = await right.register(other)
    assert.equal((await right.call('POST', '/auth/logout', { token: single })).status, 200)
    assert.equal((await right.call('DELETE', '/tokens', { token: all })).status, 200)
    await right.stop()

    const wrong = await startTestService(database, {}, () => Date.now() + ahead_ms)
    await createPruner(wrong.ports)()
    await wrong.stop()

    const service = await startTestService(database)
    undo.push(service.stop)
    assert.deepEqual([await check(service, single), await check(service, all)], [401, 401])
    // A fleet has a second clock, the database's, which was right. With one clock, tokens end too early.
    assert.equal(await check(service, live), kind === 'postgres' ? 204 : 401)
    const later = await service.logIn()
    assert.equal(await check(service, later), 204, 'a new token is live')
    assert.equal((await service.call('DELETE', '/tokens', { token: later })).status, 200)
    assert.deepEqual([await check(service, later), await check(service, live)], [401, 401])
  })

  test('does not make a token unknown to a revocation', async (t) => {
    const { database, undo } = await open(t, create)
    const service = await startTestService(database)
    undo.push(service.stop)
    const [token, other] = [await service.register(), await service.logIn()]
    const wrong = await startTestService(database, {}, () => Date.now() + ahead_ms)
    undo.push(wrong.stop)
    await createPruner(wrong.ports)()
    const ended = await service.call('DELETE', `/tokens/${decodeJwt(other).jti}`, { token })
    assert.ok([200, 401].includes(ended.status), ended.text)
    assert.equal(await check(service, other), 401)
  })

  test('deletes nothing by a horizon that the log has lost, as after a restore by hand', async (t) => {
    const { database, undo } = await open(t, create)
    let now = Date.now() - 120 * 86_400_000
    const service = await startTestService(database, {}, () => now)
    undo.push(service.stop)
    const prune = createPruner(service.ports)
    await service.register()
    now += 7_200_000
    await prune()
    const { store } = service.ports
    const count = async (table: 'token' | 'revocation') => (await store.selectFrom(table).selectAll().execute()).length
    assert.equal(await count('token'), 0)
    // The rows of a backup come back, and the log does not have the horizon.
    await store.deleteFrom('revocation').execute()
    now -= 7_200_000
    await service.logIn()
    await service.call('DELETE', '/tokens', { token: await service.logIn() })
    now += 7_200_000
    await service.ports.revocation.trim(now)
    assert.equal(await deleteExpiredTokens(store, now, 100), 0)
    assert.deepEqual([await count('token'), await count('revocation')], [2, 1])
  })

  if (kind === 'postgres') {
    test('deletes no count of failed logins, no known address and no retired key of a fleet', async (t) => {
      const { database, undo } = await open(t, create)
      const service = await startTestService(database, { LOGIN_LIMIT_ACCOUNT: '3' })
      undo.push(service.stop)
      const token = await service.register()
      const fail = () =>
        service.call('POST', '/auth/login', { json: { email: 'user@example.com', password: 'wrong horse' } })
      for (let i = 0; i < 3; i++) await fail()
      assert.equal((await fail()).status, 429)
      const { keys } = service.ports
      const wrong = await startTestService(database, { TOKEN_ALG: 'EdDSA' }, () => Date.now() + 200 * 86_400_000)
      undo.push(wrong.stop)
      await createPruner(wrong.ports)()
      await keys.reload()
      assert.equal((await fail()).status, 429)
      assert.equal(await check(service, token), 204, 'the key that was retired still verifies its tokens')
      const known = await service.ports.store.selectFrom('known_address').selectAll().execute()
      assert.equal(known.length, 1)
    })
  }
})
