import assert from 'node:assert/strict'
import { closeSync, openSync, readFileSync, statSync, truncateSync, writeSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { createSqlite } from '../support/databases.ts'
import { latchkey } from '../support/process/latchkey.ts'
import { startProcess } from '../support/process/server.ts'
import { account } from '../support/service.ts'

async function makeDatabase(t: TestContext): Promise<{ path: string; url: string }> {
  const { url, remove } = await createSqlite()
  t.after(remove)
  const server = await startProcess({ DATABASE_URL: url })
  assert.equal((await server.call('POST', '/auth/register', { json: account })).status, 201)
  assert.equal(await server.stop(), 0)
  return { path: url.replace('sqlite:', ''), url }
}

const page_bytes = 4096

/** Overwrites the first page of a table or an index. */
function overwrite(path: string, name: string): void {
  const file = new DatabaseSync(path)
  const { rootpage } = file.prepare('select rootpage from sqlite_schema where name = ?').get(name) as {
    rootpage: number
  }
  file.close()
  overwritePage(path, rootpage)
}

function overwritePage(path: string, page: number): void {
  const descriptor = openSync(path, 'r+')
  writeSync(descriptor, Buffer.alloc(page_bytes, 0xa5), 0, page_bytes, (page - 1) * page_bytes)
  closeSync(descriptor)
}

const kinds: { what: string; damage: (path: string) => void }[] = [
  { what: 'a page of the tokens is overwritten', damage: (path) => overwrite(path, 'token') },
  { what: 'a page of an index is overwritten', damage: (path) => overwrite(path, 'token_live') },
  { what: 'a page of the log is overwritten', damage: (path) => overwrite(path, 'revocation') },
  { what: 'its end is missing', damage: (path) => truncateSync(path, statSync(path).size - 3 * page_bytes) },
  { what: 'only its first page is left', damage: (path) => truncateSync(path, page_bytes) },
  {
    what: 'it is larger than 256 MiB and a page of the accounts is overwritten',
    damage(path) {
      overwrite(path, 'user')
      truncateSync(path, 300 * 2 ** 20)
    },
  },
]

for (const { what, damage } of kinds) {
  test(`a server does not start on a file if ${what}, says what to do, and leaves the file unchanged`, async (t) => {
    const { path, url } = await makeDatabase(t)
    damage(path)
    const before = readFileSync(path)
    const { code, stdout, stderr } = await latchkey(['serve'], { DATABASE_URL: url, PORT: '0' })
    assert.match(stderr, /^latchkey: DATABASE_URL: .* is damaged \(.+\); restore a backup with latchkey restore\n$/)
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
    assert.ok(before.equals(readFileSync(path)))
  })
}

test('a command on a damaged file ends with one line', async (t) => {
  const { path, url } = await makeDatabase(t)
  overwrite(path, 'user')
  const { code, stdout, stderr } = await latchkey(['user', 'list'], { DATABASE_URL: url })
  assert.equal(stderr, `latchkey: ${path}: database disk image is malformed\n`)
  assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
})

test('a sound file that is larger than 256 MiB is used', async (t) => {
  const { path, url } = await makeDatabase(t)
  truncateSync(path, 300 * 2 ** 20)
  const server = await startProcess({ DATABASE_URL: url })
  assert.equal((await server.call('POST', '/auth/login', { json: account })).status, 200)
  assert.equal(await server.stop(), 0)
})
