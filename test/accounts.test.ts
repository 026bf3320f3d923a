import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { onEachDatabase, type TestDatabase } from './databases.ts'
import { startTestService, type TestService } from './service.ts'

onEachDatabase('accounts', (create) => {
  let database: TestDatabase
  let service: TestService
  before(async () => {
    database = await create()
    service = await startTestService(database)
  })
  after(async () => {
    await service.stop()
    await database.remove()
  })

  test('a token works until it is taken back', async () => {
    const token = await service.register()
    const me = await service.call('GET', '/auth/user', { token })
    assert.equal(me.status, 200)
    assert.equal(me.json.email, 'user@example.com')
    assert.equal((await service.call('POST', '/auth/logout', { token })).status, 200)
    const refused = await service.call('GET', '/auth/user', { token })
    assert.equal(refused.status, 401)
    assert.equal(refused.json.message, 'Token blacklisted. Please log in again.')
  })

  test('an administrator adds a widget', async () => {
    const token = await service.admin({ email: 'admin@example.com' })
    const widget = { name: 'first', info_url: 'https://example.com', deadline: '2999-12-31' }
    const added = await service.call('POST', '/widgets', { token, json: widget })
    assert.equal(added.status, 201)
    assert.equal((await service.call('GET', '/widgets/first', { token })).json.deadline, '2999-12-31T23:59:59.999Z')
  })
})
