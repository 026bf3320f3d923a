import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { migrate } from '../../../src/store/migrate.ts'
import { openDatabase } from '../../../src/store/open.ts'
import type { PostgresDatabase } from '../../../src/store/postgres.ts'
import { open, type TestDatabase } from '../databases.ts'

/** Creates a database on the PostgreSQL server that TEST_DATABASE_URL names. `npm test` sets the variable. */
export async function createDatabase(): Promise<TestDatabase> {
  const server = process.env.TEST_DATABASE_URL
  if (!server) throw new Error('TEST_DATABASE_URL is not set: run the tests with npm test')
  const name = `test_${randomBytes(6).toString('hex')}`
  const url = new URL(server)
  url.pathname = `/${name}`
  await query(server, `create database ${name}`)
  return { url: url.href, remove: () => query(server, `drop database ${name} with (force)`) }
}

async function query(url: string, statement: string): Promise<void> {
  const client = new pg.Client(url)
  await client.connect()
  await client.query(statement)
  await client.end()
}

/** Creates a database with the schema for one test. `connect` opens connections as a node has them. */
export async function openMigrated(t: Parameters<typeof open>[0]) {
  const { database, undo } = await open(t, createDatabase)
  const { store, pool } = (await openDatabase(database.url)) as PostgresDatabase
  undo.push(() => store.destroy())
  await migrate(store)
  const connect = async () => {
    const client = await pool.connect()
    undo.push(async () => client.release())
    return client
  }
  return { database, undo, store, connect }
}
