import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseSettings } from '../../src/config/reader.ts'
import { type Algorithm, importPrivate, makeKeyPair, unseal } from '../../src/keys/keyring.ts'
import { openParts } from '../../src/latchkey.ts'
import { authenticate } from '../../src/tokens/authenticate.ts'
import { signToken } from '../../src/tokens/sign.ts'
import { assertFails } from '../contract/refusals.ts'
import { onEachDatabase, open, type TestDatabase } from '../support/databases.ts'
import { ageNextKey } from '../support/keys.ts'
import { latchkey } from '../support/process/latchkey.ts'
import { type ServerProcess, startProcess } from '../support/process/server.ts'
import { account, quickSettings, startTestService, type TestService } from '../support/service.ts'

const invalid = 'Invalid token. Please log in again.'

function claimsOf(token: string) {
  return JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString())
}

function kidOf(token: string): string {
  return JSON.parse(Buffer.from(token.split('.')[0] as string, 'base64url').toString()).kid
}

/** Steals the signing key from the database. Returns its `kid` and a function that forges tokens with the key. */
async function steal({ ports }: TestService) {
  const { identity } = ports
  const row = await ports.store
    .selectFrom('signing_key')
    .selectAll()
    .where('retired_at', 'is', null)
    .where('next', '=', 0)
    .executeTakeFirstOrThrow()
  const key = await importPrivate({
    kid: row.kid,
    alg: row.alg as Algorithm,
    public_jwk: JSON.parse(row.public_jwk),
    private_jwk: await unseal(row.private_jwk as string, ''),
  })
  const forge = (jti: string = randomUUID()) => {
    const iat = Math.floor(Date.now() / 1000)
    const { issuer: iss } = identity
    const claims = { iss, aud: iss, client_id: 'latchkey', sub: randomUUID(), admin: true, jti, gen: 0 }
    return signToken(key, { ...claims, iat, exp: iat + 600 })
  }
  return { kid: row.kid, forge }
}

const revoke = (database: TestDatabase, kid: string) => latchkey(['key', 'revoke', kid], { DATABASE_URL: database.url })

async function statusOf(server: Pick<ServerProcess, 'call'>, token: string): Promise<number> {
  return (await server.call('GET', '/auth/check', { token })).status
}

onEachDatabase('a stolen signing key', (create, kind) => {
  test('`key revoke` ends issued and forged tokens on a running server before the command exits', async (t) => {
    const { database, undo } = await open(t, create)
    const server = await startProcess({ DATABASE_URL: database.url })
    undo.push(server.kill)
    const registered = await server.call('POST', '/auth/register', { json: account })
    const { access_token: cached } = registered.json
    const { access_token: fresh } = (await server.call('POST', '/auth/login', { json: account })).json
    const thief = await startTestService(database)
    const { kid, forge } = await steal(thief)
    await thief.stop()
    const [used, unused] = [await forge(), await forge()]
    assert.deepEqual([await statusOf(server, cached), await statusOf(server, used)], [204, 204])

    assert.deepEqual(await revoke(database, kid), {
      code: 0,
      stdout: `key ${kid} is revoked; 2 tokens revoked\n`,
      stderr: '',
    })
    for (const token of [cached, used, fresh, unused, await forge()]) {
      const answer = await server.call('GET', '/auth/check', { token })
      assert.deepEqual([answer.status, answer.json.message], [401, invalid])
    }

    const next = (await server.call('POST', '/auth/login', { json: account })).json.access_token
    assert.notEqual(kidOf(next), kid)
    assert.equal(await statusOf(server, next), 204)
    assert.equal(
      await statusOf(server, await forge(claimsOf(next).jti)),
      401,
      'a forged token with the id of a live token is refused',
    )
    const { json } = await server.call('GET', '/tokens', { token: next })
    assert.deepEqual(
      json.tokens.map(({ id }: { id: string }) => id),
      [claimsOf(next).jti],
    )

    await server.stop()
    const restarted = await startProcess({ DATABASE_URL: database.url })
    undo.push(restarted.kill)
    assert.deepEqual([await statusOf(restarted, next), await statusOf(restarted, await forge())], [204, 401])
  })

  test('a token that is being verified while the key is revoked is refused after the answer', async (t) => {
    const { database, undo } = await open(t, create)
    const service = await startTestService(database)
    undo.push(service.stop)
    await service.register()
    const { kid, forge } = await steal(service)
    const forged = await Promise.all(Array.from({ length: 64 }, () => forge()))
    const all = () => Promise.all(forged.map((token) => statusOf(service, token)))
    let answered = false
    const revoked = revoke(database, kid).finally(() => {
      answered = true
    })
    // A node that has lost its lease, on a busy machine, refuses ids that have no row.
    assert.ok((await all()).includes(204))
    while (!answered) {
      // Clear the cache, so that each round verifies every token.
      service.ports.verification.remembered.forget()
      await all()
    }
    assert.equal((await revoked).code, 0)
    assert.deepEqual(new Set(await all()), new Set([401]))
  })

  test('other keys still verify, and an unknown key gets an error that names the key', async (t) => {
    const { database, undo } = await open(t, create)
    const service = await startTestService(database)
    undo.push(service.stop)
    const old = await service.register()
    await ageNextKey(database)
    assert.equal((await latchkey(['key', 'rotate'], { DATABASE_URL: database.url })).code, 0)
    const next = await service.logIn()
    assert.notEqual(kidOf(next), kidOf(old))
    assert.equal((await revoke(database, kidOf(old))).code, 0)
    assert.deepEqual([await statusOf(service, old), await statusOf(service, next)], [401, 204])
    const unknown = await revoke(database, 'x'.repeat(42))
    assert.deepEqual(unknown, { code: 1, stdout: '', stderr: `latchkey: there is no key ${'x'.repeat(42)}\n` })
    assert.equal((await revoke(database, kidOf(old))).code, 0, 'a repeated revocation succeeds')
  })

  test('a revoked key from a file never signs again, and the servers need another key in the file', async (t) => {
    const { database, undo } = await open(t, create)
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-key-'))
    const file = join(folder, 'key.json')
    undo.push(async () => rmSync(folder, { recursive: true, force: true }))
    const write = async () => writeFileSync(file, JSON.stringify((await makeKeyPair('ES256')).private_jwk))
    await write()
    const settings = { DATABASE_URL: database.url, SIGNING_KEY_FILE: file }
    const service = await startTestService(database, settings)
    undo.push(service.stop)
    const token = await service.register()
    const { code, stdout } = await revoke(database, kidOf(token))
    assert.equal(code, 0)
    assert.match(stdout, /; 1 token revoked\nput another key into SIGNING_KEY_FILE/)
    assert.equal(await statusOf(service, token), 401)
    const login = () => service.call('POST', '/auth/login', { json: account })
    const answer = await login()
    assertFails(answer, 503, 'Logins are temporarily unavailable')
    assert.match(String(answer.headers['retry-after']), /^[1-9]\d*$/)
    assert.equal(await statusOf(service, token), 401, 'a failed login does not register the key again')
    const refused = await latchkey(['serve'], { ...settings, PORT: '0' })
    assert.deepEqual(refused, {
      code: 1,
      stdout: '',
      stderr: 'latchkey: SIGNING_KEY_FILE holds a revoked key: put another key into the file and restart the servers\n',
    })
    await write()
    assert.equal((await login()).status, 503, 'the file is read only at the start')
    const restarted = await startTestService(database, settings)
    undo.push(restarted.stop)
    const next = await restarted.logIn()
    assert.deepEqual([await statusOf(restarted, next), await statusOf(restarted, token)], [204, 401])
  })

  if (kind === 'postgres') {
    test('a node without a lease refuses tokens of a revoked key, even with the id of a live token', async (t) => {
      const { database, undo } = await open(t, create)
      const service = await startTestService(database)
      undo.push(service.stop)
      await service.register()
      const { kid, forge } = await steal(service)
      // This node never joins the fleet, so it asks the database about each token.
      const { ports, close } = await openParts(parseSettings({ ...quickSettings, DATABASE_URL: database.url }))
      undo.push(close)
      await ageNextKey(database)
      assert.equal((await latchkey(['key', 'rotate'], { DATABASE_URL: database.url })).code, 0)
      const { jti } = claimsOf(await service.logIn())
      const [cached, unseen] = [await forge(jti), await forge(jti)]
      assert.equal((await authenticate(ports.verification, cached)).jti, jti)
      assert.equal((await revoke(database, kid)).code, 0)
      for (const token of [cached, unseen]) {
        await assert.rejects(async () => authenticate(ports.verification, token), { code: 'token_invalid' })
      }
    })
  }
})
