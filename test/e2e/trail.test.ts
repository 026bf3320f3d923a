// What the log tells about logins, limits and commands.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase, open } from '../support/databases.ts'
import { latchkey } from '../support/process/latchkey.ts'
import { type ServerProcess, startProcess } from '../support/process/server.ts'

const password = 'correct horse battery'

interface Line {
  msg: string
  [field: string]: unknown
}

function linesOf(server: ServerProcess): Line[] {
  const lines = server.output().split('\n').slice(0, -1)
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))
}

/** Waits until the log has this many lines with the message. The time limit of the test ends the loop. */
async function untilLogged(server: ServerProcess, message: string, count: number): Promise<Line[]> {
  for (;;) {
    const found = linesOf(server).filter(({ msg }) => msg === message)
    if (found.length >= count) return found
    await server.call('GET', '//healthz')
  }
}

onEachDatabase('the log', (create) => {
  test('tells who logged in from where, what a limit refused once, and what commands did', async (t) => {
    const { database, undo } = await open(t, create)
    const settings = { DATABASE_URL: database.url, LOG_LEVEL: 'info', LOGIN_LIMIT_ACCOUNT: '3', RATE_LIMIT: '1000000' }
    const server = await startProcess({ ...settings, PORT: '0' })
    undo.push(() => server.kill())
    const post = async (path: string, json: object) => server.call('POST', path, { json })
    const user = { email: 'user@example.com', password }
    await post('/auth/register', user)
    const { access_token } = (await post('/auth/login', user)).json
    const { public_id } = (await server.call('GET', '/auth/user', { token: access_token })).json
    const { tokens } = (await server.call('GET', '/tokens', { token: access_token })).json
    const [registered] = await untilLogged(server, 'registered', 1)
    const [login] = await untilLogged(server, 'logged in', 1)
    assert.deepEqual([registered?.user, registered?.token, registered?.address], [public_id, tokens[0].id, '127.0.0.1'])
    assert.deepEqual([login?.user, login?.token, login?.address], [public_id, tokens[1].id, '127.0.0.1'])

    const next = { current_password: password, new_password: `${password} again` }
    const changed = await server.call('POST', '/auth/password', { token: access_token, json: next })
    assert.equal(changed.status, 200)
    const [{ id: newest }] = (await server.call('GET', '/tokens', { token: changed.json.access_token })).json.tokens
    const [change] = await untilLogged(server, 'account changed, tokens revoked', 1)
    assert.deepEqual([change?.user, change?.token, change?.address], [public_id, newest, '127.0.0.1'])

    // The account is known at this address, so its own limit refuses; names without an account share one line.
    for (let i = 0; i < 8; i++) await post('/auth/login', { ...user, password: 'wrong' })
    for (let i = 0; i < 4; i++) {
      for (const name of ['first', 'second', 'third']) await post('/login', { username: name, password: 'wrong' })
    }
    const refused = await untilLogged(server, 'refused by a limit', 2)
    assert.deepEqual(
      refused.map(({ limit, owner, address }) => [limit, owner, address]),
      [
        ['too_many_failures', public_id, '127.0.0.1'],
        ['too_many_failures', undefined, '127.0.0.1'],
      ],
    )

    const run = (...args: string[]) => latchkey(args, settings, args.includes('add') ? { stdin: password } : {})
    assert.equal((await run('user', 'disable', 'user@example.com')).code, 0)
    assert.equal((await run('user', 'add', 'boss@example.com', '--admin', '--password-stdin')).code, 0)
    assert.equal((await run('service', 'add', 'shop')).code, 0)
    assert.equal((await run('key', 'rotate')).code, 0)
    assert.equal((await run('user', 'factors', 'reset', 'boss@example.com', '--yes')).code, 0)
    assert.equal((await run('user', 'delete', 'user@example.com', '--yes')).code, 0)
    const commands = await untilLogged(server, 'a command has run', 6)
    assert.deepEqual(
      commands.map(({ command }) => command),
      ['user disable', 'user add --admin', 'service add', 'key rotate', 'user factors reset', 'user delete'],
    )
    assert.equal(commands[0]?.user, public_id)
    const by = commands[0]?.by as Record<string, string> | undefined
    assert.ok(by !== undefined && by.user_name !== '' && by.host !== '')
    // Only what is about a request has its id, and each of these lines has one.
    const ids = linesOf(server).map(({ msg, reqId }) => [msg, typeof reqId])
    for (const msg of ['registered', 'logged in', 'login failed', 'refused by a limit']) {
      assert.deepEqual([...new Set(ids.filter(([name]) => name === msg).map(([, kind]) => kind))], ['string'], msg)
    }
    const text = server.output()
    for (const secret of [password, access_token, changed.json.access_token, 'user@example.com'])
      assert.ok(!text.includes(secret), secret)
    assert.equal(linesOf(server).filter(({ msg }) => msg === 'refused by a limit').length, 2)
  })
  test('names the request that RATE_LIMIT has refused first', async (t) => {
    const { database, undo } = await open(t, create)
    const server = await startProcess({ DATABASE_URL: database.url, LOG_LEVEL: 'info', RATE_LIMIT: '3', PORT: '0' })
    undo.push(() => server.kill())
    for (let i = 0; i < 6; i++) await server.call('GET', '/auth/user')
    const [refused, ...more] = await untilLogged(server, 'refused by a limit', 1)
    assert.deepEqual([refused?.limit, typeof refused?.reqId, more.length], ['RATE_LIMIT', 'string', 0])
  })
})

test('a production server says once that anyone may register, unless the operator has decided so', async () => {
  const production = {
    LATCHKEY_ENV: 'production',
    LATCHKEY_SECRET: 'x'.repeat(40),
    PUBLIC_URL: 'https://auth.example.com',
    REALM_DOMAIN: 'example.com',
    DATABASE_URL: 'sqlite:latchkey.db',
    ARGON2_MEMORY_KIB: '19456',
    ARGON2_PASSES: '2',
    PORT: '0',
    LOG_LEVEL: 'info',
  }
  for (const [more, count] of [
    [{}, 1],
    [{ REGISTRATION: 'open' }, 0],
    [{ REGISTRATION: 'invite' }, 0],
  ] as const) {
    const server = await startProcess({ ...production, ...more })
    await server.stop()
    const lines = linesOf(server).filter(({ msg }) => /^REGISTRATION is not set, so anyone may register/.test(msg))
    assert.equal(lines.length, count)
  }
})
