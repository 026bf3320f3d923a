// DATABASE_URL names a file that is not Latchkey's. No command changes such a file.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { hash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { latchkey } from '../support/process/latchkey.ts'

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-other-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Everything about the files of a folder that an operator could miss, except for the times of reading. */
function snapshot(folder: string) {
  return readdirSync(folder).map((name) => {
    const path = join(folder, name)
    const { mode, mtimeMs, size, ino } = statSync(path)
    // Every reader of a write-ahead log leaves a mark in this file, which is no data.
    if (name.endsWith('-shm')) return { name, mode, size, ino }
    const content = statSync(path).isFile() ? hash('sha256', readFileSync(path)) : ''
    return { name, mode, mtimeMs, size, ino, content }
  })
}

async function assertRefuse(folder: string, path: string, line: RegExp, commands = [['serve'], ['user', 'list']]) {
  const before = snapshot(folder)
  for (const args of commands) {
    const { code, stdout, stderr } = await latchkey(args, { DATABASE_URL: `sqlite:${path}`, PORT: '0' })
    assert.match(stderr, line)
    assert.equal(stderr.indexOf('\n'), stderr.length - 1, stderr)
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
    assert.deepEqual(snapshot(folder), before, args.join(' '))
  }
}

/** Makes a database of another program. */
function makeForeign(path: string, mode: 'wal' | 'delete'): void {
  const file = new DatabaseSync(path)
  file.exec(
    `pragma journal_mode = ${mode}; create table kysely_migration (name text); create table invoice (id, revocation)`,
  )
  file.close()
}

const text = 'These are notes, and there are enough of them to fill a page of a database.\n'.repeat(100)
const foreign = /^latchkey: DATABASE_URL: .* is the database of another program, and stays unchanged\n$/

const kinds: { what: string; make: (path: string) => void; line: RegExp }[] = [
  {
    what: 'a text',
    make: (path) => writeFileSync(path, text),
    line: /^latchkey: DATABASE_URL: .*file is not a database/,
  },
  {
    what: 'one byte',
    make: (path) => writeFileSync(path, '\n'),
    line: /^latchkey: DATABASE_URL: .*file is not a database/,
  },
  {
    what: 'one byte that only the user may read',
    make: (path) => writeFileSync(path, '\n', { mode: 0o600 }),
    line: /^latchkey: DATABASE_URL: .*file is not a database/,
  },
  {
    what: 'an empty file that others may read',
    make: (path) => writeFileSync(path, ''),
    line: /^latchkey: DATABASE_URL: .* is empty and not private; delete the file, or set its mode to 0600\n$/,
  },
  {
    what: 'a database without tables that others may read',
    make(path) {
      const file = new DatabaseSync(path)
      file.exec('vacuum')
      file.close()
      chmodSync(path, 0o644)
    },
    line: /^latchkey: DATABASE_URL: .* is empty and not private/,
  },
  { what: "another program's database", make: (path) => makeForeign(path, 'delete'), line: foreign },
  {
    what: "another program's database with a write-ahead log",
    make: (path) => makeForeign(path, 'wal'),
    line: foreign,
  },
  { what: 'a folder', make: (path) => mkdirSync(path), line: /^latchkey: DATABASE_URL: .* is a directory\n$/ },
  {
    what: 'a FIFO',
    make: (path) => execFileSync('sh', ['-c', 'mkfifo "$0"', path]),
    line: /^latchkey: DATABASE_URL: .* is not a regular file\n$/,
  },
]

for (const { what, make, line } of kinds) {
  test(`${what} is refused and stays unchanged, also through a link`, async (t) => {
    const folder = newFolder(t)
    const path = join(folder, 'notes')
    make(path)
    utimesSync(path, 1, 1)
    symlinkSync('notes', join(folder, 'link'))
    await assertRefuse(folder, path, line)
    await assertRefuse(folder, join(folder, 'link'), line, [['db', 'migrate']])
  })
}

test('a socket and a device are refused and stay unchanged', async (t) => {
  const folder = newFolder(t)
  const path = join(folder, 'socket')
  const server = createServer().listen(path)
  t.after(() => server.close())
  await assertRefuse(folder, path, /^latchkey: DATABASE_URL: .* is not a regular file\n$/)
  const { mode } = statSync('/dev/null')
  await assertRefuse(folder, '/dev/null', /^latchkey: DATABASE_URL: \/dev\/null is not a regular file\n$/)
  assert.equal(statSync('/dev/null').mode, mode)
})

test("another program's database is refused while that program writes, and keeps its write-ahead log", async (t) => {
  const folder = newFolder(t)
  const path = join(folder, 'other.db')
  makeForeign(path, 'wal')
  const file = new DatabaseSync(path)
  t.after(() => file.close())
  file.exec('create table more (a); begin immediate; insert into invoice values (1, 2)')
  await assertRefuse(folder, path, foreign)
})

test('a link to a missing file is refused, and no file is made', async (t) => {
  const folder = newFolder(t)
  symlinkSync(join(folder, 'missing.db'), join(folder, 'link'))
  for (const [args, line] of [
    [['serve'], /^latchkey: DATABASE_URL: .*link is a link to a file that does not exist\n$/],
    [['user', 'list'], /^latchkey: DATABASE_URL: there is no database at .*link;/],
  ] as const) {
    const { code, stderr } = await latchkey([...args], { DATABASE_URL: `sqlite:${join(folder, 'link')}`, PORT: '0' })
    assert.match(stderr, line)
    assert.equal(code, 1)
  }
  assert.ok(!existsSync(join(folder, 'missing.db')))
})

test("Latchkey's own file, also through a link, and an empty private file are used, and get mode 0600", async (t) => {
  const folder = newFolder(t)
  writeFileSync(join(folder, 'empty.db'), '', { mode: 0o600 })
  symlinkSync('empty.db', join(folder, 'link'))
  const url = `sqlite:${join(folder, 'link')}`
  assert.equal((await latchkey(['db', 'migrate'], { DATABASE_URL: url })).code, 0)
  chmodSync(join(folder, 'empty.db'), 0o644)
  const file = new DatabaseSync(join(folder, 'empty.db'))
  file.exec('create table operators_own (a)')
  file.close()
  assert.deepEqual(await latchkey(['user', 'list', '--json'], { DATABASE_URL: url }), {
    code: 0,
    stdout: '[]\n',
    stderr: '',
  })
  assert.equal(statSync(join(folder, 'empty.db')).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(folder), ['empty.db', 'link'])
})
