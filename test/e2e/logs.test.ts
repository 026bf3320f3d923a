import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { openDatabase } from '../../src/store/open.ts'
import { sendBytes } from '../contract/raw.ts'
import { onEachDatabase } from '../support/databases.ts'
import { type ServerProcess, startProcess } from '../support/process/server.ts'
import { quickSettings } from '../support/service.ts'

const passwords = {
  right: 'Correct-Horse-4711',
  wrong: 'Wrong-Horse-0815-password',
  operator: 'Operator-Horse-2718',
  database: 'Database-Horse-3141',
  basic: 'Basic-Horse-1618',
}
const secret = 'A-secret-that-seals-the-signing-keys-1732'
const email = 'user@example.com'

/** Returns the database URL, with a password if the URL names a server. */
function withPassword(url: string): string {
  if (url.startsWith('sqlite:')) return url
  const full = new URL(url)
  if (full.password === '') full.password = passwords.database
  return full.href
}

/** Sends passwords and tokens in valid and invalid requests. @returns the tokens and credentials that were sent */
async function sendCredentials({ address, call }: ServerProcess): Promise<string[]> {
  const { right, wrong } = passwords
  const json = ['Content-Type', 'application/json']
  const tokens = [(await call('POST', '/auth/register', { json: { email, username: 'user', password: right } })).json]
  tokens.push((await call('POST', '/auth/login', { json: { email, password: right } })).json)
  tokens.push((await call('POST', '/login', { form: { username: 'user', password: right } })).json)
  const [first = '', second = '', third = ''] = tokens.map(({ access_token }) => access_token as string)
  for (const body of [
    `{"email":"${email}","password":"${wrong}"}`,
    `{"email":"${wrong}","password":"${wrong}"}`,
    `{"email":"${email}","password":"${wrong}"`,
    `{"email":"${email}","password":"${wrong}","password":"${right}"}`,
    `{"email":"${email}","password":["${wrong}"]}`,
    `{"email":"${email}","password":"${'x'.repeat(70_000)}${wrong}"}`,
    `{"${wrong}":"${right}","${right}":"a","${right}":"b"}`,
  ]) {
    for (const path of ['/auth/register', '/auth/login', '/login']) await call('POST', path, { body, headers: json })
  }
  for (const token of [first, `${second}x`, `${second}=`, second.toLowerCase(), second.replace('.', ' ')]) {
    await call('GET', '/auth/user', { token })
    await call('GET', '/widgets', { token })
    await call('DELETE', '/widgets/any', { token })
  }
  for (const path of [`/auth/user?access_token=${second}`, `/widgets/${second}`, `/${second}`, `/tokens/${second}`]) {
    for (const method of ['GET', 'DELETE', 'PATCH']) await call(method, path, { token: third })
  }
  const basic = Buffer.from(`user:${passwords.basic}`).toString('base64')
  await call('GET', '/auth/user', { headers: ['Authorization', `Basic ${basic}`] })
  await call('GET', '/auth/user', {
    headers: ['Authorization', `Bearer ${second}`, 'Authorization', `Bearer ${third}`],
  })
  await call('GET', '/auth/user', { headers: ['Cookie', `token=${second}`, 'User-Agent', second, 'X-Token', second] })
  await sendBytes(address, `GET /${second} HTTP/1.1\r\nAuthorization: Bearer ${second}\r\nbroken ${right}\r\n\r\n`)
  await sendBytes(address, `GET / HTTP/1.1\r\nAuthorization: Bearer ${second}\r\nA: ${'b'.repeat(140_000)}`)
  await call('POST', '/auth/logout', { token: first })
  await call('GET', '/auth/user', { token: first })
  await call('DELETE', '/tokens', { token: second })
  return [first, second, third, basic]
}

/** Drops two tables, so that the next login fails after the password check, and the next list of widgets fails. */
async function breakDatabase(url: string): Promise<void> {
  const { store } = await openDatabase(url)
  await store.schema.dropTable('known_address').execute()
  await store.schema.dropTable('widget').execute()
  await store.destroy()
}

/** Reads the password hashes and private keys from the database, which may appear nowhere else. */
async function secretsAtRest(url: string): Promise<string[]> {
  const { store } = await openDatabase(url)
  const users = await store.selectFrom('user').select('password_hash').execute()
  const keys = await store.selectFrom('signing_key').select('private_jwk').execute()
  await store.destroy()
  const hashes = users.flatMap(({ password_hash }) => [password_hash, ...password_hash.split('$').slice(-2)])
  return [
    ...hashes,
    ...keys.flatMap(({ private_jwk }) => [private_jwk as string, ...(private_jwk as string).split('.')]),
  ]
}

async function addUser(url: string): Promise<string> {
  const program = join(import.meta.dirname, '../../bin/latchkey.js')
  const settings = { ...quickSettings, DATABASE_URL: url, LATCHKEY_SECRET: secret, LOG_LEVEL: 'trace' }
  const args = [program, 'user', 'add', 'operator@example.com', '--admin', '--password-stdin']
  const child = spawn(process.execPath, args, { env: { PATH: process.env.PATH, ...settings }, cwd: '/' })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text))
  child.stdin.end(`${passwords.operator}\n`)
  const [code] = await once(child, 'close')
  assert.equal(code, 0, output)
  return output
}

/** Returns the parts of a token that must stay secret. The header is the same in every token. */
function secretParts(text: string): string[] {
  return [text, ...text.split('.').slice(1)].filter((part) => part.length >= 16)
}

onEachDatabase('logs', (create) => {
  test('at the level trace the log contains no secret, whether requests succeed or fail', async () => {
    const database = await create()
    const url = withPassword(database.url)
    const server = await startProcess({ DATABASE_URL: url, LATCHKEY_SECRET: secret, LOG_LEVEL: 'trace' })
    try {
      const sent = await sendCredentials(server)
      const operator = await addUser(url)
      const atRest = await secretsAtRest(url)
      await breakDatabase(url)
      const login = { email: 'operator@example.com', password: passwords.operator }
      const broken = await server.call('POST', '/auth/login', { json: login })
      assert.equal(broken.status, 500)
      assert.deepEqual(Object.keys(broken.json), ['status', 'message', 'request_id'])
      await server.stop()

      const written = server.output() + operator
      assert.match(written, /"msg":"registered"/)
      assert.match(written, /"msg":"login failed"/)
      assert.match(written, /"msg":"refused"/)
      const secrets = [
        ...Object.values(passwords),
        secret,
        ...sent.flatMap(secretParts),
        ...atRest.flatMap(secretParts),
      ]
      assert.ok(secrets.length >= 20)
      const found = secrets.filter((text) => written.includes(text))
      assert.deepEqual(found, [])
      assert.doesNotMatch(written, /(bearer|basic) \S{8}|eyJ[\w-]{20}/i)
    } finally {
      await server.kill()
      await database.remove()
    }
  })

  test('the log has the error of a 500 under its request id, and only the start message is not JSON', async () => {
    const database = await create()
    const server = await startProcess({ DATABASE_URL: database.url, LOG_LEVEL: 'trace' })
    try {
      const { json } = await server.call('POST', '/auth/register', { json: { email, password: passwords.right } })
      await breakDatabase(database.url)
      const answer = await server.call('GET', '/widgets', { token: json.access_token })
      assert.equal(answer.status, 500)
      assert.deepEqual(answer.json, {
        status: 'error',
        message: 'Internal server error',
        request_id: answer.json.request_id,
      })
      await server.call('GET', '/auth/user', { token: 'x' })
      await server.stop()

      const lines = server.output().trimEnd().split('\n')
      const startMessage = lines.filter((line) => !line.startsWith('{'))
      assert.equal(startMessage.length, 5, startMessage.join('\n'))
      const entries = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))
      // Each process has its own prefix, because the nodes of a fleet may share one log.
      assert.match(answer.json.request_id, /^[0-9a-f]{12}-\d+$/)
      const errors = entries.filter(({ reqId }) => reqId === answer.json.request_id)
      assert.equal(errors.length, 1)
      assert.equal(errors[0].level, 50)
      assert.match(errors[0].err.message, /widget/)
      assert.match(errors[0].err.stack, /\n {4}at /)
      const refused = entries.filter(({ msg }) => msg === 'refused')
      assert.ok(refused.length > 0 && refused.every(({ reqId }) => typeof reqId === 'string'))
    } finally {
      await server.kill()
      await database.remove()
    }
  })
})
