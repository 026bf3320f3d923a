import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyTables } from '../../src/store/empty.ts'
import { migrateDatabase } from '../../src/store/migrate.ts'
import { openDatabase } from '../../src/store/open.ts'
import { onEachDatabase, open } from '../support/databases.ts'

onEachDatabase('an emptied database', (create) => {
  test('has no message and no link', async (t) => {
    const { database, undo } = await open(t, create)
    const opened = await openDatabase(database.url)
    const { store } = opened
    undo.push(() => store.destroy())
    await migrateDatabase(opened)
    const message = { id: 'm', kind: 'new-login', recipient: 'a@example.com', about: '{}', created_at: 1, due_at: 1 }
    await store.insertInto('mail_message').values(message).execute()
    const link = { hash: 'h', user_id: 'u', purpose: 'reset', state: 's', expires_at: 1 }
    await store.insertInto('mailed_link').values(link).execute()
    await store.transaction().execute((trx) => emptyTables(trx, 1))
    for (const table of ['mail_message', 'mailed_link'] as const) {
      assert.deepEqual(await store.selectFrom(table).selectAll().execute(), [], table)
    }
  })
})
