import { PostgresAdapter } from 'kysely'
import { openPostgres, type PostgresDatabase, type Waiting } from './postgres.ts'
import type { Store } from './schema.ts'
import { openSqlite, type SqliteDatabase } from './sqlite.ts'
import { StoreError } from './store-error.ts'

export type Database = SqliteDatabase | PostgresDatabase

/** How to open a database: `missing` says what to do if the SQLite file does not exist. */
interface Opening {
  missing?: 'create' | 'refuse'
  waiting?: Waiting
}

const noWaiting: Waiting = { timeout_s: 0, say: () => {} }

/**
 * Opens the database that the URL names. Does not change the schema.
 * @throws StoreError that names DATABASE_URL, if the database cannot be opened or reached
 */
export async function openDatabase(
  url: string,
  { missing = 'create', waiting = noWaiting }: Opening = {},
): Promise<Database> {
  const path = url.startsWith('sqlite:') ? url.slice('sqlite:'.length) : undefined
  try {
    return path === undefined ? await openPostgres(url, waiting) : openSqlite(path, missing)
  } catch (error) {
    if (error instanceof StoreError) throw error
    const which = path === undefined ? 'the database' : `the database ${path}`
    const why = (error as Error).message || (error as { code?: string }).code
    throw new StoreError(`DATABASE_URL: cannot open ${which}: ${why}`)
  }
}

/** Whether the database locks single rows (PostgreSQL). SQLite has one writer at a time and needs no row locks. */
export function isPostgres(store: Pick<Store, 'getExecutor'>): boolean {
  return store.getExecutor().adapter instanceof PostgresAdapter
}
