// The wall clock of a service jumps. The server is a process of its own, so that only the verifier's clock changes.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { createVerifier, type Verifier } from '../../src/verifier/verifier.ts'
import { createSqlite, type TestDatabase } from '../support/databases.ts'
import { latchkey } from '../support/process/latchkey.ts'
import { createProxy, type DatabaseProxy } from '../support/process/proxy.ts'
import { type ServerProcess, startProcess } from '../support/process/server.ts'
import { account } from '../support/service.ts'

const hours_ms = 3_600_000

let database: TestDatabase
let server: ServerProcess
let proxy: DatabaseProxy
let connected: PromiseWithResolvers<void>
let verifier: Verifier

beforeEach(async () => {
  database = await createSqlite()
  const settings = { DATABASE_URL: database.url, LEASE_MS: '1000', TOKEN_TTL_SECONDS: '86400' }
  server = await startProcess({ ...settings, PUBLIC_URL: 'https://auth.example.com' })
  const { stdout } = await latchkey(['service', 'add', 'shop', '--json'], settings)
  const { client_id: clientId, client_secret: clientSecret } = JSON.parse(stdout)
  proxy = await createProxy(Number(new URL(server.address).port))
  connected = Promise.withResolvers()
  verifier = createVerifier({
    server: `http://127.0.0.1:${proxy.port}`,
    clientId,
    clientSecret,
    onEvent: ({ type }) => {
      if (type === 'connected') connected.resolve()
    },
  })
  await verifier.ready()
})

afterEach(async () => {
  mock.timers.reset()
  await verifier?.close()
  await proxy?.close()
  await server?.kill()
  await database?.remove()
})

/** Changes the wall clock of this process. Timers and the monotonic clock go on. */
function jump(by_ms: number): void {
  mock.timers.enable({ apis: ['Date'], now: Date.now() + by_ms })
}

async function takeToken(): Promise<string> {
  const register = await server.call('POST', '/auth/register', { json: account })
  const answer = register.status === 201 ? register : await server.call('POST', '/auth/login', { json: account })
  return answer.json.access_token
}

for (const by_ms of [2 * hours_ms, -2 * hours_ms]) {
  test(`after a jump of ${by_ms / hours_ms} hours, a token counts until its revocation is answered`, async () => {
    const [first, second] = [await takeToken(), await takeToken()]
    for (const token of [first, second]) await verifier.verify(token)
    jump(by_ms)
    await verifier.verify(first)
    assert.equal((await server.call('POST', '/auth/logout', { token: first })).status, 200)
    await assert.rejects(verifier.verify(first), { code: 'token_revoked' })
    assert.equal((await verifier.verify(second)).claims.client_id, 'latchkey')
  })
}

test('a jump ahead ends the lease, and the next lease counts from the new time', async () => {
  const token = await takeToken()
  await verifier.verify(token)
  // On a busy machine the lease may be over.
  while (verifier.verifySync(token) === undefined) await new Promise(setImmediate)
  jump(2 * hours_ms)
  // The clock may be right, and this process may have been suspended for two hours.
  assert.equal(verifier.verifySync(token), undefined)
  while (verifier.verifySync(token) === undefined) await new Promise(setImmediate)
})

test('a jump back does not make a lease longer', async () => {
  const token = await takeToken()
  await verifier.verify(token)
  proxy.hold()
  jump(-2 * hours_ms)
  assert.equal((await server.call('POST', '/auth/logout', { token })).status, 200)
  assert.equal(verifier.verifySync(token), undefined)
  const answer = verifier.verify(token).then(
    () => 'accepted',
    ({ code }) => code,
  )
  proxy.heal()
  assert.match(await answer, /^(token_revoked|status_unknown)$/)
})
