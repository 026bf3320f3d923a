// Tokens and logins if processes that share a database have different settings for the signing key.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeProtectedHeader, type JWK } from 'jose'
import { parseSettings } from '../../src/config/reader.ts'
import { makeKeyPair, seal } from '../../src/keys/keyring.ts'
import { KeyError } from '../../src/keys/keys.ts'
import { loadKeys, openRow } from '../../src/keys/load.ts'
import type { SigningKeyRow } from '../../src/keys/records.ts'
import { migrate } from '../../src/store/migrate.ts'
import { openDatabase } from '../../src/store/open.ts'
import type { Store } from '../../src/store/schema.ts'
import { assertFails } from '../contract/refusals.ts'
import { createSqlite, onEachDatabase, open } from '../support/databases.ts'
import { ageNextKey } from '../support/keys.ts'
import { createDatabase } from '../support/process/database.ts'
import { latchkey } from '../support/process/latchkey.ts'
import { startProcess } from '../support/process/server.ts'
import { type Answer, account, type Call, quickSettings, startTestService } from '../support/service.ts'

const secret = 'a secret of at least thirty-two characters'

interface Node {
  call: (method: string, path: string, call?: Call) => Promise<Answer>
}

const encode = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url')
const logIn = ({ call }: Node) => call('POST', '/auth/login', { json: account })
const check = async ({ call }: Node, token: string) => (await call('GET', '/auth/check', { token })).status

async function readKeys(url: string) {
  const { store } = await openDatabase(url)
  try {
    return await store.selectFrom('signing_key').selectAll().execute()
  } finally {
    await store.destroy()
  }
}

onEachDatabase('processes that share a signing key', (create) => {
  test('a command with a LATCHKEY_SECRET does not rotate the key of servers without one', async (t) => {
    const { database, undo } = await open(t, create)
    const service = await startTestService(database)
    undo.push(service.stop)
    const token = await service.register()
    const before = await readKeys(database.url)
    const rotated = await latchkey(['key', 'rotate'], { DATABASE_URL: database.url, LATCHKEY_SECRET: secret })
    assert.equal(rotated.code, 1)
    assert.match(rotated.stderr, /^latchkey: LATCHKEY_SECRET is set, but the signing key in the database is not sealed/)
    assert.deepEqual(await readKeys(database.url), before)
    assert.deepEqual([await check(service, token), (await logIn(service)).status], [204, 200])
  })

  test('a server that cannot open the key verifies tokens, refuses logins, logs each key once, and signs later', async (t) => {
    const { database, undo } = await open(t, create)
    const withoutSecret = await startProcess({ DATABASE_URL: database.url, LOG_LEVEL: 'error' })
    undo.push(withoutSecret.kill)
    const old = (await withoutSecret.call('POST', '/auth/register', { json: account })).json.access_token
    // A process with a secret replaces an unsealed key by a sealed one.
    const withSecret = await startTestService(database, { LATCHKEY_SECRET: secret })
    undo.push(withSecret.stop)
    await ageNextKey(database)
    await withSecret.ports.keys.reload()
    const sealed = await withSecret.logIn()
    for (let i = 0; i < 3; i++) {
      const answer = await logIn(withoutSecret)
      assertFails(answer, 503, 'Logins are temporarily unavailable')
      assert.match(String(answer.headers['retry-after']), /^[1-9]\d*$/)
    }
    for (const token of [old, sealed])
      assert.deepEqual([await check(withoutSecret, token), await check(withSecret, token)], [204, 204])

    const { kid = '' } = decodeProtectedHeader(sealed)
    assert.equal((await latchkey(['key', 'revoke', kid], { DATABASE_URL: database.url })).code, 0)
    assert.deepEqual([await check(withoutSecret, sealed), await check(withoutSecret, old)], [401, 204])
    assert.equal((await logIn(withoutSecret)).status, 200)
    const errors = withoutSecret
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{"level":50'))
    assert.deepEqual(
      errors.map((line) => JSON.parse(line).why),
      ['the signing key', 'the next signing key'].map(
        (key) => `LATCHKEY_SECRET is not set, and ${key} in the database is sealed with one`,
      ),
    )
  })

  test('servers with different TOKEN_ALG sign with the key of the server that started last', async (t) => {
    const { database, undo } = await open(t, create)
    const nodes = []
    for (const TOKEN_ALG of ['ES256', 'EdDSA']) {
      const node = await startTestService(database, { TOKEN_ALG })
      undo.push(node.stop)
      nodes.push(node)
    }
    const [first, second] = nodes as [(typeof nodes)[number], (typeof nodes)[number]]
    const before = await first.register()
    assert.equal(decodeProtectedHeader(before).alg, 'ES256')
    await ageNextKey(database)
    await first.ports.keys.reload()
    for (let i = 0; i < 10; i++) {
      const token = await (i % 2 === 0 ? first : second).logIn()
      assert.equal(decodeProtectedHeader(token).alg, 'EdDSA')
      assert.deepEqual([await check(first, token), await check(second, token)], [204, 204])
    }
    const keys = await readKeys(database.url)
    const signed = keys.filter(({ next }) => next === 0)
    assert.deepEqual(signed.map(({ alg, retired_at }) => [alg, retired_at === null]).toSorted(), [
      ['ES256', false],
      ['EdDSA', true],
    ])
  })

  test('a lost LATCHKEY_SECRET seals no key that will sign: its current key is revoked, its next key is replaced', async (t) => {
    const { database, undo } = await open(t, create)
    const lost = await startTestService(database, { LATCHKEY_SECRET: secret })
    const { kid = '' } = decodeProtectedHeader(await lost.register())
    await lost.stop()
    assert.equal((await latchkey(['key', 'revoke', kid], { DATABASE_URL: database.url })).code, 0)
    const settings = { DATABASE_URL: database.url, LATCHKEY_SECRET: `not ${secret}` }
    const service = await startTestService(database, settings)
    undo.push(service.stop)
    const first = await service.logIn()
    await ageNextKey(database)
    assert.match((await latchkey(['key', 'rotate'], settings)).stdout, /^new tokens are signed with \S+ \(ES256\);/)
    const second = await service.logIn()
    assert.notEqual(decodeProtectedHeader(first).kid, decodeProtectedHeader(second).kid)
    assert.deepEqual([await check(service, first), await check(service, second)], [204, 204])
  })

  test('a start refuses a LATCHKEY_SECRET that does not open the next key, and says how to get on without the right one', async (t) => {
    const { database, undo } = await open(t, create)
    await (await startTestService(database)).stop()
    await (await startTestService(database, { LATCHKEY_SECRET: secret })).stop()
    const { kid = '' } = (await readKeys(database.url)).find(({ next }) => next === 1) ?? {}
    const settings = { DATABASE_URL: database.url, PORT: '0' }
    for (const [LATCHKEY_SECRET, line] of [
      [`not ${secret}`, 'LATCHKEY_SECRET is not the one that sealed the next signing key in the database'],
      ['', 'LATCHKEY_SECRET is not set, and the next signing key in the database is sealed with one'],
    ] as const) {
      const { code, stderr } = await latchkey(['serve'], { ...settings, LATCHKEY_SECRET })
      const hint = `set that secret again; if it is lost, revoke the next key, which has signed nothing: latchkey key revoke ${kid}`
      assert.deepEqual([code, stderr], [1, `latchkey: ${line}\n  ${hint}\n`])
    }
    assert.equal((await latchkey(['key', 'revoke', kid], settings)).code, 0)
    const service = await startTestService(database, { LATCHKEY_SECRET: `not ${secret}` })
    undo.push(service.stop)
    const before = await service.register()
    await ageNextKey(database)
    await service.ports.keys.reload()
    assert.notEqual(decodeProtectedHeader(await service.logIn()).kid, decodeProtectedHeader(before).kid)
  })

  test('a running server logs that it cannot open the next key, before this key signs', async (t) => {
    const { database, undo } = await open(t, create)
    const withoutSecret = await startProcess({ DATABASE_URL: database.url, LOG_LEVEL: 'error' })
    undo.push(withoutSecret.kill)
    const withSecret = await startTestService(database, { LATCHKEY_SECRET: secret })
    undo.push(withSecret.stop)
    const forged = (i: number) =>
      `${encode({ alg: 'ES256', typ: 'at+jwt', kid: String(i).padStart(43, 'x') })}.e30.AAAA`
    for (let i = 0; !withoutSecret.output().includes('next key'); i++) await check(withoutSecret, forged(i))
    await check(withoutSecret, forged(-1))
    const [line, ...more] = withoutSecret
      .output()
      .split('\n')
      .filter((text) => text.startsWith('{"level":50'))
    assert.deepEqual(more, [])
    const { msg, why } = JSON.parse(line ?? '')
    assert.equal(msg, 'the next key cannot be used: logins will be refused when it signs')
    assert.equal(why, 'LATCHKEY_SECRET is not set, and the next signing key in the database is sealed with one')
    assert.equal((await withoutSecret.call('POST', '/auth/register', { json: account })).status, 201)
  })

  test('a start with another TOKEN_ALG replaces no key that its LATCHKEY_SECRET does not open', async (t) => {
    const { database, undo } = await open(t, create)
    const service = await startTestService(database, { LATCHKEY_SECRET: secret })
    undo.push(service.stop)
    const before = await readKeys(database.url)
    const other = { DATABASE_URL: database.url, LATCHKEY_SECRET: `not ${secret}`, TOKEN_ALG: 'EdDSA', PORT: '0' }
    for (const [args, key] of [
      [['serve'], 'the signing key'],
      [['key', 'rotate'], 'the next signing key'],
    ] as const) {
      const { code, stdout, stderr } = await latchkey([...args], other)
      assert.deepEqual([code, stdout], [1, ''])
      const [line, hint] = stderr.split('\n')
      assert.equal(line, `latchkey: LATCHKEY_SECRET is not the one that sealed ${key} in the database`)
      assert.match(hint ?? '', /^ {2}set that secret again; if it is lost, revoke/)
    }
    assert.deepEqual(await readKeys(database.url), before)
  })
})

test('tokens signed with known keys are accepted even if the keys cannot be read again', async (t) => {
  const { database, undo } = await open(t, createSqlite)
  const service = await startTestService(database)
  undo.push(service.stop)
  const [used, unused] = [await service.register(), await service.logIn()]
  assert.equal(await check(service, used), 204)
  const { store } = await openDatabase(database.url)
  await store.schema.alterTable('signing_key').renameTo('elsewhere').execute()
  await store.destroy()
  for (const token of [used, unused]) assert.equal(await check(service, token), 204)
})

test('servers with different files that start at once do not deadlock', async (t) => {
  const { database, undo } = await open(t, createDatabase)
  const settings = parseSettings({ ...quickSettings, DATABASE_URL: database.url })
  const files = await Promise.all([1, 2, 3, 4].map(() => makeKeyPair('ES256')))
  const servers = await Promise.all(
    files.map(async (fromFile) => ({ fromFile, store: (await openDatabase(database.url)).store })),
  )
  undo.push(
    ...servers.map(
      ({ store }) =>
        () =>
          store.destroy(),
    ),
  )
  await migrate((servers[0] as { store: Store }).store)
  const load = async (starting: boolean) => {
    for (const result of await Promise.allSettled(
      servers.map(({ store, fromFile }) => loadKeys(store, { settings, fromFile, starting, now: Date.now() })),
    )) {
      if (result.status === 'rejected') assert.ok(result.reason instanceof KeyError, String(result.reason))
    }
  }
  for (let round = 0; round < 10; round++) {
    await load(false)
    await load(true)
  }
})

test('a sealed key that was opened is not opened again, because a forged kid makes a server read its keys', async () => {
  const { kid, alg, public_jwk, private_jwk } = await makeKeyPair('ES256')
  const row: SigningKeyRow = {
    ...{ kid, alg, public_jwk: JSON.stringify(public_jwk), private_jwk: await seal(private_jwk as JWK, secret) },
    ...{ created_at: 0, retired_at: null, from_file: 0, next: 0, signs_from: null },
  }
  const opened = async (LATCHKEY_SECRET: string) => {
    const pair = await openRow(row, parseSettings({ LATCHKEY_SECRET }))
    return pair instanceof KeyError ? 'refused' : pair?.private_jwk
  }
  assert.deepEqual(await opened(secret), private_jwk)
  assert.equal(await opened(secret), await opened(secret))
  assert.equal(await opened(`not ${secret}`), 'refused')
})
