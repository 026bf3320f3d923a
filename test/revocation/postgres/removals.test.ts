// Node rows are removed only in the incarnation of the database in which they were seen. A crash may undo an answered
// renewal, and then the row shows an old number of renewals again.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start } from '../../../src/revocation/entry.ts'
import { deleteIdle, execute, selectFleet, selectIncarnation } from '../../../src/revocation/postgres/records.ts'
import type { Command } from '../../../src/revocation/protocol/messages.ts'
import { openMigrated } from '../../support/process/database.ts'

const info = { protocol: 1, lease_ms: 1000, name: 'here:1', version: '0.1.0' }
type Executed = Parameters<typeof execute>[1]

test('a row that was seen before a crash is neither removed nor swept after the crash', async (t) => {
  const { connect } = await openMigrated(t)
  const client = await connect()
  const rows = async () => (await selectFleet(client)).length
  const before = await selectIncarnation(client)
  const insert = (id: string): Command & { kind: 'insert' } => {
    return { kind: 'insert', op: 1, id, applied: start, lease_ms: 1000, replaces: undefined }
  }
  await execute(client, insert('a'), info, true)
  const idle = [{ id: 'a', applied_seq: 0, renewals: 0, lease_ms: 1000, lost: false, verifiers: 0 }]
  const remove = (incarnation: string): Executed => {
    return { kind: 'remove', op: 2, incarnation, below_seq: 9, except: undefined }
  }
  const sweep = (incarnation: string): Executed => ({ kind: 'sweep', op: 3, incarnation, idle })

  // Crash recovery empties an unlogged table.
  await client.query('delete from incarnation')
  const after = await selectIncarnation(client)
  assert.notEqual(after, before)
  await execute(client, remove(before), info, true)
  await execute(client, sweep(before), info, true)
  await deleteIdle(client, idle, before)
  assert.equal(await rows(), 1)

  for (const deletion of [
    () => execute(client, remove(after), info, true),
    () => execute(client, sweep(after), info, true),
    () => deleteIdle(client, idle, after),
  ]) {
    await deletion()
    assert.equal(await rows(), 0)
    await execute(client, insert('a'), info, true)
  }
})
