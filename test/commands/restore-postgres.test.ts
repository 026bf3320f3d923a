// `latchkey restore` on PostgreSQL.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import pg from 'pg'
import { migrate, migrationTable } from '../../src/store/migrate.ts'
import { openDatabase } from '../../src/store/open.ts'
import { dataTables } from '../../src/store/postgres-backup.ts'
import { functions, otherTables } from '../../src/store/postgres-restore.ts'
import type { TestDatabase } from '../support/databases.ts'
import { ageNextKey } from '../support/keys.ts'
import {
  accounts,
  addAccount,
  addTokens,
  assertRefused,
  createDumpable,
  type DumpableDatabase,
  logIn,
  register,
  run,
  use,
} from '../support/process/backups.ts'
import { latchkey, program } from '../support/process/latchkey.ts'
import { type ServerProcess, startProcess } from '../support/process/server.ts'

/** Has the accounts `both`. Each test has a copy of this database, and of a backup that has one account. */
let template: DumpableDatabase
let templateBackup: string
let server: pg.Client
let databases = 0

/** Of the test that runs. */
let database: TestDatabase
let settings: Record<string, string>
let folder: string
let client: pg.Client

before(async () => {
  template = await createDumpable()
  folder = mkdtempSync(join(tmpdir(), 'latchkey-restore-'))
  templateBackup = backup()
  await run(template.settings, 'db', 'migrate')
  await addAccount(template.settings, 'first@example.com')
  await run(template.settings, 'backup', templateBackup)
  await addAccount(template.settings, 'late@example.com')
  server = await connect('template1')
})
after(async () => {
  await server.end()
  await template.remove()
  rmSync(dirname(templateBackup), { recursive: true, force: true })
})

function urlOf(name: string): string {
  return template.url.replace(/postgres$/, name)
}

async function connect(name: string): Promise<pg.Client> {
  const connected = new pg.Client(urlOf(name))
  await connected.connect()
  return connected
}

beforeEach(async () => {
  const name = `test_${++databases}`
  await server.query(`create database ${name} template postgres`)
  client = await connect(name)
  database = { url: urlOf(name), remove: async () => {} }
  settings = { ...template.settings, DATABASE_URL: database.url }
  folder = mkdtempSync(join(tmpdir(), 'latchkey-restore-'))
  copyFileSync(templateBackup, backup())
})
afterEach(async () => {
  await client.end()
  rmSync(folder, { recursive: true, force: true })
})

const backup = () => join(folder, 'backup')
const restore = (file = backup(), more: Record<string, string> = {}) =>
  latchkey(['restore', file, '--yes'], { ...settings, ...more })

const empty = () => client.query('drop schema public cascade; create schema public')

const both = ['first@example.com', 'late@example.com']

test('after SIGKILL and a restore, the state is the backup’s, and every token from before is dead', async (t) => {
  await empty()
  rmSync(backup())
  const servers: ServerProcess[] = [await startProcess(settings), await startProcess(settings)]
  t.after(() => Promise.all(servers.map((server) => server.kill())))
  const [a, b] = servers as [ServerProcess, ServerProcess]
  const tokens = [await register(a, 'first@example.com'), (await logIn(b, 'first@example.com')).token]
  await run(settings, 'backup', backup())
  for (const token of tokens) assert.equal((await a.call('POST', '/auth/logout', { token })).status, 200)
  tokens.push(await register(a, 'late@example.com'))
  await ageNextKey({ url: settings.DATABASE_URL as string })
  await run(settings, 'key', 'rotate')
  tokens.push((await logIn(a, 'first@example.com')).token)
  const { rows: before } = await client.query('select max(seq) as seq from revocation')
  await Promise.all([a.kill(), b.kill()])

  const { stdout } = await restore()
  const { host, pathname } = new URL(database.url)
  assert.equal(
    stdout,
    `PostgreSQL at ${host}${pathname} is restored from ${backup()}: 1 account
every token is revoked (3 signing keys ended), so every user has to log in again
`,
  )
  const { rows: later } = await client.query('select max(seq) as seq, min(seq) as first from revocation')
  assert.ok(Number(later[0].first) > Number(before[0].seq), 'no number of the log is used twice')
  servers.push(await startProcess(settings))
  const server = servers.at(-1) as ServerProcess
  for (const token of tokens) assert.equal(await use(server, token), 401)
  const again = await logIn(server, 'first@example.com')
  assert.deepEqual([again.status, await use(server, again.token)], [200, 200])
  assert.equal((await server.call('POST', '/auth/logout', { token: again.token })).status, 200)
  assert.equal(await use(server, again.token), 401)
  assert.deepEqual(await accounts(settings), ['first@example.com'])
})

test('a restore beside a node is refused; a node that stood still during the restore learns of it', async (t) => {
  await empty()
  rmSync(backup())
  const server = await startProcess(settings)
  t.after(server.kill)
  const token = await register(server, 'first@example.com')
  await run(settings, 'backup', backup())
  const late = await register(server, 'late@example.com')
  assertRefused(await restore(), /the node \S+ uses the database; stop every server first/)
  assert.deepEqual([await use(server, token), await use(server, late)], [200, 200])
  process.kill(server.pid, 'SIGSTOP')
  assert.equal((await restore()).code, 0)
  process.kill(server.pid, 'SIGCONT')
  assert.deepEqual([await use(server, token), await use(server, late)], [401, 401])
  assert.equal((await logIn(server, 'first@example.com')).status, 200)
})

test('a restore is refused while a transaction uses the tables, or if another object depends on them', async () => {
  await client.query('begin; select * from token')
  assertRefused(await restore(), /another process uses the database; stop every server and every command/)
  await client.query('rollback; create view emails as select email from "user"')
  assertRefused(await restore(), /the tables of Latchkey cannot be replaced: view emails depends on table "user"/)
  assert.deepEqual(await accounts(settings), both)
})

/** What is no backup, made from a good one. */
const bad: [string, (file: string) => unknown, RegExp][] = [
  ['a missing file', () => {}, /there is no file/],
  ['a text', (file) => writeFileSync(file, 'text\n'.repeat(1000)), /is not a backup of Latchkey/],
  ['a file of SQLite', (file) => writeFileSync(file, 'SQLite format 3\0text'), /DATABASE_URL names a PostgreSQL/],
  ['a dump with a damaged start', (file) => writeFileSync(file, `PGDMP${'x'.repeat(5000)}`), /pg_restore: error/],
  ['a dump that is cut off early', (file) => cut(file, 0.3), /pg_restore: error/],
  ['a dump that is cut off late', (file) => cut(file, 0.95), /pg_restore: error/],
  ['a dump of another database', (file) => dumpOther(file), /is not a backup of Latchkey/],
  ['a backup of a newer version', (file) => dumpNewer(file), /newer version of Latchkey \(9999-future\)/],
]

function cut(file: string, part: number): void {
  const content = readFileSync(backup())
  writeFileSync(file, content.subarray(0, content.length * part))
}

async function dump(file: string, ...args: string[]): Promise<void> {
  const child = spawn('pg_dump', ['-Fc', '-f', file, ...args], { env: { PATH: settings.PATH, PGUSER: 'postgres' } })
  assert.deepEqual(await once(child, 'close'), [0, null])
}

async function dumpOther(file: string): Promise<void> {
  await client.query('create table something (id int)')
  await dump(file, '-d', database.url, '-t', 'something')
}

async function dumpNewer(file: string): Promise<void> {
  await client.query(`insert into ${migrationTable} values ('9999-future', '2099')`)
  await dump(file, '-d', database.url)
  assertRefused(await restore(), /the database was migrated by a newer version/)
  assertRefused(await latchkey(['backup', join(folder, 'newer')], settings), /the database was migrated by a newer/)
  await client.query(`delete from ${migrationTable} where name = '9999-future'`)
}

test('what is no backup is refused, and nothing is changed', async () => {
  await addTokens(database, 20_000)
  rmSync(backup())
  await run(settings, 'backup', backup())
  for (const [what, make, line] of bad) {
    const file = join(folder, what)
    await make(file)
    assertRefused(await restore(file), line)
    assert.deepEqual(await accounts(settings), both, what)
  }
  assertRefused(await restore(backup(), { PATH: folder }), /pg_restore is not in PATH: install/)
})

test('the replaced database may be empty, or of an earlier version, as the backup may be', async () => {
  await empty()
  assert.equal((await restore()).code, 0)
  assert.deepEqual(await accounts(settings), ['first@example.com'])
  await empty()
  const { store } = await openDatabase(database.url)
  await migrate(store, '0002-fleet')
  await store.destroy()
  const older = join(folder, 'older')
  await run(settings, 'backup', older)
  for (const [file, expected] of [
    [backup(), ['first@example.com']],
    [older, []],
  ] as const) {
    assert.equal((await restore(file)).code, 0)
    assert.equal(await run(settings, 'db', 'migrate'), 'the schema is up to date\n')
    assert.deepEqual(await accounts(settings), expected)
  }
})

test('a restore that is killed, or interrupted, changes nothing', async () => {
  await addTokens(database, 50_000)
  const large = join(folder, 'large')
  await run(settings, 'backup', large)
  await run(settings, 'user', 'disable', 'late@example.com')
  for (const signal of ['SIGKILL', 'SIGINT'] as const) {
    const env = { PATH: process.env.PATH, ...settings }
    const child = spawn(process.execPath, [program, 'restore', large, '--yes'], { env, stdio: 'ignore' })
    const ended = once(child, 'close')
    while (
      (await client.query(`select from pg_stat_activity where query like 'copy "public"."token"%'`)).rowCount === 0
    );
    child.kill(signal)
    assert.notEqual((await ended)[0], 0)
    const listed = JSON.parse(await run(settings, 'user', 'list', '--json'))
    assert.deepEqual(
      listed.map(({ email, disabled_at }: { email: string; disabled_at: string | null }) => [
        email,
        disabled_at !== null,
      ]),
      both.map((email) => [email, email.startsWith('late')]),
    )
  }
})

test('of two restores at once, one waits for the other or is refused', async () => {
  const second = join(folder, 'second')
  await run(settings, 'backup', second)
  const outcomes = await Promise.all([restore(), restore(second)])
  assert.ok(outcomes.some(({ code }) => code === 0))
  assert.match((await accounts(settings)).join(' '), /^first@example.com( late@example.com)?$/)
})

test('texts with every special character, and columns without a value, come back', async () => {
  const text = 'back\\slash \\. tab\t line\n feed\r quote\' "double" \\N ü 🔑'
  await client.query(
    `insert into token (jti, user_id, kid, description, user_agent, ip, issued_at, expires_at)
     select 'jti', id, 'kid', $1, null, '', 1, 2 from "user" limit 1`,
    [text],
  )
  const third = join(folder, 'third')
  await run(settings, 'backup', third)
  await client.query('delete from token')
  assert.equal((await restore(third)).code, 0)
  const { rows } = await client.query('select description, user_agent, ip from token')
  assert.deepEqual(rows, [{ description: text, user_agent: null, ip: '' }])
})

test('the days of the audit trail are counted anew', async () => {
  const days = async () => {
    const { rows } = await client.query('select action, day, rows from audit_day order by action, day')
    return rows
  }
  await run(settings, 'audit', 'verify')
  const counted = await days()
  assert.ok(counted.length > 0)
  rmSync(backup())
  await run(settings, 'backup', backup())
  await addAccount(settings, 'third@example.com')
  await run(settings, 'audit', 'verify')
  assert.notDeepEqual(await days(), counted)
  const { code, stderr } = await restore()
  assert.equal(code, 0, stderr)
  const { rows } = await client.query(
    `select action, at / 86400000 as day, count(*) as rows from audit group by 1, 2
     union all select '', at / 86400000, count(*) from audit group by 1, 2 order by 1, 2`,
  )
  assert.deepEqual(await days(), rows)
})

test('the key of a SIGNING_KEY_FILE is ended', async (t) => {
  const file = join(folder, 'key.pem')
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const withFile = { ...settings, SIGNING_KEY_FILE: file }
  const server = await startProcess(withFile)
  t.after(server.kill)
  await register(server, 'with-file@example.com')
  await server.stop()
  assert.match((await restore()).stdout, /put another key into it before the start\n$/)
  await assert.rejects(startProcess(withFile), /SIGNING_KEY_FILE holds a revoked key/)
})

test('the password reaches pg_dump in the environment, and no command shows the password', async () => {
  await client.query(`create role "o'dd role" superuser login password 'p@ss/w#rd'`)
  const { host, pathname } = new URL(database.url)
  const url = `postgres://o'dd%20role:p%40ss%2Fw%23rd@${host}${pathname}`
  const wrapper = join(folder, 'pg_dump')
  const real = join(settings.PATH?.split(':')[0] as string, 'pg_dump')
  writeFileSync(wrapper, `#!/bin/sh\necho "$@" > ${folder}/args; env > ${folder}/env; exec ${real} "$@"\n`)
  chmodSync(wrapper, 0o755)
  const odd = { DATABASE_URL: url, PATH: `${folder}:${settings.PATH}` }
  const shown = [await run(odd, 'backup', join(folder, 'odd')), readFileSync(join(folder, 'args'), 'utf8')]
  const missing = { ...odd, DATABASE_URL: url.replace(pathname, '/missing') }
  shown.push((await latchkey(['backup', join(folder, 'x')], missing)).stderr)
  shown.push((await latchkey(['restore', join(folder, 'odd'), '--yes'], odd)).stdout)
  for (const text of shown) assert.doesNotMatch(text, /p@ss|p%40ss/)
  assert.match(readFileSync(join(folder, 'env'), 'utf8'), /^PGPASSWORD=p@ss\/w#rd$/m)
  await client.query(`reassign owned by "o'dd role" to postgres; drop role "o'dd role"`)
})

test('every table and function of the schema is in the lists of backup and restore', async () => {
  const { rows } = await client.query(
    `select tablename as name from pg_tables where schemaname = 'public'
     union all select proname from pg_proc where pronamespace = 'public'::regnamespace`,
  )
  const listed = [...dataTables, ...otherTables, ...functions, migrationTable]
  assert.deepEqual(rows.map(({ name }) => name).toSorted(), listed.toSorted())
})

test('a backup is a file of mode 0600 that a copy restores in another database', async () => {
  assert.equal(statSync(backup()).mode & 0o777, 0o600)
  const copy = join(folder, 'copy')
  copyFileSync(backup(), copy)
  await server.query('create database elsewhere template template0')
  const url = urlOf('elsewhere')
  assert.equal((await restore(copy, { DATABASE_URL: url })).code, 0)
  assert.deepEqual(await accounts({ DATABASE_URL: url }), ['first@example.com'])
})
