import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeJwt } from 'jose'
import type { Updateable } from 'kysely'
import { chainFacts } from '../../src/audit/chain.ts'
import type { Schema } from '../../src/store/schema.ts'
import { maxNamed_s, usualNamed_s } from '../../src/tokens/named.ts'
import { onEachDatabase, type TestDatabase } from '../support/databases.ts'
import { latchkey } from '../support/process/latchkey.ts'
import { account, startTestService, type TestService } from '../support/service.ts'

const { email } = account
const named = ['token', 'create', email, '--description', 'nightly backup']
const LATCHKEY_SECRET = 'x'.repeat(40)
const strict = { TOKEN_LIMIT_ACCOUNT: '2', EMAIL_VERIFICATION: 'required', ADMIN_FACTOR: 'required' }

onEachDatabase('latchkey token create', (create) => {
  let database: TestDatabase
  let service: TestService
  before(async () => {
    database = await create()
    service = await startTestService(database, { LATCHKEY_SECRET })
    await service.register()
  })
  after(async () => {
    await service.stop()
    await database.remove()
  })

  const run = (args: string[], settings: Record<string, string> = {}) =>
    latchkey(args, { DATABASE_URL: database.url, LATCHKEY_SECRET, ...settings })
  const made = async (args: string[]) => {
    const { code, stdout, stderr } = await run([...named, ...args, '--json'])
    assert.deepEqual([code, stderr], [0, ''])
    return JSON.parse(stdout)
  }
  const refused = async (args: string[], message: string, settings: Record<string, string> = {}, code = 1) => {
    const outcome = await run(args, settings)
    assert.deepEqual([outcome.code, outcome.stdout], [code, ''])
    assert.match(outcome.stderr, new RegExp(message))
  }
  const statusOf = async (token: string, path: string) => (await service.call('GET', path, { token })).status
  const change = (values: Updateable<Schema['user']>) =>
    service.ports.store.updateTable('user').set(values).where('email', '=', email).execute()
  const factsOf = async () => {
    await chainFacts(service.ports)
    return service.ports.store.selectFrom('audit').selectAll().where('action', '=', 'token.created').execute()
  }

  test('prints the token once, and every route takes the token as one that its owner has made', async () => {
    const { code, stdout, stderr } = await run([
      ...named,
      '--expires-in',
      '3600',
      '--scope',
      'account:read tokens:read',
    ])
    assert.deepEqual([code, stderr], [0, ''])
    const [, id = '', token = ''] = /^id: {11}(\S+)\naccess_token: (\S+)\nexpires: {6}\S+Z\n/.exec(stdout) ?? []
    assert.match(stdout, /\ngive it to the program of user@example\.com now: the token is not stored\n$/)
    const { jti, kind, scope, exp = 0, iat = 0 } = decodeJwt(token)
    assert.deepEqual([jti, kind, scope, exp - iat], [id, 'named', 'account:read tokens:read', 3600])
    assert.deepEqual(
      await Promise.all(['/auth/user', '/tokens', '/widgets'].map((path) => statusOf(token, path))),
      [200, 200, 403],
    )
    const [entry] = (await service.call('GET', '/tokens?current=true', { token })).json.tokens
    assert.deepEqual(
      [entry.description, entry.kind, entry.user_agent, entry.ip],
      ['nightly backup', 'named', 'latchkey token create', '127.0.0.1'],
    )
    const renewed = await service.call('POST', '/auth/renew', { token })
    assert.equal(renewed.status, 403)
    assert.equal((await service.call('POST', '/auth/logout', { token })).status, 200)
    assert.equal(await statusOf(token, '/auth/user'), 401)
  })

  test('writes the audit row of the token, and nothing of a token that is refused', async () => {
    const before = await factsOf()
    const { id, access_token, ...shown } = await made([])
    assert.deepEqual([shown.scope, shown.kind], [null, 'named'])
    assert.equal(Date.parse(shown.expires_at) - Date.parse(shown.created_at) < usualNamed_s * 1000 + 1000, true)
    const facts = await factsOf()
    assert.equal(facts.length, before.length + 1)
    const fact = facts.find(({ details }) => JSON.parse(details).token === id)
    assert.deepEqual([fact?.actor, fact?.subject], [null, decodeJwt(access_token).sub])
    assert.ok(JSON.parse(fact?.details ?? '{}').by.host)
    const { stdout } = await run(['token', 'list', email, '--json'])
    assert.ok(!JSON.stringify(facts).includes(access_token) && !stdout.includes(access_token))

    await Promise.all([
      refused([...named, '--scope', 'admin'], 'scope admin needs the account of an administrator', {}, 2),
      refused([...named, '--scope', 'nothing'], 'scope must be some of account:read', {}, 2),
      refused([...named, '--expires-in', String(maxNamed_s + 1)], `at most ${maxNamed_s} seconds`, {}, 2),
      refused([...named, '--expires-in', '0'], 'a whole number of seconds', {}, 2),
      refused(['token', 'create', email, '--description', 'a\nb'], 'description must be 1 to 100 characters', {}, 2),
      refused(['token', 'create', email], "required option '--description <text>' not specified", {}, 2),
      refused(['token', 'create', 'none@example.com', '--description', 'x'], 'none@example.com is not registered'),
    ])
    assert.deepEqual(await factsOf(), facts)
    assert.deepEqual((await run(['token', 'list', email, '--json'])).stdout, stdout)
  })

  test('has the limits of logins and of POST /tokens', async () => {
    await refused(named, 'address not verified', strict)
    await change({ email_verified_at: Date.now(), admin: 1 })
    await refused(named, 'This account needs a second factor', strict)
    await change({ disabled_at: Date.now() })
    await refused(named, 'user@example.com is disabled')
    await change({ disabled_at: null })
    assert.equal(decodeJwt((await made(['--scope', 'admin'])).access_token).admin, true)
    await change({ admin: 0 })
    await made([])
    await refused(named, 'Too many named tokens: revoke one first', strict)
  })

  test('signs with the key of the servers, and changes no key', async () => {
    const keys = () => service.ports.store.selectFrom('signing_key').selectAll().execute()
    const before = await keys()
    await refused(named, 'LATCHKEY_SECRET is not the one that sealed the signing key', {
      LATCHKEY_SECRET: 'y'.repeat(40),
    })
    assert.deepEqual(await keys(), before)
    const { access_token } = await made([])
    assert.equal(await statusOf(access_token, '/auth/user'), 200)
    assert.deepEqual(await keys(), before)
  })

  test('makes a live token, also if the log has ended more than the row of the account says, or has a high horizon', async () => {
    const token = await service.logIn()
    await service.call('DELETE', '/tokens', { token })
    await change({ generation: 0 })
    const { store, revocation, clock } = service.ports
    assert.equal(await statusOf((await made([])).access_token, '/auth/user'), 200)
    const expires_at = clock() + 90_000
    await revocation.revoke(async () => ({ entries: [{ jti: 'horizon', expires_at }] }))
    const { access_token } = await made(['--expires-in', '60'])
    assert.ok((decodeJwt(access_token).exp ?? 0) * 1000 > expires_at)
    assert.equal(await statusOf(access_token, '/auth/user'), 200)
    await store.deleteFrom('token').execute()
  })
})
