// `latchkey restore` on SQLite. test/commands/restore-postgres.test.ts has the same on PostgreSQL.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, type TestContext, test } from 'node:test'
import { migrate, migrationTable } from '../../src/store/migrate.ts'
import { openDatabase } from '../../src/store/open.ts'
import { ageNextKey } from '../support/keys.ts'
import {
  accounts,
  addAccount,
  addTokens,
  assertRefused,
  logIn,
  register,
  run,
  use,
} from '../support/process/backups.ts'
import { latchkey, program } from '../support/process/latchkey.ts'
import { startProcess } from '../support/process/server.ts'

/** A folder with a database, and room for backups. */
interface Place {
  folder: string
  /** Of the database. */
  path: string
  settings: Record<string, string>
  backup: string
}

function createPlace(t: { after: (undo: () => void) => void }): Place {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-restore-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'data'))
  const path = join(folder, 'data/latchkey.db')
  return { folder, path, settings: { DATABASE_URL: `sqlite:${path}` }, backup: join(folder, 'backup') }
}

/** Made once, and copied for each test. */
let template: Pick<Place, 'path' | 'backup'>
const undo: (() => void)[] = []
after(() => undo.map((step) => step()))

before(async () => {
  const place = createPlace({ after: (step) => void undo.push(step) })
  await run(place.settings, 'db', 'migrate')
  await addAccount(place.settings, 'first@example.com')
  await run(place.settings, 'backup', place.backup)
  await addAccount(place.settings, 'late@example.com')
  template = place
})

/** A place with a backup that has one account, and a database that has one more. */
function createBoth(t: TestContext): Place {
  const place = createPlace(t)
  for (const file of ['path', 'backup'] as const) copyFileSync(template[file], place[file])
  return place
}

const both = ['first@example.com', 'late@example.com']

const restore = ({ settings, backup }: Place, file = backup) => latchkey(['restore', file, '--yes'], settings)

const others = ({ path }: Place) => readdirSync(dirname(path)).filter((name) => !name.startsWith('latchkey.db'))

test('after SIGKILL and a restore, the state is the backup’s, and every token from before is dead', async (t) => {
  const place = createPlace(t)
  const { settings, path, backup } = place
  let server = await startProcess(settings)
  t.after(() => server.kill())
  const [revokedBefore, revokedAfter] = [
    await register(server, 'first@example.com'),
    (await logIn(server, 'first@example.com')).token,
  ]
  const live = (await logIn(server, 'first@example.com')).token
  const logOut = async (token: string) =>
    assert.equal((await server.call('POST', '/auth/logout', { token })).status, 200)
  await logOut(revokedBefore)
  await run(settings, 'backup', backup)
  await logOut(revokedAfter)
  const late = await register(server, 'late@example.com')
  await ageNextKey({ url: settings.DATABASE_URL as string })
  await run(settings, 'key', 'rotate')
  const rotated = (await logIn(server, 'first@example.com')).token
  assert.deepEqual([await use(server, live), await use(server, late), await use(server, rotated)], [200, 200, 200])
  await server.kill()
  assert.ok(statSync(`${path}-wal`).size > 0, 'the server has left a -wal')

  const { stdout } = await restore(place)
  const [kept = ''] = readdirSync(dirname(path)).filter((name) => name.includes('before-restore'))
  assert.equal(
    stdout,
    `sqlite:${path} is restored from ${backup}: 1 account
every token is revoked (3 signing keys ended), so every user has to log in again
the replaced database is now ${join(dirname(path), kept)}; delete it when you do not need it
`,
  )
  assert.deepEqual(readdirSync(dirname(path)).toSorted(), ['latchkey.db', kept])
  assert.deepEqual([statSync(path).mode & 0o777, statSync(join(dirname(path), kept)).mode & 0o777], [0o600, 0o600])
  assert.deepEqual(await accounts({ DATABASE_URL: `sqlite:${join(dirname(path), kept)}` }), both, 'nothing is lost')

  server = await startProcess(settings)
  for (const token of [revokedBefore, revokedAfter, live, late, rotated]) assert.equal(await use(server, token), 401)
  const again = await logIn(server, 'first@example.com')
  assert.deepEqual([again.status, await use(server, again.token)], [200, 200])
  assert.equal((await logIn(server, 'late@example.com')).status, 401)
  assert.deepEqual(await accounts(settings), ['first@example.com'])
})

test('a restore beside a server is refused, also if the server stands still or uses a link', async (t) => {
  const place = createBoth(t)
  const link = join(place.folder, 'link.db')
  symlinkSync(place.path, link)
  const server = await startProcess({ DATABASE_URL: `sqlite:${link}` })
  t.after(server.kill)
  const token = (await logIn(server, 'late@example.com')).token
  assertRefused(await restore(place), /another process uses \S+latchkey\.db; stop the server/)
  process.kill(server.pid, 'SIGSTOP')
  assertRefused(await restore(place), /another process uses/)
  process.kill(server.pid, 'SIGCONT')
  assert.equal(await use(server, token), 200)
  await server.stop()
  assert.equal((await latchkey(['restore', place.backup, '--yes'], { DATABASE_URL: `sqlite:${link}` })).code, 0)
  assert.equal(readdirSync(place.folder).includes('link.db'), true)
  assert.deepEqual(await accounts(place.settings), ['first@example.com'], 'the file behind the link is replaced')
  assert.deepEqual(others(place), [])
})

test('a restore is refused while a server has a file open whose content is damaged, or whose name is gone', async (t) => {
  const place = createBoth(t)
  const server = await startProcess(place.settings)
  t.after(server.kill)
  const content = readFileSync(place.path)
  // In place, because the server has this file open.
  writeFileSync(place.path, 'damaged'.repeat(1000), { flag: 'r+' })
  assertRefused(await restore(place), /another process uses/)
  writeFileSync(place.path, content)
  rmSync(place.path)
  assertRefused(await restore(place), /another process uses/)
})

/** Damages the database, which has no `-wal`. The accounts that a restore leaves are those of the backup. */
const damages: [string, (path: string) => void, RegExp][] = [
  ['missing', (path) => rmSync(path), /ended\), so every user has to log in again\n$/],
  ['empty', (path) => truncateSync(path), /could not be read/],
  ['a text', (path) => writeFileSync(path, 'text\n'.repeat(1000)), /could not be read/],
  ['cut off', (path) => truncateSync(path, statSync(path).size / 2), /the replaced database is now/],
  ['full of ones behind its first page', (path) => fill(path, 4096), /could not be read/],
  ['beside a -wal of another file', (path) => writeFileSync(`${path}-wal`, 'text'.repeat(5000)), /is now/],
]

function fill(path: string, from: number): void {
  const content = readFileSync(path)
  writeFileSync(path, content.fill(0xff, from))
}

for (const [what, damage, says] of damages) {
  test(`the replaced database may be ${what}`, async (t) => {
    const place = createBoth(t)
    damage(place.path)
    const { code, stdout, stderr } = await restore(place)
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    assert.match(stdout, says)
    assert.equal(statSync(place.path).mode & 0o777, 0o600)
    assert.deepEqual(await accounts(place.settings), ['first@example.com'])
  })
}

/** What is no backup, made from a good one. */
const bad: [string, (place: Place, file: string) => unknown, RegExp][] = [
  ['a missing file', () => {}, /there is no file/],
  ['an empty file', (_, file) => writeFileSync(file, ''), /is not a backup of Latchkey/],
  ['a text', (_, file) => writeFileSync(file, 'text\n'.repeat(1000)), /is not a backup of Latchkey/],
  ['a folder', (_, file) => mkdirSync(file), /is not a regular file/],
  ['a link to a device', (_, file) => symlinkSync('/dev/zero', file), /is not a regular file/],
  ['a link that leads nowhere', (_, file) => symlinkSync('nothing', file), /there is no file/],
  ['the database itself', ({ path }, file) => symlinkSync(path, file), /is the database itself/],
  ['a second name of the database', ({ path }, file) => linkSync(path, file), /is the database itself/],
  ['a dump of PostgreSQL', (_, file) => writeFileSync(file, `PGDMP${'x'.repeat(100)}`), /DATABASE_URL names an SQLite/],
  [
    'a backup that is cut off',
    ({ backup }, file) => writeFileSync(file, readFileSync(backup).subarray(0, 50_000)),
    /is damaged/,
  ],
  [
    'a damaged backup',
    ({ backup }, file) => writeFileSync(file, readFileSync(backup).fill(0xff, 40_000, 60_000)),
    /is damaged/,
  ],
  ['a database of another program', (_, file) => createOther(file), /there is no table user/],
  ['a backup of a newer version', ({ backup }, file) => createNewer(backup, file), /newer version of Latchkey \(9999/],
]

function createOther(file: string): void {
  const other = new DatabaseSync(file)
  other.exec('create table something (id)')
  other.close()
}

function createNewer(backup: string, file: string): void {
  copyFileSync(backup, file)
  const newer = new DatabaseSync(file)
  newer.exec(`insert into ${migrationTable} values ('9999-future', '2099')`)
  newer.close()
}

test('what is no backup is refused, and nothing is changed', async (t) => {
  const place = createBoth(t)
  for (const [what, make, line] of bad) {
    const file = join(place.folder, what)
    await make(place, file)
    assertRefused(await restore(place, file), line)
    assert.deepEqual(await accounts(place.settings), both, what)
    assert.deepEqual(readdirSync(dirname(place.path)), ['latchkey.db'], what)
  }
  assert.equal((await latchkey(['restore', '-', '--yes'], place.settings)).code, 2)
  assertRefused(await latchkey(['restore', place.backup, '--yes'], { DATABASE_URL: 'sqlite::memory:' }), /in memory/)
})

test('the backup itself is not changed, and may be read-only or have a -wal beside it', async (t) => {
  const place = createBoth(t)
  chmodSync(place.backup, 0o400)
  const before = readFileSync(place.backup)
  assert.equal((await restore(place)).code, 0)
  assert.deepEqual(readFileSync(place.backup), before)
  // As `cp` copies the files of a server that was killed.
  const server = await startProcess(place.settings)
  await register(server, 'in-the-wal@example.com')
  await server.kill()
  const copy = join(place.folder, 'copy')
  for (const suffix of ['', '-wal']) copyFileSync(place.path + suffix, copy + suffix)
  assert.equal((await restore(place)).code, 0)
  assert.equal((await restore(place, copy)).code, 0)
  assert.deepEqual(await accounts(place.settings), ['first@example.com', 'in-the-wal@example.com'])
})

test('a backup of an earlier schema is migrated', async (t) => {
  const place = createPlace(t)
  const { store } = await openDatabase(place.settings.DATABASE_URL as string)
  await migrate(store, '0001-initial')
  await store.destroy()
  await run(place.settings, 'backup', place.backup)
  await run(place.settings, 'db', 'migrate')
  assert.equal((await restore(place)).code, 0)
  assert.equal(await run(place.settings, 'db', 'migrate'), 'the schema is up to date\n')
  await addAccount(place.settings, 'first@example.com')
})

test('a restore sends no message again and revives no link', async (t) => {
  const place = createPlace(t)
  const url = place.settings.DATABASE_URL as string
  await run(place.settings, 'db', 'migrate')
  await addAccount(place.settings, 'first@example.com')
  const read = async (write: boolean) => {
    const { store } = await openDatabase(url)
    if (write) {
      const message = { id: 'm', kind: 'password-reset', recipient: 'first@example.com', about: '{}' }
      await store
        .insertInto('mail_message')
        .values({ ...message, created_at: 1, due_at: 1 })
        .execute()
      const link = { hash: 'h', user_id: 'u', purpose: 'reset', state: 's', expires_at: 9e12 }
      await store.insertInto('mailed_link').values(link).execute()
    }
    const tables = ['mail_message', 'mailed_link'] as const
    const rows = await Promise.all(tables.map((table) => store.selectFrom(table).selectAll().execute()))
    await store.destroy()
    return rows.map(({ length }) => length)
  }
  assert.deepEqual(await read(true), [1, 1])
  await run(place.settings, 'backup', place.backup)
  assert.equal((await restore(place)).code, 0)
  assert.deepEqual(await read(false), [0, 0])
  assert.deepEqual(await accounts(place.settings), ['first@example.com'])
})

test('the key of a SIGNING_KEY_FILE is ended, also if the backup does not know it', async (t) => {
  const place = createBoth(t)
  const makeFile = (name: string) => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    writeFileSync(join(place.folder, name), privateKey.export({ type: 'pkcs8', format: 'pem' }))
    return { ...place.settings, SIGNING_KEY_FILE: join(place.folder, name) }
  }
  const [first, second, third] = [makeFile('first.pem'), makeFile('second.pem'), makeFile('third.pem')]
  // The first file signs after the backup was made, then its key is revoked.
  let server = await startProcess(first)
  t.after(() => server.kill())
  await register(server, 'with-first@example.com')
  const [{ kid }] = JSON.parse(await run(first, 'key', 'list', '--json'))
  await run(first, 'key', 'revoke', kid)
  await server.stop()
  server = await startProcess(second)
  const token = await register(server, 'with-second@example.com')
  await server.stop()

  const { stdout } = await latchkey(['restore', place.backup, '--yes'], place.settings)
  assert.match(stdout, /if a server has a SIGNING_KEY_FILE, put another key into it before the start\n$/)
  for (const settings of [first, second]) {
    await assert.rejects(startProcess(settings), /SIGNING_KEY_FILE holds a revoked key/)
  }
  server = await startProcess(third)
  assert.equal(await use(server, token), 401)
  assert.equal((await logIn(server, 'first@example.com')).status, 200)
  await server.stop()
  // No database tells which key a server used, but the settings do.
  rmSync(place.path)
  assert.match((await latchkey(['restore', place.backup, '--yes'], third)).stdout, /put another key into it/)
  await assert.rejects(startProcess(third), /SIGNING_KEY_FILE holds a revoked key/)
})

/** Kills the process at its n-th call that changes a file. */
const killer = (n: number) => `
  import fs from 'node:fs'
  import { syncBuiltinESMExports } from 'node:module'
  let left = ${n}
  for (const name of ['openSync', 'linkSync', 'rmSync', 'renameSync', 'fsyncSync', 'chownSync']) {
    const act = fs[name]
    fs[name] = (...given) => {
      if (name !== 'openSync' || /\\.tmp$/.test(given[0])) if (--left === 0) process.kill(process.pid, 'SIGKILL')
      return act(...given)
    }
  }
  syncBuiltinESMExports()`

test('a restore that is killed at any step leaves the replaced database or the restored one', async (t) => {
  const place = createBoth(t)
  const seen = new Set<string>()
  for (let n = 1, survived = false; !survived; n++) {
    // The server leaves a -wal that has an account.
    const server = await startProcess(place.settings)
    await register(server, `in-the-wal-${n}@example.com`).finally(server.kill)
    const preload = `data:text/javascript,${encodeURIComponent(killer(n))}`
    const child = spawn(process.execPath, ['--import', preload, program, 'restore', place.backup, '--yes'], {
      env: { PATH: process.env.PATH, ...place.settings },
      stdio: 'ignore',
    })
    const [code] = await once(child, 'close')
    survived = code !== null
    assert.equal(code ?? 0, 0)
    const left = await accounts(place.settings)
    seen.add(left.length === 1 ? 'restored' : 'replaced')
    assert.ok(left.length === 1 || left.includes(`in-the-wal-${n}@example.com`), `step ${n}: ${left}`)
    const file = new DatabaseSync(place.path, { readOnly: true })
    assert.deepEqual(Object.values(file.prepare('pragma integrity_check').get() ?? {}), ['ok'], `step ${n}`)
    file.close()
  }
  assert.deepEqual(seen, new Set(['replaced', 'restored']))
})

test('of two restores at once, each ends with a whole database or is refused', async (t) => {
  const place = createBoth(t)
  await addTokens({ url: `sqlite:${place.path}`, remove: async () => {} }, 20_000)
  const second = join(place.folder, 'second')
  await run(place.settings, 'backup', second)
  const outcomes = await Promise.all([restore(place), restore(place, second)])
  assert.ok(outcomes.some(({ code }) => code === 0))
  for (const outcome of outcomes) if (outcome.code !== 0) assertRefused(outcome, /another process uses/)
  assert.match((await accounts(place.settings)).join(' '), /^first@example.com( late@example.com)?$/)
  assert.deepEqual(others(place), [])
})

test('a file that root restores belongs to the owner of the replaced file, or of the folder', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('only root can give files away')
  const place = createBoth(t)
  const [uid, gid] = [12_345, 23_456]
  const owner = () => [statSync(place.path).uid, statSync(place.path).gid, statSync(place.path).mode & 0o777]
  chownSync(place.path, uid, gid)
  assert.equal((await restore(place)).code, 0)
  assert.deepEqual(owner(), [uid, gid, 0o600])
  rmSync(place.path)
  chownSync(dirname(place.path), uid, gid)
  assert.equal((await restore(place)).code, 0)
  assert.deepEqual(owner(), [uid, gid, 0o600])
  assert.equal(existsSync(`${place.path}-wal`), false)
})

test('a user who does not own the database is refused', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('only root can become another user')
  const place = createBoth(t)
  for (const path of [place.folder, dirname(place.path)]) chmodSync(path, 0o777)
  for (const path of [place.path, place.backup]) chmodSync(path, 0o666)
  const asOther = ['--reuid=12345', '--clear-groups', process.execPath, program, 'restore', place.backup, '--yes']
  const outcome = await latchkey([], place.settings, { command: ['setpriv', ...asOther], cwd: place.folder })
  assertRefused(outcome, /the database belongs to the user with the id 0; restore as this user or as root/)
  assert.deepEqual(await accounts(place.settings), both)
  assert.deepEqual(others(place), [])
})
