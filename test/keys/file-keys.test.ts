// Servers that share a database and sign with the keys of different files.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { decodeProtectedHeader } from 'jose'
import { makeKeyPair } from '../../src/keys/keyring.ts'
import { readSigningKey } from '../../src/keys/load.ts'
import { selectKeys } from '../../src/keys/records.ts'
import { revokeKey } from '../../src/keys/revoke.ts'
import { rotateKeys } from '../../src/keys/rotate.ts'
import { onEachDatabase, open } from '../support/databases.ts'
import { startTestService, type TestService } from '../support/service.ts'

const kidOf = (token: string) => decodeProtectedHeader(token).kid
const check = async ({ call }: TestService, token: string) => (await call('GET', '/auth/check', { token })).status

onEachDatabase('servers with different SIGNING_KEY_FILEs', (create) => {
  /** Starts a server for each file, and one without a file for `undefined`. */
  async function startServers(t: Parameters<typeof open>[0], files: ('a' | 'b' | undefined)[]) {
    const { database, undo } = await open(t, create)
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-keys-'))
    undo.push(() => rm(folder, { recursive: true }))
    const kids: Record<string, string> = {}
    for (const name of ['a', 'b']) {
      const { kid, private_jwk } = await makeKeyPair('ES256')
      kids[name] = kid
      writeFileSync(join(folder, name), JSON.stringify(private_jwk))
    }
    const start = async (file: 'a' | 'b' | undefined) => {
      const settings: Record<string, string> = file === undefined ? {} : { SIGNING_KEY_FILE: join(folder, file) }
      const server = await startTestService(database, settings)
      undo.push(server.stop)
      return server
    }
    const servers: TestService[] = []
    for (const file of files) servers.push(await start(file))
    return { servers, kids, start }
  }

  test('sign each with its own key, and accept the tokens of all', async (t) => {
    const { servers, kids } = await startServers(t, ['a', 'b'])
    const [first, second] = servers as [TestService, TestService]
    await first.register()
    for (let i = 0; i < 5; i++) {
      const tokens = [await first.logIn(), await second.logIn()]
      assert.deepEqual(tokens.map(kidOf), [kids.a, kids.b])
      for (const token of tokens) assert.deepEqual([await check(first, token), await check(second, token)], [204, 204])
    }
  })

  test('show the public keys of all in one key set, and no key that was revoked', async (t) => {
    const { servers, kids } = await startServers(t, ['a', 'b'])
    const [first, second] = servers as [TestService, TestService]
    await first.register()
    const shown = async ({ call }: TestService) =>
      (await call('GET', '//.well-known/jwks.json')).json.keys.map(({ kid }: { kid: string }) => kid).toSorted()
    for (const server of servers) assert.deepEqual(await shown(server), [kids.a, kids.b].toSorted())
    await revokeKey(second.ports, kids.a as string)
    for (const server of servers) assert.deepEqual(await shown(server), [kids.b])
    await first.ports.keys.reload()
    for (const server of servers) assert.deepEqual(await shown(server), [kids.b])
  })

  test('do not replace each other’s keys: after the first logins nothing in the table of keys changes', async (t) => {
    const { servers } = await startServers(t, ['a', 'b'])
    const [first, second] = servers as [TestService, TestService]
    await first.register()
    await second.logIn()
    const settled = await selectKeys(first.ports.store)
    assert.deepEqual(
      settled.map(({ retired_at, from_file }) => [retired_at, from_file]),
      [
        [null, 1],
        [null, 1],
      ],
    )
    for (const server of [first, second, first, second]) {
      await server.ports.keys.reload()
      await server.logIn()
    }
    assert.deepEqual(await selectKeys(first.ports.store), settled)
  })

  test('sign beside a server without a file, which has a key of its own', async (t) => {
    const { servers, kids } = await startServers(t, ['a', undefined])
    const [file, generated] = servers as [TestService, TestService]
    await file.register()
    const tokens = [await file.logIn(), await generated.logIn(), await file.logIn(), await generated.logIn()]
    assert.equal(kidOf(tokens[0] as string), kids.a)
    assert.equal(kidOf(tokens[2] as string), kids.a)
    assert.equal(kidOf(tokens[1] as string), kidOf(tokens[3] as string))
    for (const token of tokens) assert.deepEqual([await check(file, token), await check(generated, token)], [204, 204])
  })

  test('retire the key of a file that was replaced, and go on to accept its tokens', async (t) => {
    const { servers, kids, start } = await startServers(t, ['a'])
    const [first] = servers as [TestService]
    const old = await first.register()
    const second = await start('b')
    const states = async () => (await selectKeys(second.ports.store)).map((row) => [row.kid, row.retired_at === null])
    assert.deepEqual(Object.fromEntries(await states()), { [kids.a as string]: false, [kids.b as string]: true })
    assert.equal(kidOf(await second.logIn()), kids.b)
    assert.equal(await check(second, old), 204)
    // The first server still has the file.
    await first.logIn()
    assert.deepEqual(Object.fromEntries(await states()), { [kids.a as string]: true, [kids.b as string]: true })
  })

  test('have their keys read by a command with the same file, and by no other', async (t) => {
    const { servers, kids } = await startServers(t, ['a'])
    const [{ ports }] = servers as [TestService]
    const { store, settings } = ports
    const before = await selectKeys(store)
    const unused = settings.SIGNING_KEY_FILE.replace(/a$/, 'b')
    assert.equal((await readSigningKey(store, settings)).kid, kids.a)
    await assert.rejects(
      readSigningKey(store, { ...settings, SIGNING_KEY_FILE: unused }),
      /no server signs with the key/,
    )
    await assert.rejects(
      readSigningKey(store, { ...settings, SIGNING_KEY_FILE: '' }),
      /no server has made a signing key/,
    )
    assert.deepEqual(await selectKeys(store), before)
  })

  test('refuse to rotate a key that Latchkey did not generate', async (t) => {
    const { servers } = await startServers(t, ['a'])
    const [server] = servers as [TestService]
    const { settings } = server.ports
    const without = { ...server.ports, settings: { ...settings, SIGNING_KEY_FILE: '' } }
    await assert.rejects(rotateKeys(without), /the servers sign with the key of a SIGNING_KEY_FILE/)
    await assert.rejects(rotateKeys(server.ports), /SIGNING_KEY_FILE is set/)
  })

  test('are retired by the first start without a file, even if that start makes a key', async (t) => {
    const { servers, kids, start } = await startServers(t, ['a'])
    const [file] = servers as [TestService]
    const old = await file.register()
    const generated = await start(undefined)
    const rows = await selectKeys(generated.ports.store)
    assert.deepEqual(
      rows.map(({ kid, retired_at, from_file }) => [kid === kids.a, retired_at === null, from_file]),
      [
        [true, false, 1],
        [false, true, 0],
        [false, true, 0],
      ],
    )
    assert.equal(await check(generated, old), 204)
  })

  test('do not stop a server without a file if an earlier version has left its key as the current one', async (t) => {
    const { servers, kids } = await startServers(t, ['a', undefined])
    const [file, generated] = servers as [TestService, TestService]
    await file.register()
    const { store } = generated.ports
    // The earlier version makes the key of its file the only current key, and does not know the column.
    await store.updateTable('signing_key').set({ retired_at: 1, private_jwk: null }).execute()
    await store
      .updateTable('signing_key')
      .set({ retired_at: null, from_file: 0 })
      .where('kid', '=', kids.a as string)
      .execute()
    await generated.ports.keys.reload()
    assert.notEqual(kidOf(await generated.logIn()), kids.a)
    await rotateKeys(generated.ports)
    await generated.logIn()
  })
})
