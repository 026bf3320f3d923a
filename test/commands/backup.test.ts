import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
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
  watch,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { openDatabase } from '../../src/store/open.ts'
import { createSqlite } from '../support/databases.ts'
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
} from '../support/process/backups.ts'
import { createDatabase } from '../support/process/database.ts'
import { latchkey, program } from '../support/process/latchkey.ts'
import { debianPrograms } from '../support/process/postgres.ts'
import { startProcess } from '../support/process/server.ts'

let folder: string
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-backup-'))
})
after(() => rmSync(folder, { recursive: true, force: true }))

/** The lines that commands have left, and that no server has logged. */
async function linesOf(url: string) {
  const { store } = await openDatabase(url)
  const lines = await store.selectFrom('command_log').select('line').orderBy('id').execute()
  await store.destroy()
  return lines.map(({ line }) => JSON.parse(line))
}

let made = 0
const newFile = () => join(folder, `${++made}.backup`)

const kinds: [string, () => Promise<DumpableDatabase>][] = [
  [
    'sqlite',
    async () => {
      const database = await createSqlite()
      return { ...database, settings: { DATABASE_URL: database.url } }
    },
  ],
  ['postgres', createDumpable],
]

for (const [kind, create] of kinds) {
  describe(`latchkey backup (${kind})`, () => {
    let database: DumpableDatabase
    before(async () => {
      database = await create()
      await run(database.settings, 'db', 'migrate')
      await addAccount(database.settings, 'first@example.com')
      await addTokens(database, 100_000)
    })
    after(() => database.remove())

    /** Starts a backup, and calls `act` when its temporary file is there. */
    const interrupt = async (target: string, act: (pid: number) => void) => {
      const watcher = watch(folder)
      const child = spawn(process.execPath, [program, 'backup', target], {
        env: { PATH: process.env.PATH, ...database.settings },
        stdio: 'ignore',
      })
      watcher.once('change', () => act(child.pid as number))
      const [code, signal] = await once(child, 'close')
      watcher.close()
      return { code, signal }
    }

    test('ends while clients log in without a pause, and contains one state of the database', async (t) => {
      const server = await startProcess(database.settings)
      t.after(server.kill)
      let ended = false
      const statuses = new Set<number>()
      const work = async (name: string) => {
        for (let number = 0; !ended; number++) {
          await register(server, `${name}-${number}@example.com`)
          statuses.add((await logIn(server, `${name}-${number}@example.com`)).status)
        }
      }
      const working = Promise.all(['a', 'b', 'c'].map(work))
      const target = newFile()
      const outcome = await latchkey(['backup', target], database.settings)
      ended = true
      await working
      assert.deepEqual({ code: outcome.code, stderr: outcome.stderr }, { code: 0, stderr: '' })
      assert.match(outcome.stdout, /^\S+ is a backup of .+: (?!0\.0)\d+\.\d (k|M)B, (1 account|\d+ accounts)\n$/)
      assert.equal(outcome.stdout.includes('postgres@'), false)
      assert.deepEqual([...statuses], [200])
      assert.equal(statSync(target).mode & 0o777, 0o600)
      await server.stop()
      const copied = Number(/(\d+) accounts?\n/.exec(outcome.stdout)?.[1])
      await run(database.settings, 'restore', target, '--yes')
      assert.equal((await accounts(database.settings)).length, copied)
    })

    test('leaves a line for the trail, as migrations and a restore do', async () => {
      const target = newFile()
      await run(database.settings, 'backup', target)
      const copied = await linesOf(database.url)
      const { command, file, accounts: number, by } = copied.at(-1) ?? {}
      assert.deepEqual([command, file, number], ['backup', target, (await accounts(database.settings)).length])
      assert.ok(by.user_name !== '' && by.host !== '')
      assert.equal(copied.filter((line) => line.command === 'db migrate').length, 1)
      await run(database.settings, 'db', 'migrate')
      await run(database.settings, 'restore', target, '--yes')
      const { command: last, file: restored } = (await linesOf(database.url)).at(-1) ?? {}
      assert.deepEqual([last, restored], ['restore', target])
      // The copy was made before the line of its backup.
      assert.equal((await linesOf(database.url)).filter((line) => line.file === target).length, 1)
    })

    test('SIGINT and SIGTERM delete the unfinished file', async () => {
      for (const [signal, code] of [
        ['SIGINT', 130],
        ['SIGTERM', 143],
      ] as const) {
        const target = newFile()
        const before = readdirSync(folder)
        assert.equal((await interrupt(target, (pid) => process.kill(pid, signal))).code, code)
        assert.deepEqual(readdirSync(folder), before)
      }
    })

    test('SIGKILL leaves no file under the name', async () => {
      const target = newFile()
      assert.equal((await interrupt(target, (pid) => process.kill(pid, 'SIGKILL'))).signal, 'SIGKILL')
      assert.equal(existsSync(target), false)
    })

    test('a name that cannot be used is refused, and nothing is changed', async () => {
      const existing = newFile()
      writeFileSync(existing, 'text')
      chmodSync(existing, 0o644)
      const link = newFile()
      symlinkSync(join(folder, 'nothing'), link)
      const file = join(folder, 'no-folder')
      writeFileSync(file, '')
      const own = database.url.replace(/^sqlite:/, '')
      const refused: [string, RegExp][] = [
        [existing, /already exists/],
        [link, /already exists/],
        [folder, /already exists/],
        ['/dev/null', /already exists/],
        [join(folder, 'missing', 'x'), /there is no folder/],
        [join(file, 'x'), /there is no folder/],
        [join(folder, 'x'.repeat(300)), /cannot write .* \(ENAMETOOLONG\)/],
        ...(kind === 'sqlite' ? [[own, /already exists/] as [string, RegExp]] : []),
      ]
      const before = readdirSync(folder)
      for (const [name, line] of refused) assertRefused(await latchkey(['backup', name], database.settings), line)
      assert.deepEqual(readdirSync(folder), before)
      assert.deepEqual([readFileSync(existing, 'utf8'), statSync(existing).mode & 0o777], ['text', 0o644])
      for (const name of ['-', '']) assert.equal((await latchkey(['backup', name], database.settings)).code, 2)
    })

    test('a full disk ends the backup with one line and leaves no file', async (t) => {
      const small = newFile()
      mkdirSync(small)
      const list = `ls -A ${small} >&2; exit $code`
      const command = `mount -t tmpfs -o size=200k tmpfs ${small} && "$@"; code=$?; ${list}`
      const inNamespace = ['--mount', 'sh', '-c', command, 'sh', process.execPath, program]
      if (process.getuid?.() !== 0) return t.skip('to mount a small file system, root is needed')
      const full = { command: ['unshare', ...inNamespace] as [string, ...string[]] }
      assertRefused(await latchkey(['backup', join(small, 'x')], database.settings, full), /full|No space left/)
    })
  })
}

test('a backup has what a killed server has left in its -wal', async (t) => {
  const database = await createSqlite()
  t.after(database.remove)
  const settings = { DATABASE_URL: database.url }
  const server = await startProcess(settings)
  await register(server, 'first@example.com')
  await server.kill()
  const target = newFile()
  assert.match(await run(settings, 'backup', target), /1 account\n/)
  const file = new DatabaseSync(target, { readOnly: true })
  assert.deepEqual(Object.values(file.prepare('select email from user').get() ?? {}), ['first@example.com'])
  assert.deepEqual(Object.values(file.prepare('pragma journal_mode').get() ?? {}), ['delete'])
  file.close()
})

test('what is no database of Latchkey is not copied', async (t) => {
  const database = await createSqlite()
  t.after(database.remove)
  const path = database.url.slice('sqlite:'.length)
  const settings = { DATABASE_URL: database.url }
  const target = newFile()
  assertRefused(await latchkey(['backup', target], settings), /there is no database/)
  assertRefused(await latchkey(['backup', target], { DATABASE_URL: 'sqlite::memory:' }), /in memory/)
  writeFileSync(path, 'some text that is no database\n'.repeat(100))
  assertRefused(await latchkey(['backup', target], settings), /file is not a database/)
  rmSync(path)
  const other = new DatabaseSync(path)
  other.exec('create table something (id)')
  other.close()
  assertRefused(await latchkey(['backup', target], settings), /is not a database of Latchkey: there is no table user/)
  rmSync(path)
  await run(settings, 'db', 'migrate')
  await addAccount(settings, 'first@example.com')
  await addTokens(database, 2000)
  const content = readFileSync(path)
  writeFileSync(path, content.fill(0xff, content.length / 2, content.length / 2 + 20_000))
  assertRefused(await latchkey(['backup', target], settings), /is damaged/)
  assert.equal(existsSync(target), false)
})

test('without pg_dump, or with an older one, a backup ends with one line', async (t) => {
  const database = await createDatabase()
  t.after(database.remove)
  const settings = { DATABASE_URL: database.url }
  await run(settings, 'db', 'migrate')
  const target = newFile()
  assertRefused(await latchkey(['backup', target], { ...settings, PATH: folder }), /pg_dump is not in PATH: install/)
  const older = { ...settings, PATH: debianPrograms() }
  assertRefused(
    await latchkey(['backup', target], older),
    /pg_dump: error: aborting because of server version mismatch/,
  )
  assert.equal(existsSync(target), false)
})
