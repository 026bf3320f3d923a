import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'node:test'
import pg from 'pg'

/** A new, empty database for one test. */
export interface TestDatabase {
  url: string
  remove: () => Promise<void>
}

export type DatabaseKind = 'sqlite' | 'postgres'

/** Declares a suite once for each kind of database. */
export function onEachDatabase(
  name: string,
  suite: (create: () => Promise<TestDatabase>, kind: DatabaseKind) => void,
): void {
  for (const kind of ['sqlite', 'postgres'] as const) {
    describe(`${name} (${kind})`, () => suite(kind === 'sqlite' ? createSqlite : createDatabase, kind))
  }
}

export async function createSqlite(): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-sqlite-'))
  return {
    url: `sqlite:${join(folder, 'latchkey.db')}`,
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** A database on the server that TEST_DATABASE_URL names; `npm test` sets it. */
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

/** A database for one test, and what has to be undone before it goes: the last first. */
export async function open(
  t: { after: (undo: () => Promise<void>) => void },
  create: () => Promise<TestDatabase>,
): Promise<{ database: TestDatabase; undo: (() => Promise<unknown>)[] }> {
  const database = await create()
  const undo: (() => Promise<unknown>)[] = [database.remove]
  t.after(async () => {
    for (const each of undo.toReversed()) await each()
  })
  return { database, undo }
}
