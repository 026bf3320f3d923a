import assert from 'node:assert/strict'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { migrate } from '../../src/store/migrate.ts'
import { openDatabase } from '../../src/store/open.ts'
import { backupSqlite } from '../../src/store/sqlite-backup.ts'
import { restoreSqlite } from '../../src/store/sqlite-restore.ts'
import { createSqlite } from '../support/databases.ts'

/** A database with one account, and a file of several megabytes. */
async function createFile(t: TestContext): Promise<{ path: string; backup: string }> {
  const database = await createSqlite()
  t.after(database.remove)
  const path = database.url.slice('sqlite:'.length)
  const { store } = await openDatabase(database.url)
  await migrate(store)
  await store
    .insertInto('user')
    .values({ id: 'id', email: 'first@example.com', password_hash: 'x'.repeat(16_000_000), admin: 0, created_at: 1 })
    .execute()
  await store.destroy()
  return { path, backup: join(dirname(path), 'backup') }
}

function countAccounts(path: string): unknown {
  const file = new DatabaseSync(path, { readOnly: true })
  try {
    return file.prepare('select count(*) as accounts from user').get()?.accounts
  } finally {
    file.close()
  }
}

test('a copy does not begin again when another connection writes after each step', async (t) => {
  const { path, backup } = await createFile(t)
  const writer = new DatabaseSync(path)
  t.after(() => writer.close())
  const write = writer.prepare(`insert into user (id, email, password_hash, created_at) values (?, ?, '', 1)`)
  let steps = 0
  await backupSqlite(path, backup, () => {
    if (++steps > 100) throw new Error('the copy begins again and again')
    write.run(`${steps}`, `${steps}@example.com`)
  })
  assert.ok(steps > 1)
  assert.deepEqual([countAccounts(path), countAccounts(backup)], [1 + steps, 1])
})

test('a process that opens the file during a restore cannot write to the replaced file afterwards', async (t) => {
  const { path, backup } = await createFile(t)
  await backupSqlite(path, backup, () => {})
  let early: DatabaseSync | undefined
  await restoreSqlite(path, backup, async () => {
    early = new DatabaseSync(path)
    early.exec('pragma busy_timeout = 0')
    assert.throws(() => early?.exec('pragma journal_mode = wal'), /database is locked/)
    return {}
  })
  t.after(() => early?.close())
  assert.throws(() => early?.exec('pragma journal_mode = wal'), /attempt to write a readonly database/)
  assert.throws(() => early?.exec('delete from user'), /attempt to write a readonly database/)
  assert.equal(countAccounts(path), 1)
})
