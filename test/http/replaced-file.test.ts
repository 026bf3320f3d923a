// The path of the SQLite file names another file, or none, while the server runs.

import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { createSqlite, open } from '../support/databases.ts'
import { latchkey } from '../support/process/latchkey.ts'
import { type ServerProcess, startProcess } from '../support/process/server.ts'
import { account } from '../support/service.ts'

/** A folder with a link to the database, and a copy of the database that another process has made. */
async function startService(t: Parameters<typeof open>[0]) {
  const { database, undo } = await open(t, createSqlite)
  const top = dirname(database.url.replace('sqlite:', ''))
  const folder = join(top, 'data')
  mkdirSync(folder)
  const path = join(folder, 'latchkey.db')
  const link = join(top, 'link.db')
  symlinkSync(path, link)
  const url = `sqlite:${link}`
  assert.equal((await latchkey(['db', 'migrate'], { DATABASE_URL: `sqlite:${path}` })).code, 0)
  const copy = join(top, 'copy.db')
  copyFileSync(path, copy)
  const server = await startProcess({ DATABASE_URL: url, LOG_LEVEL: 'warn' })
  undo.push(server.stop)
  const { json } = await server.call('POST', '/auth/register', { json: account })
  return { folder, path, link, copy, url, server, token: json.access_token as string }
}

const uses: [method: string, path: string, call: (token: string) => object][] = [
  ['GET', '/auth/check', (token) => ({ token })],
  ['GET', '/auth/user', (token) => ({ token })],
  ['GET', '/tokens', (token) => ({ token })],
  ['DELETE', '/tokens', (token) => ({ token })],
  ['POST', '/auth/login', () => ({ json: account })],
  ['POST', '/auth/register', () => ({ json: { ...account, email: 'second@example.com' } })],
  ['GET', '//readyz', () => ({})],
]

async function statuses(server: ServerProcess, token: string): Promise<number[]> {
  const found: number[] = []
  for (const [method, path, call] of uses) found.push((await server.call(method, path, call(token))).status)
  return found
}

type Started = Awaited<ReturnType<typeof startService>>

const kinds: { what: string; act: (started: Started) => void; named?: string }[] = [
  { what: 'is removed', act: ({ path }) => unlinkSync(path) },
  { what: 'is moved away', act: ({ path }) => renameSync(path, `${path}.old`) },
  { what: 'is replaced by a rename', act: ({ path, copy }) => renameSync(copy, path) },
  {
    what: 'is removed with all that belongs to it, and replaced by a copy',
    act({ path, copy }) {
      for (const suffix of ['', '-wal', '-shm']) unlinkSync(path + suffix)
      copyFileSync(copy, path)
    },
  },
  {
    what: 'goes with its folder, and another folder takes the place',
    act({ folder, path, copy }) {
      renameSync(folder, `${folder}.old`)
      mkdirSync(folder)
      copyFileSync(copy, path)
    },
  },
  {
    what: 'is another one, because the link now leads elsewhere',
    act({ link, copy }) {
      rmSync(link)
      symlinkSync(copy, link)
    },
  },
  { what: 'loses its write-ahead log', act: ({ path }) => unlinkSync(`${path}-wal`), named: 'latchkey.db-wal' },
  { what: 'loses its shared memory', act: ({ path }) => unlinkSync(`${path}-shm`), named: 'latchkey.db-shm' },
  {
    what: 'gets another write-ahead log',
    act({ path, copy }) {
      unlinkSync(`${path}-wal`)
      copyFileSync(copy, `${path}-wal`)
    },
    named: 'latchkey.db-wal',
  },
]

for (const { what, act, named } of kinds) {
  test(`if the file ${what}, requests that need it and /readyz get 503, and the log says why`, async (t) => {
    const started = await startService(t)
    const { server, token, link } = started
    assert.equal((await server.call('GET', '/auth/check', { token })).status, 204)
    act(started)
    // A look at the names counts for 5 ms.
    while ((await server.call('GET', '/auth/check', { token })).status === 204);
    assert.deepEqual(
      await statuses(server, token),
      uses.map(() => 503),
    )
    assert.equal((await server.call('GET', '//healthz')).status, 200)
    const lines = server
      .output()
      .split('\n')
      .filter((line) => line.includes('"the state of tokens cannot be read"'))
    assert.equal(lines.length, 1)
    const why: string = JSON.parse(lines[0] as string).why
    assert.match(why, / was removed or replaced while this process has it open; restart this process$/)
    assert.ok(why.startsWith(named === undefined ? link : join(started.folder, named)), why)
    assert.doesNotMatch(server.output(), /"msg":"fault"/)
  })
}

test('a file that is moved away and back is used again, with all that was written', async (t) => {
  const { server, token, path } = await startService(t)
  renameSync(path, `${path}.old`)
  while ((await server.call('GET', '/auth/check', { token })).status === 204);
  assert.deepEqual(
    await statuses(server, token),
    uses.map(() => 503),
  )
  renameSync(`${path}.old`, path)
  assert.equal((await server.call('GET', '//readyz')).status, 200)
  assert.equal((await server.call('GET', '/auth/check', { token })).status, 204)
  assert.equal((await server.call('DELETE', '/tokens', { token })).status, 200)
  assert.equal((await server.call('GET', '/auth/check', { token })).status, 401)
})

test('a token that a command revokes in the new file is not accepted by a server that has the old one open', async (t) => {
  const { server, token, path, url } = await startService(t)
  const saved = `${path}.saved`
  const file = new DatabaseSync(path)
  file.exec(`vacuum into '${saved}'`)
  file.close()
  for (const suffix of ['-wal', '-shm']) unlinkSync(path + suffix)
  renameSync(saved, path)
  assert.equal((await latchkey(['token', 'revoke', '--user', account.email], { DATABASE_URL: url })).code, 0)
  assert.equal((await server.call('GET', '/auth/check', { token })).status, 503)
  const user = new DatabaseSync(path)
  user.prepare('select count(*) from token').get()
  assert.equal(await server.stop(), 0)
  assert.ok(existsSync(`${path}-wal`), 'the files beside the database belong to the process that uses it')
  user.close()
  const next = await startProcess({ DATABASE_URL: url })
  t.after(next.stop)
  assert.equal((await next.call('GET', '/auth/check', { token })).status, 401)
})
