import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeProtectedHeader } from 'jose'
import { assertFails, assertInvalid, assertRevoked } from './refusals.ts'
import { type Holder, onEachService } from './suite.ts'

onEachService('administrators, of the service,', (subject) => {
  const call = (admin: Holder, method: string, path: string, json?: object) =>
    subject.call(method, `/admin${path}`, { token: admin.token, ...(json && { json }) })

  test('see the nodes of the fleet', async () => {
    const admin = await subject.newAdmin()
    const { status, json } = await call(admin, 'GET', '/fleet')
    assert.equal(status, 200)
    if (subject.kind === 'sqlite') return assert.deepEqual(json, { nodes: [] })
    assert.equal(json.nodes.length, 1)
    const { name, lease_ms, lag, verifiers, lease_left_ms, joined_at } = json.nodes[0]
    assert.ok(name !== '' && lease_left_ms <= lease_ms && !Number.isNaN(Date.parse(joined_at)))
    assert.deepEqual([lag, verifiers], [0, 0])
  })

  test('see the keys, rotate them, and revoke one with its tokens', async () => {
    const admin = await subject.newAdmin()
    const { keys } = (await call(admin, 'GET', '/keys')).json
    const { kid } = decodeProtectedHeader(admin.token)
    const current = keys.find((key: { current: boolean }) => key.current)
    assert.equal(current.kid, kid)
    const rotated = await call(admin, 'POST', '/keys/rotate')
    const { status, message, ...rotation } = rotated.json
    assert.deepEqual([rotated.status, status, message], [200, 'success', 'the signing key has been rotated'])
    const next = (await call(admin, 'GET', '/keys')).json.keys.find((key: { next: boolean }) => key.next)
    assert.deepEqual([rotation.kid, rotation.signs_from], [next.kid, next.signs_from])
    assert.ok(!JSON.stringify((await call(admin, 'GET', '/keys')).json).includes('"d"'))

    for (const wrong of ['nothing', 'A'.repeat(43), '%00']) {
      assertFails(await call(admin, 'POST', `/keys/${wrong}/revoke`), 404, 'There is no such key')
    }
    assertRevoked(await call(admin, 'POST', `/keys/${kid}/revoke`), 'the signing key has been revoked')
    assert.equal((await call(admin, 'GET', '/keys')).status, 401)
    const { email, password } = admin
    const again = await subject.call('POST', '/auth/login', { json: { email, password } })
    assert.equal(again.status, 200)
    assert.notEqual(decodeProtectedHeader(again.json.access_token).kid, kid)
  })

  test('register services, see them and remove them with their tokens', async () => {
    const admin = await subject.newAdmin()
    const added = await call(admin, 'POST', '/services', { name: 'shop', may: ['revoke-users'] })
    const { status, message, client_id, client_secret, name } = added.json
    assert.deepEqual(
      [added.status, status, message, name, added.headers['cache-control']],
      [201, 'success', 'the service has been registered', 'shop', 'no-store'],
    )
    const { services } = (await call(admin, 'GET', '/services')).json
    assert.deepEqual(
      services.map(({ created_at, ...service }: { created_at: string }) => service),
      [{ client_id, name: 'shop', may: ['revoke-users'], previous_secret_until: null }],
    )
    const basic = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`
    const form = { grant_type: 'client_credentials' }
    const issued = await subject.call('POST', '//oauth/token', { headers: ['Authorization', basic], form })
    assert.equal(issued.status, 200, issued.text)
    const token = issued.json.access_token
    assert.equal((await subject.call('GET', '/auth/check', { token })).status, 204)
    assert.equal((await subject.call('GET', '/tokens', { token })).json.tokens[0].kind, 'service')
    // A service is neither a login nor an administrator.
    for (const [method, path] of [
      ['POST', '/auth/renew'],
      ['POST', '/tokens'],
      ['GET', '/admin/users'],
    ] as const) {
      const json = path === '/tokens' ? { description: 'x' } : {}
      assert.equal((await subject.call(method, path, { token, ...(method === 'POST' && { json }) })).status, 403)
    }

    assertFails(
      await call(admin, 'POST', '/services', { name: 'shop' }),
      409,
      'there is already a service with the name shop',
    )
    assertInvalid(await call(admin, 'POST', '/services', { name: ' x', may: ['all'] }), ['name', 'may'])
    assertInvalid(await call(admin, 'POST', '/services', {}), ['name'])
    assertRevoked(await call(admin, 'DELETE', `/services/${client_id}`), 'the service has been removed')
    assert.equal((await subject.call('GET', '/auth/check', { token })).status, 401)
    for (const id of [client_id, 'nothing', '%00']) {
      assertFails(await call(admin, 'DELETE', `/services/${id}`), 404, 'There is no such service')
    }
  })
})
