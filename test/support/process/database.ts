import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { TestDatabase } from '../databases.ts'

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
