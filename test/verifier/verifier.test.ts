// The verifier against a real server, on both databases.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { addService } from '../../src/services/add.ts'
import { removeService } from '../../src/services/remove.ts'
import {
  createVerifier,
  VerifierError,
  type VerifierErrorCode,
  type VerifierOptions,
} from '../../src/verifier/verifier.ts'
import { onEachDatabase, open } from '../support/databases.ts'
import { account, startTestService } from '../support/service.ts'

/** Asserts that the promise rejects with this error. */
async function refuses(promise: Promise<unknown>, code: VerifierErrorCode): Promise<VerifierError> {
  const error = await promise.then(
    () => assert.fail('accepted'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof VerifierError, String(error))
  assert.equal(error.code, code)
  return error
}

onEachDatabase('the verifier', (create) => {
  async function start(t: Parameters<typeof open>[0], settings: Record<string, string> = {}) {
    const { database, undo } = await open(t, create)
    const service = await startTestService(database, settings)
    undo.push(service.stop)
    const credentials = await addService(service.ports, { name: 'a shop', may_revoke_users: false })
    assert.ok(credentials)
    const { client_id: clientId, client_secret: clientSecret } = credentials
    const verifierFor = (options: VerifierOptions = {}) => {
      const verifier = createVerifier({ server: service.address, clientId, clientSecret, ...options })
      undo.push(verifier.close)
      return verifier
    }
    const connect = async (options: VerifierOptions = {}) => {
      const verifier = verifierFor(options)
      await verifier.ready()
      return verifier
    }
    return { database, undo, service, clientId, clientSecret, verifierFor, connect }
  }

  test('accepts a live token, and refuses it when its revocation is answered', async (t) => {
    const { service, connect } = await start(t)
    const verifier = await connect()
    const token = await service.register()
    const { claims } = await verifier.verify(token)
    assert.deepEqual([claims.admin, claims.client_id, claims.iss], [false, 'latchkey', service.address])
    assert.equal(verifier.verifySync(token)?.claims, (await verifier.verify(token)).claims)
    const { json } = await service.call('POST', '/auth/logout', { token })
    assert.equal(json.effective.verifiers, 1)
    assert.equal(verifier.verifySync(token), undefined)
    const error = await refuses(verifier.verify(token), 'token_revoked')
    const answer = await service.call('GET', '/auth/check', { token })
    assert.deepEqual(
      [error.status, error.headers['www-authenticate'], error.toJSON()],
      [answer.status, answer.headers['www-authenticate'], answer.json],
    )
  })

  test('refuses every token of a user, and of a signing key, when the answer is sent', async (t) => {
    const { service, connect } = await start(t)
    const verifier = await connect()
    const [first, second] = [await service.register(), await service.logIn()]
    for (const token of [first, second]) await verifier.verify(token)
    await service.call('DELETE', '/tokens', { token: first })
    for (const token of [first, second]) await refuses(verifier.verify(token), 'token_revoked')
    const third = await service.logIn()
    const { claims } = await verifier.verify(third)
    assert.ok(claims.gen > 0)
  })

  test('says as the server what is wrong with a token', async (t) => {
    const { service, connect } = await start(t)
    const verifier = await connect()
    const token = await service.register()
    const forged = `${token.slice(0, -12)}${token.at(-12) === 'A' ? 'B' : 'A'}${token.slice(-11)}`
    for (const bad of ['x', 'a.b.c', forged]) {
      const error = await refuses(verifier.verify(bad), 'token_invalid')
      const answer = await service.call('GET', '/auth/check', { token: bad })
      assert.deepEqual([error.status, error.headers['www-authenticate']], [401, answer.headers['www-authenticate']])
    }
    await refuses(verifier.verify(''), 'token_missing')
    await refuses(verifier.verify(undefined as unknown as string), 'token_missing')
    const other = await connect({ audience: 'https://elsewhere.example' })
    await refuses(other.verify(token), 'token_invalid')
    const stranger = await connect({ issuer: 'https://elsewhere.example' })
    await refuses(stranger.verify(token), 'token_invalid')
    const demanding = await connect({ requiredClaims: ['scope'] })
    await refuses(demanding.verify(token), 'token_invalid')
  })

  test('refuses the token of an administrator who has to add a second factor, as the server does', async (t) => {
    const { service, connect, clientId, clientSecret } = await start(t, { ADMIN_FACTOR: 'required' })
    const verifier = await connect()
    const token = await service.admin()
    const answer = await service.call('GET', '/auth/check', { token })
    assert.equal(answer.status, 403)
    for (const _ of ['the first sight', 'a remembered one']) {
      const { status, message } = await refuses(verifier.verify(token), 'insufficient_scope')
      assert.deepEqual([status, message], [answer.status, answer.json.message])
      assert.equal(verifier.verifySync(token), undefined)
    }
    const form = { token, client_id: clientId, client_secret: clientSecret }
    assert.deepEqual((await service.call('POST', '//oauth/introspect', { form })).json, { active: false })
    // The server still knows the token.
    assert.equal((await service.call('POST', '/auth/totp', { token, json: account })).status, 201)
  })

  test('reads requests of the Fetch API, and demands rights', async (t) => {
    const { service, connect } = await start(t)
    const verifier = await connect()
    const token = await service.register()
    const request = (authorization?: string) =>
      new Request('http://shop.example', authorization === undefined ? {} : { headers: { authorization } })
    assert.equal((await verifier.verifyRequest(request(`Bearer ${token}`))).admin, false)
    assert.equal(await verifier.verifyRequest(request(), { optional: true }), null)
    await refuses(verifier.verifyRequest(request()), 'token_missing')
    await refuses(verifier.verifyRequest(request('Bearer x'), { optional: true }), 'token_invalid')
    const error = await refuses(
      verifier.verifyRequest(request(`Bearer ${token}`), { admin: true }),
      'insufficient_scope',
    )
    assert.equal(error.status, 403)
    const admin = await service.admin({ email: 'admin@example.com' })
    assert.equal((await verifier.verifyRequest(request(`bearer ${admin}`), { admin: true })).admin, true)
  })

  test('refuses the token of an account that must add a second factor first', async (t) => {
    const { service, connect } = await start(t, { USER_FACTOR: 'required' })
    const verifier = await connect()
    const token = await service.register()
    const answer = await service.call('GET', '/auth/check', { token })
    // The second time, the token was seen before.
    for (let i = 0; i < 2; i++) {
      const error = await refuses(verifier.verify(token), 'insufficient_scope')
      assert.deepEqual(
        [error.status, error.headers['www-authenticate'], error.toJSON()],
        [answer.status, answer.headers['www-authenticate'], answer.json],
      )
    }
    const request = new Request('http://shop.example', { headers: { authorization: `Bearer ${token}` } })
    await refuses(verifier.verifyRequest(request, { optional: true }), 'insufficient_scope')
    // Without a lease, the answer is the same.
    await verifier.close()
    const { status } = await refuses(verifier.verify(token), 'insufficient_scope')
    assert.equal(status, 403)
  })

  test('asks the server while no lease runs, or refuses', async (t) => {
    const { service, verifierFor } = await start(t, { LEASE_MS: '1000' })
    const [token, dead] = [await service.register(), await service.logIn()]
    await service.call('POST', '/auth/logout', { token: dead })
    const asking = verifierFor()
    const refusing = verifierFor({ onStale: 'refuse' })
    await Promise.all([asking.ready(), refusing.ready()])
    // A lease that is gone stands for every way to lose one.
    await asking.close()
    await refusing.close()
    assert.equal(asking.verifySync(token), undefined)
    assert.equal((await asking.verify(token)).claims.admin, false)
    const { asked } = asking.stats()
    assert.equal(asked, 1)
    await refuses(asking.verify(dead), 'token_revoked')
    const error = await refuses(refusing.verify(token), 'status_unknown')
    assert.deepEqual([error.status, error.headers['retry-after']], [503, '1'])
    await service.call('POST', '/auth/logout', { token })
    await refuses(asking.verify(token), 'token_revoked')
  })

  test('a closed verifier delays no revocation', async (t) => {
    const { service, connect } = await start(t)
    const verifier = await connect()
    const token = await service.register()
    await verifier.close()
    const { json } = await service.call('POST', '/auth/logout', { token })
    assert.equal(json.effective.verifiers, 0)
    await assert.rejects(verifier.ready(), /closed/)
  })

  test('connects again to a restarted server, and knows what was revoked in between', async (t) => {
    const { database, undo, service, connect } = await start(t)
    const { port } = new URL(service.address)
    const events: string[] = []
    const verifier = await connect({ onEvent: ({ type }) => events.push(type) })
    const [token, other] = [await service.register(), await service.logIn()]
    await verifier.verify(token)
    undo.splice(undo.indexOf(service.stop), 1)
    await service.stop()
    const restarted = await startTestService(database, { PORT: port })
    undo.push(restarted.stop)
    await restarted.call('POST', '/auth/logout', { token })
    await verifier.ready()
    await refuses(verifier.verify(token), 'token_revoked')
    await verifier.verify(other)
    assert.deepEqual([events[0], events.includes('lost'), events.at(-1)], ['connected', true, 'connected'])
  })

  test('a service that is removed loses its verifiers, and a wrong credential is named', async (t) => {
    const { service, clientId, connect, verifierFor } = await start(t)
    const verifier = await connect({ onStale: 'refuse' })
    const token = await service.register()
    await verifier.verify(token)
    await removeService(service.ports, clientId)
    await refuses(verifier.verify(token), 'status_unknown')
    await assert.rejects(verifierFor({ clientSecret: 'wrong' }).ready(), /refuses the credential/)
  })
})

test('a server that does not answer leaves the state unknown, and closing ends the attempts', async (t) => {
  const sockets = new Set<{ destroy: () => void }>()
  const deaf = createServer((socket) => void sockets.add(socket)).listen(0, '127.0.0.1')
  await once(deaf, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    deaf.close()
  })
  const { port } = deaf.address() as { port: number }
  const controller = new AbortController()
  const verifier = createVerifier({
    server: `http://127.0.0.1:${port}`,
    clientId: 'a',
    clientSecret: 'b',
    signal: controller.signal,
  })
  await refuses(verifier.verify('a.b.c'), 'status_unknown')
  const waiting = verifier.ready()
  controller.abort()
  await assert.rejects(waiting, /closed/)
})

test('options that cannot be right are refused, and never shown with the secret', () => {
  const right = { server: 'https://auth.example.com', clientId: 'a', clientSecret: 'top secret' }
  const wrong: [object, RegExp][] = [
    [{ ...right, server: 'ftp://auth.example.com' }, /server/],
    [{ ...right, server: 'https://auth.example.com/?a' }, /server/],
    [{ ...right, clientId: '' }, /clientId/],
    [{ ...right, clientSecret: undefined }, /clientSecret/],
    [{ ...right, onStale: 'accept' }, /onStale/],
    [{ ...right, clockTolerance_s: 601 }, /clockTolerance_s/],
    [{ ...right, clockTolerance_s: Number.NaN }, /clockTolerance_s/],
    [{ ...right, audience: [] }, /audience/],
    [{ ...right, requiredClaims: [1] }, /requiredClaims/],
  ]
  for (const [options, message] of wrong) {
    assert.throws(
      () => createVerifier(options),
      (error: Error) => error instanceof TypeError && message.test(error.message) && !error.message.includes('top'),
    )
  }
})
