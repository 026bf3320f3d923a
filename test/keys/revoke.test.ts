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

/** Steals the key that signs, out of the database, and returns the hand that signs with it. */
async function steal({ ports }: TestService) {
  const row = await ports.store
    .selectFrom('signing_key')
    .selectAll()
    .where('retired_at', 'is', null)
    .executeTakeFirstOrThrow()
  const key = await importPrivate({
    kid: row.kid,
    alg: row.alg as Algorithm,
    public_jwk: JSON.parse(row.public_jwk),
    private_jwk: await unseal(row.private_jwk as string, ''),
  })
  const forge = (jti: string = randomUUID()) => {
    const iat = Math.floor(Date.now() / 1000)
    return signToken(key, 'latchkey', { sub: randomUUID(), admin: true, jti, iat, exp: iat + 600 })
  }
  return { kid: row.kid, forge }
}

const revoke = (database: TestDatabase, kid: string) => latchkey(['key', 'revoke', kid], { DATABASE_URL: database.url })

async function statusOf(server: Pick<ServerProcess, 'call'>, token: string): Promise<number> {
  return (await server.call('GET', '/auth/check', { token })).status
}

onEachDatabase('a signing key that was stolen', (create, kind) => {
  test('key revoke ends its tokens and the forged ones, on a server that runs beside it, before it has answered', async (t) => {
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
      stdout: `key ${kid} verifies and signs nothing any more; 2 tokens ended\n`,
      stderr: '',
    })
    for (const token of [cached, used, fresh, unused, await forge()]) {
      const answer = await server.call('GET', '/auth/check', { token })
      assert.deepEqual([answer.status, answer.json.message], [401, invalid])
    }

    const next = (await server.call('POST', '/auth/login', { json: account })).json.access_token
    assert.notEqual(kidOf(next), kid)
    assert.equal(await statusOf(server, next), 204)
    assert.equal(await statusOf(server, await forge(claimsOf(next).jti)), 401, 'the id of a live token helps no thief')
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

  test('tokens whose signature is being verified while the key is revoked are refused after the answer', async (t) => {
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
    // Without a lease, on a busy machine, a node refuses ids that have no row.
    assert.ok((await all()).includes(204))
    while (!answered) {
      // Forgotten between two rounds, as if each were seen for the first time.
      service.ports.verification.remembered.forget()
      await all()
    }
    assert.equal((await revoked).code, 0)
    assert.deepEqual(new Set(await all()), new Set([401]))
  })

  test('keys that are not revoked go on, and one that is unknown is named', async (t) => {
    const { database, undo } = await open(t, create)
    const service = await startTestService(database)
    undo.push(service.stop)
    const old = await service.register()
    assert.equal((await latchkey(['key', 'rotate'], { DATABASE_URL: database.url })).code, 0)
    const next = await service.logIn()
    assert.notEqual(kidOf(next), kidOf(old))
    assert.equal((await revoke(database, kidOf(old))).code, 0)
    assert.deepEqual([await statusOf(service, old), await statusOf(service, next)], [401, 204])
    const unknown = await revoke(database, 'x'.repeat(42))
    assert.deepEqual(unknown, { code: 1, stdout: '', stderr: `latchkey: there is no key ${'x'.repeat(42)}\n` })
    assert.equal((await revoke(database, kidOf(old))).code, 0, 'a second time does no harm')
  })

  test('a key from a file that was revoked signs nothing again until the file holds another', async (t) => {
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
    assert.match(stdout, /; 1 token ended\nput another key into SIGNING_KEY_FILE/)
    assert.equal(await statusOf(service, token), 401)
    const login = () => service.call('POST', '/auth/login', { json: account })
    const answer = await login()
    assertFails(answer, 503, 'Logins are temporarily unavailable')
    assert.match(String(answer.headers['retry-after']), /^[1-9]\d*$/)
    assert.equal(await statusOf(service, token), 401, 'a login that failed did not bring the key back')
    const refused = await latchkey(['serve'], { ...settings, PORT: '0' })
    assert.deepEqual(refused, {
      code: 1,
      stdout: '',
      stderr: 'latchkey: SIGNING_KEY_FILE holds a revoked key: put another key into the file and restart the servers\n',
    })
    await write()
    assert.equal((await login()).status, 503, 'it is read at the start')
    const restarted = await startTestService(database, settings)
    undo.push(restarted.stop)
    const next = await restarted.logIn()
    assert.deepEqual([await statusOf(restarted, next), await statusOf(restarted, token)], [204, 401])
  })

  if (kind === 'postgres') {
    test('a node without a lease learns of the key before it believes a row with the id of a live token', async (t) => {
      const { database, undo } = await open(t, create)
      const service = await startTestService(database)
      undo.push(service.stop)
      await service.register()
      const { kid, forge } = await steal(service)
      // It never starts to follow the log, so it has to ask about each token.
      const { ports, close } = await openParts(parseSettings({ ...quickSettings, DATABASE_URL: database.url }))
      undo.push(close)
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
