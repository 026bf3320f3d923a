import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { openDatabase } from '../../src/store/open.ts'
import { open } from '../support/databases.ts'
import { createDatabase } from '../support/process/database.ts'

/** Sets database defaults that are weaker than what Latchkey needs. */
async function weaken(url: string): Promise<void> {
  const client = new pg.Client(url)
  await client.connect()
  const name = new URL(url).pathname.slice(1)
  for (const setting of ["synchronous_commit = 'off'", "default_transaction_isolation = 'repeatable read'"]) {
    await client.query(`alter database ${name} set ${setting}`)
  }
  await client.end()
}

for (const { what, query } of [
  { what: 'no parameter', query: '' },
  { what: 'another parameter', query: '?application_name=somebody' },
  { what: 'options', query: '?options=-c%20work_mem%3D5MB' },
  {
    what: 'conflicting options',
    query:
      '?application_name=somebody&options=-c+synchronous_commit%3Doff+-c+default_transaction_isolation%3Dserializable+-c+work_mem%3D5MB',
  },
  { what: 'options twice', query: '?options=-c%20work_mem%3D6MB&options=-c%20work_mem%3D5MB' },
  { what: 'an unencoded space', query: '?application_name=some body' },
  { what: 'a fragment', query: '#options=-c%20synchronous_commit%3Doff' },
]) {
  test(`each session overrides the database defaults for durability and isolation, if DATABASE_URL has ${what}`, async (t) => {
    const { database, undo } = await open(t, createDatabase)
    await weaken(database.url)
    const opened = await openDatabase(`${database.url}${query}`)
    undo.push(() => opened.store.destroy())
    assert.ok(opened.kind === 'postgres')
    const more = opened.openPool({ max: 1, connect_ms: 10_000, answer_ms: 10_000 })
    undo.push(() => more.end())
    for (const pool of [opened.pool, more]) {
      const show = async (name: string) => (await pool.query(`show ${name}`)).rows[0][name]
      assert.equal(await show('synchronous_commit'), 'on')
      assert.equal(await show('default_transaction_isolation'), 'read committed')
      if (query.includes('work_mem')) assert.equal(await show('work_mem'), '5MB')
      if (query.includes('application_name')) assert.match(await show('application_name'), /^some ?body$/)
    }
  })
}
