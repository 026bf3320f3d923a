import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'node:test'
import { createDatabase } from './process/database.ts'

/** A new, empty database for one test. */
export interface TestDatabase {
  url: string
  remove: () => Promise<void>
}

export type DatabaseKind = 'sqlite' | 'postgres'

/** The kinds of database that the tests run on. `npm run test:fast` starts no PostgreSQL. */
const kinds: DatabaseKind[] = process.env.TEST_FAST === '1' ? ['sqlite'] : ['sqlite', 'postgres']

/** Declares a suite once for each kind of database. */
export function onEachDatabase(
  name: string,
  suite: (create: () => Promise<TestDatabase>, kind: DatabaseKind) => void,
): void {
  for (const kind of kinds) {
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

/** Creates a database for one test. After the test, the steps in `undo` run, last step first. */
export async function open(
  t: { after: (undo: () => Promise<void>) => void },
  create: () => Promise<TestDatabase>,
): Promise<{ database: TestDatabase; undo: (() => Promise<unknown>)[] }> {
  const database = await create()
  const undo: (() => Promise<unknown>)[] = [database.remove]
  t.after(async () => {
    for (const step of undo.toReversed()) await step()
  })
  return { database, undo }
}
