import assert from 'node:assert/strict'
import { test } from 'node:test'
import { claimFeed, releaseFeed, selectGranting } from '../../../src/revocation/sqlite/records.ts'
import { migrate } from '../../../src/store/migrate.ts'
import { openDatabase } from '../../../src/store/open.ts'
import { createSqlite, open } from '../../support/databases.ts'

test('the length of lease in the file never becomes shorter until every lease is over', async (t) => {
  const { database, undo } = await open(t, createSqlite)
  const { store } = await openDatabase(database.url)
  undo.push(() => store.destroy())
  await migrate(store)
  await claimFeed(store, { server: 'killed', lease_ms: 1500 })
  // The server that takes over has a shorter LEASE_MS, and takes over again, as when it had lost the row meanwhile.
  for (let i = 0; i < 2; i++) {
    await claimFeed(store, { server: 'next', lease_ms: 500 })
    assert.deepEqual(await selectGranting(store, 'a command', 500), { by: 'other', others_ms: 1500 })
  }
  await releaseFeed(store, 'killed')
  assert.deepEqual(await selectGranting(store, 'a command', 500), { by: 'other', others_ms: 1500 })
  await releaseFeed(store, 'next')
  await claimFeed(store, { server: 'next', lease_ms: 500 })
  assert.deepEqual(await selectGranting(store, 'a command', 500), { by: 'other', others_ms: 500 })
})
