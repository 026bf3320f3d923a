import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { hashSync } from 'bcryptjs'
import { openDatabase } from '../../src/store/open.ts'
import type { Store } from '../../src/store/schema.ts'
import { createSqlite, onEachDatabase, open, type TestDatabase } from '../support/databases.ts'
import { writeBlacklistFile, writeWhitelistFile } from '../support/flask.ts'
import { latchkey, program } from '../support/process/latchkey.ts'
import { openTerminal } from '../support/process/terminal.ts'
import { startTestService } from '../support/service.ts'

const password = 'an old password'
const hash = hashSync(password, 4)
const bytes = Buffer.from(hash)

let folder: string
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-import-'))
})
after(() => rmSync(folder, { recursive: true, force: true }))

let files = 0

function newFile(): string {
  return join(folder, `file-${++files}`)
}

function writeLines(lines: (object | string)[], end = '\n'): string {
  const path = newFile()
  writeFileSync(path, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)) + end).join(''))
  return path
}

const accounts = (first: number, last: number) =>
  Array.from({ length: last - first }, (_, i) => ({
    email: `user-${first + i}@example.com`,
    password_hash: hash,
  }))

onEachDatabase('latchkey import', (create) => {
  let database: TestDatabase
  let store: Store
  const setUp = async (t: Parameters<typeof open>[0]) => {
    const { database: made, undo } = await open(t, create)
    database = made
    assert.equal((await latchkey(['db', 'migrate'], { DATABASE_URL: database.url })).code, 0)
    store = (await openDatabase(database.url)).store
    undo.push(() => store.destroy())
  }
  const run = (...args: string[]) => latchkey(['import', ...args], { DATABASE_URL: database.url })
  const selectAll = () => store.selectFrom('user').selectAll().orderBy('email').execute()
  const trail = async () =>
    (await store.selectFrom('command_log').select('line').execute())
      .map(({ line }) => JSON.parse(line))
      .filter(({ command }) => command !== 'db migrate')
  /** What the audit trail tells, by run. */
  const told = async () => {
    const rows = await store.selectFrom('audit_pending').select(['action', 'details']).orderBy('id').execute()
    const runs = new Map<string, [action: string, done: object][]>()
    for (const { action, details } of rows) {
      const { run, by, ...done } = JSON.parse(details)
      assert.ok(by.host)
      runs.set(run, [...(runs.get(run) ?? []), [action, done]])
    }
    return [...runs.values()]
  }
  const logIn = async (email: string) => {
    const service = await startTestService(database)
    const token = await service.logIn({ email, password }).finally(() => service.stop())
    return token
  }

  test('users: imports what it can, tells why it skips the rest, and a second run changes nothing', async (t) => {
    await setUp(t)
    const id = randomUUID()
    const file = writeLines([
      {
        email: ' Ann@Example.com ',
        username: 'ann',
        password_hash: hash,
        admin: true,
        created_at: '2020-01-02T03:04:05Z',
        email_verified: true,
        public_id: id.toUpperCase(),
        other: 'ignored',
      },
      { email: 'bob@example.com', password_hash: hash },
      '{"email": "half@example.com", "password_ha',
      { email: 'no address', password_hash: hash },
      { email: 'c@example.com', username: 'Not_Good', password_hash: hash },
      { email: 'd@example.com', password_hash: 'plain secret' },
      { email: 'ANN@example.com', password_hash: hash },
      { email: 'e@example.com', username: 'ann', password_hash: hash },
      '',
      { email: 'f@example.com', password_hash: hash, public_id: id },
    ])
    const skipped = [
      'line 3: is not JSON',
      'line 4: no address is not a valid email',
      'line 5: username must be 1 to 39 of a-z, 0-9 and single inner hyphens',
      'line 6: password_hash has an unknown format',
      'line 7: email: ann@example.com is in line 1 too',
      'line 8: username: ann is in line 1 too',
      `line 10: public_id: ${id} is in line 1 too`,
    ]
    const output = (line: string) => ({ code: 1, stdout: [...skipped, `${file}: ${line}`, ''].join('\n'), stderr: '' })
    const dry = await run('users', file, '--dry-run')
    assert.deepEqual(dry, output('2 accounts (1 administrator) would be imported, 0 there already, 7 skipped'))
    assert.deepEqual([await selectAll(), await trail(), await told()], [[], [], []])

    assert.deepEqual(
      await run('users', file),
      output('2 accounts (1 administrator) imported, 0 there already, 7 skipped'),
    )
    const imported = await selectAll()
    assert.deepEqual(
      imported.map((user) => [user.email, user.username, user.admin, user.email_verified_at === null ? 0 : 1]),
      [
        ['ann@example.com', 'ann', 1, 1],
        ['bob@example.com', null, 0, 0],
      ],
    )
    assert.deepEqual([imported[0]?.id, imported[0]?.created_at], [id, Date.UTC(2020, 0, 2, 3, 4, 5)])
    const [line, ...more] = await trail()
    assert.deepEqual(more, [])
    assert.deepEqual([line.command, line.accounts, line.administrators, line.skipped], ['import users', 2, 1, 7])

    assert.deepEqual(await run('users', file), output('0 accounts imported, 2 there already, 7 skipped'))
    assert.deepEqual([await selectAll(), (await trail()).length], [imported, 1])
    assert.deepEqual(await told(), [
      [
        ['accounts.imported', { accounts: 2, administrators: 1 }],
        ['import.ended', { accounts: 2, administrators: 1, skipped: 7 }],
      ],
    ])
  })

  test('users: a run over accounts that have changed since exits with 0 and changes nothing', async (t) => {
    await setUp(t)
    const file = writeLines(accounts(0, 3), '\r\n')
    assert.equal((await run('users', file)).code, 0)
    await logIn('user-1@example.com')
    await store
      .updateTable('user')
      .set({ email: 'moved@example.com' })
      .where('email', '=', 'user-2@example.com')
      .execute()
    const before = await selectAll()
    assert.deepEqual(await run('users', file), {
      code: 0,
      stdout: `${file}: 0 accounts imported, 3 there already, 0 skipped\n`,
      stderr: '',
    })
    assert.deepEqual(await selectAll(), before)
  })

  test('users: an address or username of an account that was not imported is skipped', async (t) => {
    await setUp(t)
    const service = await startTestService(database)
    await service.register({ email: 'user-1@example.com', username: 'taken' })
    await service.stop()
    const before = await selectAll()
    const file = writeLines([...accounts(1, 2), { email: 'other@example.com', username: 'taken', password_hash: hash }])
    for (const [options, done] of [
      [['--dry-run'], 'would be imported'],
      [[], 'imported'],
    ] as const) {
      const { code, stdout } = await run('users', file, ...options)
      const lines = [
        'line 1: email: user-1@example.com is already registered',
        'line 2: username: taken is already registered',
        `${file}: 0 accounts ${done}, 0 there already, 2 skipped\n`,
      ]
      assert.deepEqual({ code, stdout }, { code: 1, stdout: lines.join('\n') })
    }
    assert.deepEqual(await selectAll(), before)
  })

  test('users: killed in the middle, a second run imports exactly what is missing', async (t) => {
    await setUp(t)
    const pipe = newFile()
    execFileSync('mkfifo', [pipe])
    const child = spawn(process.execPath, [program, 'import', 'users', pipe], {
      cwd: folder,
      env: { PATH: process.env.PATH, DATABASE_URL: database.url },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    const exited = once(child, 'exit')
    const writer = createWriteStream(pipe)
    writer.write(
      accounts(0, 1200)
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
    )
    const count = async () => (await selectAll()).length
    // The time limit of the test ends the loop.
    while ((await count()) < 1000) await setImmediate()
    child.kill('SIGKILL')
    await exited
    writer.on('error', () => {}).destroy()
    assert.equal(await count(), 1000)

    const file = writeLines(accounts(0, 1500))
    const { code, stdout } = await run('users', file)
    assert.deepEqual(
      { code, stdout },
      { code: 0, stdout: `${file}: 500 accounts imported, 1000 there already, 0 skipped\n` },
    )
    const ids = new Set((await selectAll()).map(({ id }) => id))
    assert.equal(ids.size, 1500)
    assert.match((await run('users', file)).stdout, /: 0 accounts imported, 1500 there already, 0 skipped\n$/)
    const batch = ['accounts.imported', { accounts: 500, administrators: 0 }]
    // The run that was cut off has no end.
    assert.deepEqual(await told(), [
      [batch, batch],
      [batch, ['import.ended', { accounts: 500, administrators: 0, skipped: 0 }]],
    ])
    await logIn('user-1499@example.com')
  })

  test('flask: imports users and widgets of the program with the blacklist', async (t) => {
    await setUp(t)
    const file = newFile()
    const ids = [randomUUID(), randomUUID(), randomUUID()]
    writeBlacklistFile(
      file,
      [
        { email: 'Boss@example.com', hash, admin: true, public_id: ids[0] as string },
        { email: 'user@example.com', hash: bytes, public_id: ids[1] as string },
        { email: 'nobody', hash, public_id: ids[2] as string },
        { email: 'without-id@example.com', hash },
      ],
      [
        { name: 'first', owner: 1 },
        { name: 'Not Good', owner: 1 },
        { name: 'orphan', owner: 3 },
        { name: 'url', owner: 1, info_url: 'no url' },
        { name: 'time', owner: 1, deadline: null },
        { name: 'last', owner: 4 },
      ],
    )
    const skipped = [
      'site_user 3: nobody is not a valid email',
      'widget 2: name must be 1 to 100 of a-z, 0-9, - and _',
      'widget 3: the account of its owner is skipped',
      'widget 4: info_url must be an absolute http or https URL without credentials, at most 255 characters',
      'widget 5: deadline must be an instant',
    ]
    const { code, stdout } = await run('flask', file, '--dry-run')
    const dry = [
      ...skipped,
      `${file}: 3 accounts (1 administrator) would be imported, 0 there already, 1 skipped`,
      `${file}: 2 widgets would be imported, 0 there already, 4 skipped\n`,
    ]
    assert.deepEqual({ code, stdout }, { code: 1, stdout: dry.join('\n') })
    assert.match((await run('flask', file)).stdout, /: 2 widgets imported, 0 there already, 4 skipped\n$/)
    assert.deepEqual(await told(), [
      [
        ['accounts.imported', { accounts: 3, administrators: 1 }],
        ['widgets.imported', { widgets: 2 }],
        ['import.ended', { accounts: 3, administrators: 1, widgets: 2, skipped: 5 }],
      ],
    ])
    const users = await selectAll()
    assert.deepEqual(
      users.map(({ email, admin, created_at }) => [email, admin, created_at]),
      ['boss', 'user', 'without-id'].map((name) => [
        `${name}@example.com`,
        name === 'boss' ? 1 : 0,
        Date.UTC(2020, 1, 28, 11, 38, 53, 123),
      ]),
    )
    assert.deepEqual(
      users.slice(0, 2).map(({ id }) => id),
      ids.slice(0, 2),
    )
    const widgets = await store.selectFrom('widget').selectAll().orderBy('name').execute()
    assert.deepEqual(
      widgets.map(({ name, owner_id, deadline }) => [name, owner_id, deadline]),
      [
        ['first', ids[0], Date.UTC(2020, 2, 31, 23, 59, 59)],
        ['last', users[2]?.id, Date.UTC(2020, 2, 31, 23, 59, 59)],
      ],
    )
    assert.match(
      (await run('flask', file)).stdout,
      /: 0 accounts .*: 0 widgets imported, 2 there already, 4 skipped\n$/s,
    )
    assert.deepEqual(await store.selectFrom('widget').selectAll().orderBy('name').execute(), widgets)
    for (const email of ['boss@example.com', 'user@example.com']) await logIn(email)
  })

  test('flask: imports users of the program with the whitelist, with and without roles and UUIDs', async (t) => {
    await setUp(t)
    const id = randomUUID()
    for (const [i, roles] of (['none', 'numbers', 'uuids'] as const).entries()) {
      const file = newFile()
      const users = [
        {
          email: `a-${i}@example.com`,
          username: `a-${i}`,
          hash: bytes,
          admin: true,
          public_id: id.replaceAll('-', ''),
        },
        { email: `b-${i}@example.com`, username: `b-${i}`, hash, public_id: randomUUID().replaceAll('-', '') },
      ]
      writeWhitelistFile(file, users, roles)
      const of = roles === 'none' ? '' : ' (1 administrator)'
      const { code, stdout } = await run('flask', file)
      assert.deepEqual(
        { code, stdout },
        { code: 0, stdout: `${file}: 2 accounts${of} imported, 0 there already, 0 skipped\n` },
      )
      const again = await run('flask', file)
      assert.deepEqual([again.code, again.stdout], [0, `${file}: 0 accounts imported, 2 there already, 0 skipped\n`])
    }
    const users = await selectAll()
    assert.deepEqual(
      users.map(({ username, admin }) => [username, admin]),
      [
        ['a-0', 0],
        ['a-1', 1],
        ['a-2', 1],
        ['b-0', 0],
        ['b-1', 0],
        ['b-2', 0],
      ],
    )
    assert.equal(users[2]?.id, id)
    await logIn('a-2@example.com')
  })
})

test('import tells what is wrong with the file', async (t) => {
  const { database } = await open(t, createSqlite)
  assert.equal((await latchkey(['db', 'migrate'], { DATABASE_URL: database.url })).code, 0)
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await latchkey(['import', ...args], { DATABASE_URL: database.url })
    assert.deepEqual([code, stdout], [1, ''])
    return stderr
  }
  const missing = newFile()
  const own = database.url.slice('sqlite:'.length)
  const text = writeLines(['no database'])
  for (const command of ['users', 'flask']) {
    assert.equal(await run(command, missing), `latchkey: there is no file ${missing}\n`)
    assert.equal(await run(command, folder), `latchkey: ${folder} is a folder\n`)
  }
  const neither = 'is not a database of either tutorial'
  assert.equal(await run('flask', text), `latchkey: ${text} ${neither}: file is not a database\n`)
  assert.equal(
    await run('flask', own),
    `latchkey: ${own} ${neither}: it has neither a table site_user nor a table users\n`,
  )
})

test('import shows a bar on a terminal when it takes longer than a second, and none before', async (t) => {
  const { database } = await open(t, createSqlite)
  const settings = { DATABASE_URL: database.url }
  assert.equal((await latchkey(['db', 'migrate'], settings)).code, 0)
  const command = (file: string) => `'${process.execPath}' '${program}' import users '${file}'`
  const short = openTerminal(t, command(writeLines(accounts(0, 3))), settings)
  assert.match((await short.end()).screen, /^[^%]*: 3 accounts imported, 0 there already, 0 skipped\r?\n$/)
  // The import waits for the lock until the bar is there.
  const lock = new DatabaseSync(database.url.slice('sqlite:'.length))
  lock.exec('begin immediate')
  const long = openTerminal(t, command(writeLines([...accounts(0, 600), 'broken'])), settings)
  await long.shows('%')
  lock.close()
  const { screen, code } = await long.end()
  assert.equal(code, 1)
  assert.match(screen, /line 601: is not JSON\r?\n/)
  assert.match(screen, /: 597 accounts imported, 3 there already, 1 skipped\r?\n$/)
})
