import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, dirname, join } from 'node:path'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { sql } from 'kysely'
import pg from 'pg'
import { migrate } from '../../src/store/migrate.ts'
import { openDatabase } from '../../src/store/open.ts'
import { createSqlite, onEachDatabase, type TestDatabase } from '../support/databases.ts'
import { latchkey, program } from '../support/process/latchkey.ts'
import { createPostgres, freePort } from '../support/process/postgres.ts'
import { startProcess } from '../support/process/server.ts'
import { account, send } from '../support/service.ts'

const secret = 'a secret of at least thirty-two characters'
const production = {
  LATCHKEY_ENV: 'production',
  LATCHKEY_SECRET: secret,
  ARGON2_MEMORY_KIB: '7168',
  ARGON2_PASSES: '5',
}

/** Returns a path in a new folder, which is deleted after the test. */
async function newFile(t: { after: (fn: () => Promise<void>) => void }): Promise<{ path: string; url: string }> {
  const { url, remove } = await createSqlite()
  t.after(remove)
  return { path: url.replace('sqlite:', ''), url }
}

/** Asserts that both `serve` and a command print one matching line and exit with 1. */
async function assertBothRefuse(settings: Record<string, string>, line: RegExp): Promise<void> {
  for (const args of [['serve'], ['user', 'list']]) {
    const { code, stdout, stderr } = await latchkey(args, { PORT: '0', LOG_LEVEL: 'silent', ...settings })
    assert.match(stderr, line)
    assert.equal(stderr.indexOf('\n'), stderr.length - 1, stderr)
    assert.ok(!stderr.includes('between-us'))
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
  }
}

test('serve prints its addresses and how to create an administrator', async (t) => {
  const { path, url } = await newFile(t)
  const server = await startProcess({ DATABASE_URL: url })
  t.after(server.stop)
  assert.equal(
    server.output(),
    `Latchkey listens on ${server.address}
  console      ${server.address}/
  Swagger UI   ${server.address}/api/v1/ui
  health       ${server.address}/healthz
  Make an administrator:  npx latchkey user add you@example.com --admin
`,
  )
  assert.equal((await server.call('GET', '//healthz')).status, 200)
  assert.equal((await server.call('GET', '//readyz')).status, 200)
  for (const file of [path, `${path}-wal`]) assert.equal(statSync(file).mode & 0o777, 0o600, file)
})

/** A Node.js on PATH that is older than 26, if there is one. */
const olderNode = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'node'))
  .filter((path) => existsSync(path))
  .find((path) => Number(/^v(\d+)/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' }))?.[1]) < 26)

test('an older Node.js gets a message with the required version', {
  skip: !olderNode && 'no older Node.js on PATH',
}, async () => {
  const version = execFileSync(olderNode as string, ['--version'], { encoding: 'utf8' })
    .trim()
    .slice(1)
  const { code, stdout, stderr } = await latchkey(['--help'], {}, { command: [olderNode as string, program] })
  assert.deepEqual(
    { code, stdout, stderr },
    {
      code: 1,
      stdout: '',
      stderr: `latchkey: needs Node.js 26 or newer, this is ${version}\n  this checkout has Node.js 26: run "npm start", "npx latchkey" or "node_modules/.bin/node bin/latchkey.js"\n`,
    },
  )
})

test('in production serve writes only JSON lines, and one of them contains the address', async (t) => {
  const { url } = await newFile(t)
  const server = await startProcess({ DATABASE_URL: url, LOG_LEVEL: 'info', ...production })
  await server.stop()
  const lines = server.output().trim().split('\n')
  for (const line of lines) assert.equal(JSON.parse(line).level >= 30, true, line)
  assert.ok(lines.some((line) => line.includes(server.address)))
  assert.ok(!server.output().includes(secret))
})

test('the error for a port in use names the port, and the signing key stays unchanged', async (t) => {
  const { url } = await newFile(t)
  await (await startProcess({ DATABASE_URL: url })).stop()
  const keys = async () => (await latchkey(['key', 'list', '--json'], { DATABASE_URL: url })).stdout
  const before = await keys()
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.after(() => other.close())
  const { port } = other.address() as { port: number }
  const { code, stdout, stderr } = await latchkey(['serve'], {
    DATABASE_URL: url,
    PORT: String(port),
    TOKEN_ALG: 'EdDSA',
  })
  assert.equal(await keys(), before)
  assert.equal(
    stderr.split('\n')[0],
    `latchkey: cannot listen on HOST=127.0.0.1 PORT=${port}: the address is already in use`,
  )
  assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
})

test('the error for an unusable SQLite path names the setting and the reason', async (t) => {
  const { path } = await newFile(t)
  const folder = dirname(path)
  const text = join(folder, 'notes.txt')
  writeFileSync(text, 'These are notes, and there are enough of them to fill a page of a database.\n'.repeat(100))
  await assertBothRefuse({ DATABASE_URL: `sqlite:${folder}` }, /^latchkey: DATABASE_URL: .*directory/)
  await assertBothRefuse({ DATABASE_URL: `sqlite:${text}` }, /^latchkey: DATABASE_URL: .*file is not a database/)
  await assertBothRefuse({ DATABASE_URL: `sqlite:${text}/latchkey.db` }, /^latchkey: DATABASE_URL: .*ENOTDIR/)
  // Even root cannot create this file.
  const unwritable = await latchkey(['serve'], { DATABASE_URL: 'sqlite:/sys/kernel/latchkey.db', PORT: '0' })
  assert.match(unwritable.stderr, /^latchkey: DATABASE_URL: .*(EACCES|EROFS|EPERM)/)
  assert.equal(readFileSync(text, 'utf8').length, 76 * 100)
})

test('a command without a database creates none, and names the setting and the path', async (t) => {
  const { path, url } = await newFile(t)
  const missing = join(dirname(path), 'sub/other.db')
  const line = (at: string) =>
    `latchkey: DATABASE_URL: there is no database at ${at}; start the server or run latchkey db migrate first\n`
  for (const args of [
    ['user', 'add', 'a@example.com', '--password-stdin'],
    ['user', 'add', 'a@example.com'],
    ['user', 'list'],
    ['user', 'disable', 'a@example.com'],
    ['token', 'list', 'a@example.com'],
    ['key', 'rotate'],
    ['fleet'],
    ['db', 'reset'],
  ]) {
    const refused = await latchkey(args, { DATABASE_URL: `sqlite:${missing}` }, { stdin: 'a good password' })
    assert.deepEqual(refused, { code: 1, stdout: '', stderr: line(missing) })
  }
  assert.ok(!existsSync(dirname(missing)))
  const cwd = realpathSync(dirname(path))
  const relative = await latchkey(['user', 'list'], {}, { cwd })
  assert.equal(relative.stderr, line(join(cwd, 'data/latchkey.db')))
  assert.equal((await latchkey(['db', 'migrate'], { DATABASE_URL: url })).code, 0)
  assert.equal((await latchkey(['user', 'list'], { DATABASE_URL: url })).code, 0)
})

test('a full disk stops the start, and the same file works once there is space', async (t) => {
  const { url } = await newFile(t)
  const limited: [string, ...string[]] = ['sh', '-c', 'ulimit -f 16; exec "$@"', 'sh', process.execPath, program]
  const full = await latchkey(['serve'], { DATABASE_URL: url, PORT: '0' }, { command: limited })
  assert.match(full.stderr, /^latchkey: .*(disk I\/O error|database or disk is full)\n$/)
  assert.equal(full.code, 1)
  const server = await startProcess({ DATABASE_URL: url })
  assert.equal((await server.call('POST', '/auth/register', { json: account })).status, 201)
  assert.equal(await server.stop(), 0)
})

test('the error for a failed PostgreSQL connection names the reason without the password', async () => {
  const url = new URL(process.env.TEST_DATABASE_URL as string)
  const at = (change: (url: URL) => void) => {
    const changed = new URL(url)
    changed.password = 'between-us'
    change(changed)
    return changed.href
  }
  const cases: [string, RegExp][] = [
    [at((changed) => Object.assign(changed, { port: '1' })), /ECONNREFUSED/],
    [at((changed) => Object.assign(changed, { pathname: '/nowhere' })), /database "nowhere" does not exist/],
    [at((changed) => Object.assign(changed, { username: 'unknown_here' })), /"unknown_here"/],
  ]
  for (const [DATABASE_URL, reason] of cases) {
    const settings = { DATABASE_URL, START_TIMEOUT_S: reason.source === 'ECONNREFUSED' ? '0' : '60' }
    await assertBothRefuse(settings, new RegExp(`^latchkey: DATABASE_URL: .*${reason.source}`))
  }
})

test('a wrong or missing PostgreSQL password stops the start', async (t) => {
  const server = await createPostgres()
  t.after(server.remove)
  const owner = new pg.Client(server.url)
  await owner.connect()
  await owner.query("create role joe login password 'right'")
  const { rows } = await owner.query('show hba_file')
  const rules = readFileSync(rows[0].hba_file, 'utf8')
  writeFileSync(rows[0].hba_file, `host all joe 127.0.0.1/32 scram-sha-256\n${rules}`)
  await owner.end()
  await server.stop()
  await server.start()

  const at = (password: string) => server.url.replace('postgres@', `joe${password}@`)
  const wrong = /^latchkey: DATABASE_URL: .*password authentication failed for user "joe"/
  await assertBothRefuse({ DATABASE_URL: at(':between-us') }, wrong)
  await assertBothRefuse({ DATABASE_URL: at('') }, /^latchkey: DATABASE_URL: .*password/)
})

test('the error for an unusable signing key names the reason: wrong secret, no secret, bad key file', async (t) => {
  const { path, url } = await newFile(t)
  const notKey = join(dirname(path), 'not-a-key.pem')
  writeFileSync(notKey, 'not a key')
  await (await startProcess({ DATABASE_URL: url, LATCHKEY_SECRET: secret })).stop()
  const cases: [Record<string, string>, string][] = [
    [
      { LATCHKEY_SECRET: secret.toUpperCase() },
      'LATCHKEY_SECRET is not the one that sealed the signing key in the database',
    ],
    [{}, 'LATCHKEY_SECRET is not set, and the signing key in the database is sealed with one'],
    [{ SIGNING_KEY_FILE: '/nowhere/key.pem' }, 'SIGNING_KEY_FILE cannot be read (ENOENT)'],
    [{ SIGNING_KEY_FILE: dirname(path) }, 'SIGNING_KEY_FILE cannot be read (EISDIR)'],
    [{ SIGNING_KEY_FILE: notKey }, 'SIGNING_KEY_FILE is no private JWK or PEM for ES256'],
  ]
  for (const [settings, sentence] of cases) {
    const outcome = await latchkey(['serve'], { DATABASE_URL: url, PORT: '0', ...settings })
    assert.deepEqual([outcome.code, outcome.stdout], [1, ''])
    assert.equal(outcome.stderr.split('\n')[0], `latchkey: ${sentence}`)
  }
  const server = await startProcess({ DATABASE_URL: url, LATCHKEY_SECRET: secret })
  assert.equal(await server.stop(), 0)
})

test('the environment overrides .env, and an unknown name or a malformed line in .env stops the start', async (t) => {
  const { path, url } = await newFile(t)
  const cwd = dirname(path)
  writeFileSync(join(cwd, '.env'), `DATABASE_URL=${url}\nLATCHKEY_ENV=production\n`)
  const refused = await latchkey(['user', 'list'], { LATCHKEY_ENV: '' }, { cwd })
  assert.match(refused.stderr, /^latchkey: LATCHKEY_SECRET must be set/)
  assert.equal((await latchkey(['db', 'migrate'], { LATCHKEY_ENV: 'test' }, { cwd })).code, 0)
  const listed = await latchkey(['user', 'list', '--json'], { LATCHKEY_ENV: 'test' }, { cwd })
  assert.deepEqual(listed, { code: 0, stdout: '[]\n', stderr: '' })
  assert.ok(statSync(path).isFile())

  writeFileSync(join(cwd, '.env'), 'PROT=5001\n')
  const unknown = await latchkey(['serve'], {}, { cwd })
  assert.deepEqual(unknown, { code: 2, stdout: '', stderr: 'latchkey: PROT in .env is not a setting\n' })
  for (const [text, line] of [
    ['PORT', 1],
    ['# a comment = nothing\n\nHOST=127.0.0.1\n  PORT 5001\n', 4],
    ['PORT="5001"\r\n\r\nHOST\r\n', 3],
  ]) {
    writeFileSync(join(cwd, '.env'), String(text))
    const nothing = await latchkey(['serve'], {}, { cwd })
    assert.deepEqual(nothing, { code: 2, stdout: '', stderr: `latchkey: line ${line} of .env is not NAME=value\n` })
  }
  writeFileSync(join(cwd, '.env'), '')
  mkdirSync(join(cwd, 'sub/.env'), { recursive: true })
  const folder = await latchkey(['serve'], {}, { cwd: join(cwd, 'sub') })
  assert.deepEqual(folder, { code: 2, stdout: '', stderr: 'latchkey: .env cannot be read (EISDIR)\n' })
})

test('a stack trace appears only if LOG_LEVEL asks for it', async () => {
  const run = (LOG_LEVEL: string) => latchkey(['user', 'list'], { DATABASE_URL: 'sqlite:/dev/null/x.db', LOG_LEVEL })
  assert.doesNotMatch((await run('info')).stderr, /^ +at /m)
  assert.match((await run('debug')).stderr, /^latchkey: .*\n(.*\n)* +at /)
})

test('output that cannot be written is an error, but a closed pipe is not', async (t) => {
  const { url } = await newFile(t)
  const piped = (line: string) =>
    latchkey([], { DATABASE_URL: url }, { command: ['sh', '-c', line, 'sh', process.execPath, program] })
  const full = await piped('"$@" routes > /dev/full; echo ended with $?')
  assert.match(full.stdout, /^ended with 1\n$/)
  assert.equal(full.stderr, 'latchkey: the output cannot be written (ENOSPC)\n')
  assert.deepEqual(await piped('"$@" routes | true'), { code: 0, stdout: '', stderr: '' })
})

test('a service that cannot write its log still answers and shuts down', async (t) => {
  const { path, url } = await newFile(t)
  const port = await freePort()
  const line = '"$@" serve > /dev/full & trap "kill $!" TERM; wait; wait $!; echo "ended with $?"'
  const server = spawn('sh', ['-c', line, 'sh', process.execPath, program], {
    cwd: dirname(path),
    env: { PATH: process.env.PATH, DATABASE_URL: url, PORT: String(port), ...production },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => server.kill())
  const address = `http://127.0.0.1:${port}`
  while ((await send(address, 'GET', '//readyz').catch(() => undefined))?.status !== 200) await turn()
  assert.equal((await send(address, 'POST', '/auth/register', { json: account })).status, 201)
  server.kill()
  const [printed] = await once(server.stdout, 'data')
  assert.equal(String(printed), 'ended with 0\n')
})

onEachDatabase('a fresh database', (create) => {
  test('two servers that start at the same time both run, with one key of each kind and each migration applied once', async (t) => {
    const database = await create()
    t.after(database.remove)
    const [first, second] = await Promise.all([
      startProcess({ DATABASE_URL: database.url }),
      startProcess({ DATABASE_URL: database.url }),
    ])
    const registered = await first.call('POST', '/auth/register', { json: account })
    const token = registered.json.access_token
    assert.equal((await second.call('GET', '/auth/user', { token })).status, 200)
    assert.equal((await second.call('POST', '/auth/logout', { token })).status, 200)
    assert.equal((await first.call('GET', '/auth/user', { token })).status, 401)
    assert.deepEqual(await Promise.all([first.stop(), second.stop()]), [0, 0])

    const { store } = await openDatabase(database.url)
    t.after(() => store.destroy())
    const keys = await store.selectFrom('signing_key').selectAll().execute()
    assert.deepEqual(keys.map(({ next }) => next).toSorted(), [0, 1])
    const { rows } = await sql<{ name: string }>`select name from latchkey_migration order by name`.execute(store)
    assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length)
    assert.deepEqual(await migrate(store), [])
  })

  test('serve and commands refuse a schema of a newer version and do not change it', async (t) => {
    const database = await create()
    t.after(database.remove)
    await withStore(database, async (store) => {
      await migrate(store)
      await sql`insert into latchkey_migration (name, timestamp) values ('9999-later', 'then')`.execute(store)
    })
    const line = /^latchkey: the database was migrated by a newer version of Latchkey \(9999-later\)/
    await assertBothRefuse({ DATABASE_URL: database.url }, line)
    const migrated = await latchkey(['db', 'migrate'], { DATABASE_URL: database.url })
    assert.match(migrated.stderr, line)
    assert.equal(migrated.code, 1)
    await withStore(database, async (store) => {
      assert.deepEqual(await store.selectFrom('signing_key').selectAll().execute(), [])
    })
  })
})

type Opened = Awaited<ReturnType<typeof openDatabase>>['store']

async function withStore(database: TestDatabase, act: (store: Opened) => Promise<void>): Promise<void> {
  const { store } = await openDatabase(database.url)
  try {
    await act(store)
  } finally {
    await store.destroy()
  }
}
