// The verifier's refusals of requests are those of the server.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addService } from '../../src/services/add.ts'
import { createVerifier, VerifierError, type VerifierEvent } from '../../src/verifier/verifier.ts'
import { createSqlite, open } from '../support/databases.ts'
import { startTestService } from '../support/service.ts'

async function start(t: Parameters<typeof open>[0], settings: Record<string, string> = {}) {
  const { database, undo } = await open(t, createSqlite)
  const service = await startTestService(database, settings)
  undo.push(service.stop)
  const credentials = await addService(service.ports, { name: 'a shop', may_revoke_users: false })
  assert.ok(credentials)
  const { client_id: clientId, client_secret: clientSecret } = credentials
  const connect = async (onEvent: (event: VerifierEvent) => void = () => {}) => {
    const verifier = createVerifier({ server: service.address, clientId, clientSecret, onEvent })
    undo.push(verifier.close)
    await verifier.ready()
    return verifier
  }
  return { service, connect }
}

test('the status, the headers and the body of a refusal are those of the server', async (t) => {
  const { service, connect } = await start(t, { REALM_DOMAIN: 'example.com' })
  const verifier = await connect()
  const token = await service.register()
  const bearer = `Bearer ${token}`
  const attempts: { values: string[]; admin: boolean }[] = [
    { values: [], admin: false },
    { values: [], admin: true },
    { values: [`${bearer}x`], admin: true },
    { values: [`Basic ${btoa('a:b')}`], admin: false },
    { values: [`Digest username="a", realm="b"`], admin: false },
    { values: [bearer, bearer], admin: false },
    { values: [token, token], admin: false },
    { values: [`Basic ${btoa('a:b')}`, bearer], admin: false },
    { values: [`Basic ${btoa('a:b')}`, token], admin: true },
    { values: [bearer], admin: true },
  ]
  for (const { values, admin } of attempts) {
    const [method, path] = admin ? ['POST', '/widgets'] : ['GET', '/auth/check']
    const expected = await service.call(method, path, { headers: values.flatMap((value) => ['Authorization', value]) })
    const headers = new Headers()
    for (const value of values) headers.append('authorization', value)
    const error = await verifier.verifyRequest({ headers }, { admin }).catch((thrown: unknown) => thrown)
    assert.ok(error instanceof VerifierError)
    const answer = error.getResponse()
    assert.deepEqual(
      [answer.status, answer.headers.get('www-authenticate'), await answer.json()],
      [expected.status, expected.headers['www-authenticate'], expected.json],
      String(values),
    )
  }
})

test('an optional token that is sent twice is refused', async (t) => {
  const { service, connect } = await start(t)
  const verifier = await connect()
  const token = await service.register()
  const headers = new Headers()
  for (let i = 0; i < 2; i++) headers.append('authorization', token)
  await assert.rejects(verifier.verifyRequest({ headers }, { optional: true }), { code: 'token_invalid' })
  assert.equal(await verifier.verifyRequest({ headers: new Headers() }, { optional: true }), null)
})

test('a connection that comes back while the lease runs is told, and faults of the listener are harmless', async (t) => {
  const { service, connect } = await start(t, { LEASE_MS: '4000' })
  const told: string[] = []
  const back = Promise.withResolvers<void>()
  const OriginalSocket = globalThis.WebSocket
  const sockets: WebSocket[] = []
  globalThis.WebSocket = class extends OriginalSocket {
    constructor(...parameters: ConstructorParameters<typeof WebSocket>) {
      super(...parameters)
      sockets.push(this)
    }
  }
  t.after(async () => {
    globalThis.WebSocket = OriginalSocket
  })
  const verifier = await connect(async ({ type }: VerifierEvent) => {
    told.push(type)
    if (type === 'connected' && told.includes('lost')) back.resolve()
    throw new Error('a fault of the listener')
  })
  const token = await service.register()
  sockets[0]?.close()
  await back.promise
  assert.equal(sockets.length, 2)
  await verifier.verify(token)
})

test('a domain that cannot be part of a header is not of a Latchkey server, and no refusal has it', async (t) => {
  const keys = { keys: [] }
  for (const latchkey_realm_domain of ['a\r\nX-Forged: b', 'a"b', '', 'a'.repeat(300), 5]) {
    const metadata = { issuer: 'https://auth.example.com', latchkey_audience: ['a'], latchkey_realm_domain }
    const { promise, resolve } = Promise.withResolvers<VerifierEvent>()
    const verifier = createVerifier({
      server: 'http://127.0.0.1:1',
      clientId: 'a',
      clientSecret: 'b',
      fetch: async (url) => Response.json(String(url).endsWith('jwks.json') ? keys : metadata),
      onEvent: resolve,
    })
    t.after(verifier.close)
    const event = await promise
    assert.match(event.type === 'lost' ? event.why : event.type, /no metadata of Latchkey$/)
    const error = await verifier.verifyRequest({ headers: new Headers() }).catch((thrown: unknown) => thrown)
    assert.ok(error instanceof VerifierError)
    assert.equal(error.getResponse().headers.get('www-authenticate'), 'Bearer realm="registered_users@127.0.0.1"')
  }
})
