import assert from 'node:assert/strict'
import { randomUUIDv7 } from 'node:crypto'
import { after, before, test } from 'node:test'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { sql } from 'kysely'
import { importPrivate } from '../../src/keys/keyring.ts'
import { openDatabase } from '../../src/store/open.ts'
import type { Claims } from '../../src/tokens/claims.ts'
import { signToken } from '../../src/tokens/sign.ts'
import { onEachDatabase, type TestDatabase } from '../support/databases.ts'
import { ageNextKey } from '../support/keys.ts'
import { latchkey } from '../support/process/latchkey.ts'
import { type ServerProcess, startProcess } from '../support/process/server.ts'

const password = 'correct horse battery'

onEachDatabase('a command beside a running server', (create) => {
  let database: TestDatabase
  let server: ServerProcess
  before(async () => {
    database = await create()
    server = await startProcess({ DATABASE_URL: database.url })
  })
  after(async () => {
    await server.stop()
    await database.remove()
  })

  const run = async (...args: string[]) => {
    const { code, stderr } = await latchkey(args, { DATABASE_URL: database.url })
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' }, args.join(' '))
  }
  const obtain = async (path: string, email: string) => {
    const { status, text, json } = await server.call('POST', path, { json: { email, password } })
    assert.match(String(status), /^20[01]$/, text)
    return json.access_token as string
  }
  const register = (email: string) => obtain('/auth/register', email)
  const logIn = (email: string) => obtain('/auth/login', email)
  const outcome = async (token: string) => {
    const { status, json } = await server.call('GET', '/auth/user', { token })
    return status === 200 ? 'accepted' : json.message
  }
  const blacklisted = 'Token blacklisted. Please log in again.'

  test('token revoke: the next request with the token is refused, one with another token is accepted', async () => {
    const first = await register('revoke@example.com')
    const second = await logIn('revoke@example.com')
    assert.equal(await outcome(first), 'accepted')
    await run('token', 'revoke', decodeJwt(first).jti as string)
    assert.equal(await outcome(first), blacklisted)
    assert.equal(await outcome(second), 'accepted')
    await run('token', 'revoke', '--user', 'revoke@example.com')
    assert.equal(await outcome(second), blacklisted)
  })

  test('user disable ends all tokens and refuses logins until user enable', async () => {
    const token = await register('disable@example.com')
    assert.equal(await outcome(token), 'accepted')
    await run('user', 'disable', 'disable@example.com')
    assert.equal(await outcome(token), blacklisted)
    const refused = await server.call('POST', '/auth/login', { json: { email: 'disable@example.com', password } })
    assert.equal(refused.status, 401)
    await run('user', 'enable', 'disable@example.com')
    assert.equal(await outcome(token), blacklisted)
    assert.equal(await outcome(await logIn('disable@example.com')), 'accepted')
  })

  test('user promote takes effect at the next login, user demote immediately', async () => {
    const before = await register('promote@example.com')
    await run('user', 'promote', 'promote@example.com')
    const admin = await logIn('promote@example.com')
    assert.deepEqual([decodeJwt(before).admin, decodeJwt(admin).admin], [false, true])
    const last = await latchkey(['user', 'demote', 'promote@example.com'], { DATABASE_URL: database.url })
    assert.deepEqual(
      [last.code, last.stderr],
      [1, 'latchkey: the last administrator\n  make another one first: latchkey user promote NAME\n'],
    )
    assert.equal(await outcome(admin), 'accepted')
    await register('other@example.com')
    await run('user', 'promote', 'other@example.com')
    await run('user', 'demote', 'promote@example.com')
    assert.equal(await outcome(admin), blacklisted)
    assert.equal(decodeJwt(await logIn('promote@example.com')).admin, false)
  })

  test('key rotate: new tokens use the new key, and earlier tokens remain valid', async () => {
    const old = await register('rotate@example.com')
    await ageNextKey(database)
    await run('key', 'rotate')
    const { kid } = decodeProtectedHeader(await logIn('rotate@example.com'))
    assert.notEqual(kid, decodeProtectedHeader(old).kid)
    assert.equal(await outcome(old), 'accepted')
    const listed = await latchkey(['key', 'list', '--json'], { DATABASE_URL: database.url })
    const current = JSON.parse(listed.stdout).filter((key: { current: boolean }) => key.current)
    assert.deepEqual(
      current.map((key: { kid: string }) => key.kid),
      [kid],
    )
  })

  test('db reset ends every token immediately, and the log and the server continue', async () => {
    const token = await register('reset@example.com')
    const revoked = await logIn('reset@example.com')
    await run('token', 'revoke', decodeJwt(revoked).jti as string)
    assert.equal(await outcome(token), 'accepted')
    const log = await readLog(database)
    const forged = await forgeToken(database, token)
    assert.equal(await outcome(await forgeToken(database, token)), 'accepted', 'the stolen key works before the reset')
    await run('db', 'reset', '--yes')

    assert.equal((await server.call('GET', '/auth/check', { token: forged })).status, 401)
    assert.match(await outcome(token), /blacklisted|Invalid token/)
    assert.match(await outcome(revoked), /blacklisted|Invalid token/)
    const later = await readLog(database)
    assert.deepEqual(later.slice(0, log.length), log)
    assert.ok(later.some(({ jti }) => jti === decodeJwt(token).sub))

    const again = await register('reset@example.com')
    assert.equal(await outcome(again), 'accepted')
    assert.notEqual(decodeProtectedHeader(again).kid, decodeProtectedHeader(token).kid)
    assert.match(await outcome(token), /blacklisted|Invalid token/)
    assert.equal((await server.call('POST', '/auth/logout', { token: again })).status, 200)
    assert.equal(await outcome(again), blacklisted)
    const [last] = (await readLog(database)).slice(-1)
    assert.equal(last?.jti, decodeJwt(again).jti)
  })
})

/** Signs a token that has no row with the key in the database, as a thief of the key could. */
async function forgeToken({ url }: TestDatabase, like: string): Promise<string> {
  const { store } = await openDatabase(url)
  try {
    const kid = decodeProtectedHeader(like).kid as string
    const row = await store.selectFrom('signing_key').selectAll().where('kid', '=', kid).executeTakeFirstOrThrow()
    const [public_jwk, private_jwk] = [row.public_jwk, row.private_jwk as string].map((text) => JSON.parse(text))
    const key = await importPrivate({ kid, alg: 'ES256', public_jwk, private_jwk })
    return await signToken(key, { ...decodeJwt<Claims>(like), jti: randomUUIDv7() })
  } finally {
    await store.destroy()
  }
}

interface Row {
  seq: number
  jti: string
}

async function readLog({ url }: TestDatabase): Promise<Row[]> {
  const { store } = await openDatabase(url)
  try {
    return (await sql<Row>`select seq, jti from revocation order by seq`.execute(store)).rows
  } finally {
    await store.destroy()
  }
}
