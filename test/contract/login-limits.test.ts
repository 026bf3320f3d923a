import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { describe, test } from 'node:test'
import { createSqlite } from '../support/databases.ts'
import { type Answer, quickSettings, send } from '../support/service.ts'
import { assertFails } from './refusals.ts'
import { type Holder, onEachService, type Subject } from './suite.ts'

const mismatch = 'email or password does not match'

/** Logs in with this client address. The service trusts the test as a proxy. */
function logInFrom({ call }: Subject, address: string, input: Record<string, string>): Promise<Answer> {
  return call('POST', '/auth/login', { json: input, headers: ['X-Forwarded-For', address] })
}

async function failFrom(subject: Subject, address: string, email: string, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    assertFails(await logInFrom(subject, address, { email, password: `wrong password ${i}` }), 401, mismatch)
  }
}

function assertTooMany(answer: Answer): void {
  assertFails(answer, 429)
  const seconds = String(answer.headers['retry-after'])
  assert.match(seconds, /^[1-9]\d*$/)
  assert.ok(Number(seconds) <= 15 * 60, seconds)
}

const right = ({ email, password }: Holder) => ({ email, password })

onEachService(
  'failed logins of one account',
  (subject) => {
    test('over the limit get 429, and so does the right password, with the address or the username', async () => {
      const user = await subject.newUser({ username: 'locked-out', headers: ['X-Forwarded-For', '192.0.2.1'] })
      await failFrom(subject, '192.0.2.2', user.email, 3)
      assertTooMany(await logInFrom(subject, '192.0.2.2', { email: user.email, password: 'wrong again' }))
      assertTooMany(await logInFrom(subject, '192.0.2.2', right(user)))
      assertTooMany(await logInFrom(subject, '192.0.2.2', { username: 'locked-out', password: user.password }))
      assertTooMany(await logInFrom(subject, '192.0.2.2', { email: user.email.toUpperCase(), password: user.password }))
      const short = {
        json: { username: 'locked-out', password: user.password },
        headers: ['X-Forwarded-For', '192.0.2.2'],
      }
      assertTooMany(await subject.call('POST', '/login', short))
    })

    test('from all unknown addresses count together', async () => {
      const user = await subject.newUser({ headers: ['X-Forwarded-For', '192.0.2.1'] })
      for (const address of ['198.51.100.1', '198.51.100.2', '198.51.100.3'])
        await failFrom(subject, address, user.email, 1)
      assertTooMany(await logInFrom(subject, '198.51.100.4', right(user)))
    })

    test('block no login from a known address of the owner, and revoke no token', async () => {
      const user = await subject.newUser({ headers: ['X-Forwarded-For', '203.0.113.1'] })
      await failFrom(subject, '203.0.113.66', user.email, 3)
      assertTooMany(await logInFrom(subject, '203.0.113.66', right(user)))
      assert.equal((await logInFrom(subject, '203.0.113.1', right(user))).status, 200)
      assert.equal((await subject.call('GET', '/auth/user', user)).status, 200)
      await failFrom(subject, '203.0.113.1', user.email, 3)
      assertTooMany(await logInFrom(subject, '203.0.113.1', right(user)))
    })

    test('block no login from the same network as a known address, and are counted by network', async () => {
      for (const [before, later, unknown] of [
        ['2001:db8:1:2::1', '2001:db8:1:2:aaaa::7', '2001:db8:1:3::1'],
        ['::ffff:203.0.113.2', '203.0.113.2', '203.0.113.3'],
      ] as const) {
        const user = await subject.newUser({ headers: ['X-Forwarded-For', before] })
        await failFrom(subject, unknown, user.email, 3)
        assertTooMany(await logInFrom(subject, unknown, right(user)))
        assert.equal((await logInFrom(subject, later, right(user))).status, 200)
        await failFrom(subject, later, user.email, 2)
        await failFrom(subject, before, user.email, 1)
        assertTooMany(await logInFrom(subject, later, right(user)))
      }
    })

    test('do not block other accounts', async () => {
      const [one, other] = [await subject.newUser(), await subject.newUser()]
      await failFrom(subject, '192.0.2.7', one.email, 3)
      assert.equal((await logInFrom(subject, '192.0.2.7', right(other))).status, 200)
    })

    test('are counted for unknown names too', async () => {
      await failFrom(subject, '192.0.2.8', 'unknown@example.com', 3)
      assertTooMany(await logInFrom(subject, '192.0.2.8', { email: 'unknown@example.com', password: 'any password' }))
    })

    test('at the same time do not exceed the limit', async () => {
      const user = await subject.newUser({ headers: ['X-Forwarded-For', '192.0.2.1'] })
      const attempts = Array.from({ length: 20 }, () =>
        logInFrom(subject, '192.0.2.9', { email: user.email, password: 'wrong password' }),
      )
      const statuses = (await Promise.all(attempts)).map(({ status }) => status)
      assert.deepEqual(statuses.toSorted(), [...Array(3).fill(401), ...Array(17).fill(429)])
    })
  },
  { LOGIN_LIMIT_ACCOUNT: '3', TRUST_PROXY: 'loopback' },
)

onEachService(
  'failed logins from one address',
  (subject) => {
    test('over the limit get 429 for every account, and other addresses do not', async () => {
      const user = await subject.newUser({ headers: ['X-Forwarded-For', '192.0.2.1'] })
      for (let i = 0; i < 4; i++) await failFrom(subject, '192.0.2.66', `guess-${i}@example.com`, 1)
      assertTooMany(await logInFrom(subject, '192.0.2.66', right(user)))
      assertTooMany(await logInFrom(subject, '192.0.2.66', { email: 'guess-9@example.com', password: 'any password' }))
      assert.equal((await logInFrom(subject, '192.0.2.67', right(user))).status, 200)
      assert.equal((await logInFrom(subject, '192.0.2.1', right(user))).status, 200)
    })

    test('do not count for the account if the limit of accounts is off', async () => {
      const user = await subject.newUser({ headers: ['X-Forwarded-For', '192.0.2.1'] })
      for (let i = 0; i < 8; i++) await failFrom(subject, `198.51.100.${i}`, user.email, 1)
      assert.equal((await logInFrom(subject, '198.51.100.99', right(user))).status, 200)
    })
  },
  { LOGIN_LIMIT_ADDRESS: '4', TRUST_PROXY: 'loopback' },
)

onEachService(
  'the address of a client',
  (subject) => {
    test('is the address of the connection if no proxy is trusted', async () => {
      const user = await subject.newUser()
      for (let i = 0; i < 2; i++) await failFrom(subject, `192.0.2.${i}`, user.email, 1)
      assertTooMany(await logInFrom(subject, '192.0.2.9', right(user)))
      const [{ ip }] = (await subject.call('GET', '/tokens', user)).json.tokens
      assert.equal(ip, '127.0.0.1')
    })
  },
  { LOGIN_LIMIT_ADDRESS: '2' },
)

onEachService(
  'registrations and successful logins from one address',
  (subject) => {
    const from = (address: string, path: string, input: object) =>
      subject.call('POST', path, { json: input, headers: ['X-Forwarded-For', address] })
    const register = (address: string, name: string) =>
      from(address, '/auth/register', { email: `${name}@example.com`, password: 'correct horse battery' })

    test('over the limit get 429, and other addresses do not', async () => {
      for (let i = 0; i < 3; i++) assert.equal((await register('192.0.2.1', `many-${i}`)).status, 201)
      assertTooMany(await register('192.0.2.1', 'many-3'))
      assert.equal((await register('192.0.2.2', 'many-3')).status, 201)
      const input = { email: 'many-3@example.com', password: 'correct horse battery' }
      for (let i = 0; i < 4; i++) assert.equal((await from('192.0.2.3', '/auth/login', input)).status, 200)
      const answer = await from('192.0.2.3', '/login', input)
      assertTooMany(answer)
      assert.equal(answer.json.message, 'Too many logins or registrations from this address. Please try again later.')
      assert.equal((await from('192.0.2.4', '/auth/login', input)).status, 200)
    })

    test('are counted for a whole IPv6 network', async () => {
      for (let i = 0; i < 3; i++) assert.equal((await register(`2001:db8::${i}`, `six-${i}`)).status, 201)
      assertTooMany(await register('2001:db8:0:0:ffff::1', 'six-3'))
      assert.equal((await register('2001:db8:0:1::1', 'six-3')).status, 201)
    })

    test('at the same time do not exceed the limit', async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => register('192.0.2.9', `same-${i}`)))
      const statuses = answers.map(({ status }) => status)
      assert.deepEqual(statuses.toSorted(), [...Array(3).fill(201), ...Array(7).fill(429)])
    })
  },
  { REGISTRATION_LIMIT_ADDRESS: '3', LOGIN_LIMIT_SUCCESS_ADDRESS: '4', TRUST_PROXY: 'loopback' },
)

onEachService(
  'a flood of logins from one address',
  (subject) => {
    test('is refused or waits, and logins of other addresses are served first', async () => {
      const user = await subject.newUser({ headers: ['X-Forwarded-For', '192.0.2.1'] })
      const honest = await Promise.all(
        Array.from({ length: 10 }, (_, i) => subject.newUser({ headers: ['X-Forwarded-For', `198.51.100.${i}`] })),
      )
      const flood = Array.from({ length: 400 }, async () => {
        const { status } = await logInFrom(subject, '192.0.2.1', right(user))
        return status
      })
      await flood[0]
      const statuses = honest.map(async (each, i) => (await logInFrom(subject, `198.51.100.${i}`, right(each))).status)
      assert.deepEqual(await Promise.all(statuses), Array(10).fill(200))
      // In order of arrival, the logins of the flood would have been served before.
      assert.ok(subject.service.ports.hasher.waiting() > 0, 'the flood was served first')
      const rest = await Promise.all(flood)
      assert.ok(rest.every((status) => status === 200 || status === 503))
    })
  },
  { TRUST_PROXY: 'loopback', ARGON2_MEMORY_KIB: '12288', HASH_CONCURRENCY: '1' },
)

onEachService('limits that are 0', (subject) => {
  test('are off', async () => {
    const user = await subject.newUser()
    await failFrom(subject, '192.0.2.1', user.email, 30)
    assert.equal((await logInFrom(subject, '192.0.2.1', right(user))).status, 200)
  })
})

describe('more logins than the node can hash in a few seconds', () => {
  test('get 503 with Retry-After, token checks are still answered, and the log contains no secret', async (t) => {
    const database = await createSqlite()
    // One hash takes almost a second, so a queue builds up. The test does not wait for the whole queue.
    const slow = {
      ...quickSettings,
      DATABASE_URL: database.url,
      ARGON2_MEMORY_KIB: '65536',
      ARGON2_PASSES: '12',
      HASH_CONCURRENCY: '1',
      LOG_LEVEL: 'trace',
    }
    const server = spawn(process.execPath, ['src/cli.ts', 'serve'], {
      env: { ...process.env, ...slow },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    t.after(async () => {
      if (server.exitCode === null) {
        const exited = once(server, 'exit')
        server.kill('SIGKILL')
        await exited
      }
      await database.remove()
    })
    const lines: string[] = []
    const output = createInterface({ input: server.stdout })
    const address = await new Promise<string>((found, fail) => {
      output.on('line', (line) => {
        lines.push(line)
        const [, listening] = /listens on (http:\S+)/.exec(line) ?? []
        if (listening) found(listening)
      })
      server.once('exit', () => fail(new Error(`the service did not start:\n${lines.join('\n')}`)))
    })

    const input = { email: 'storm@example.com', password: 'a secret password' }
    const { json } = await send(address, 'POST', '/auth/register', { json: input })
    const token = json.access_token as string
    const refused: Answer[] = []
    const enough = new Promise<void>((resolve) => {
      for (let i = 0; i < 200; i++) {
        send(address, 'POST', '/auth/login', { json: input }).then(
          (answer) => {
            if (answer.status === 503 && refused.push(answer) === 10) resolve()
          },
          () => {},
        )
      }
    })
    await enough
    for (const answer of refused) {
      assertFails(answer, 503)
      assert.match(String(answer.headers['retry-after']), /^[1-9]\d*$/)
    }
    const newcomer = { json: { ...input, email: 'other@example.com' } }
    assertFails(await send(address, 'POST', '/auth/register', newcomer), 503)
    assert.equal((await send(address, 'GET', '/auth/user', { token })).status, 200)
    const metrics = (await send(address, 'GET', '//metrics')).text
    assert.match(metrics, /^latchkey_hashes_running 1$/m)
    assert.match(metrics, /^latchkey_hashes_waiting [1-9]\d*$/m)
    assert.ok(lines.length > 10)
    assert.doesNotMatch(lines.join('\n'), new RegExp(`secret password|${token.split('.')[2]}`))
  })
})
