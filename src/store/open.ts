import { openPostgres, type PostgresDatabase } from './postgres.ts'
import type { Store } from './schema.ts'
import { openSqlite, refuseMissing, type SqliteDatabase } from './sqlite.ts'
import { StoreError } from './store-error.ts'

export type Database = SqliteDatabase | PostgresDatabase

/**
 * Opens the database that the URL names. Does not change the schema.
 * @param missing what to do if the SQLite file does not exist
 * @throws StoreError that names DATABASE_URL, if the database cannot be opened or reached
 */
export async function openDatabase(url: string, missing: 'create' | 'refuse' = 'create'): Promise<Database> {
  if (missing === 'refuse' && url.startsWith('sqlite:')) refuseMissing(url.slice('sqlite:'.length))
  try {
    return url.startsWith('sqlite:') ? openSqlite(url.slice('sqlite:'.length)) : await openPostgres(url)
  } catch (error) {
    throw new StoreError(
      `DATABASE_URL: cannot open the database: ${(error as Error).message || (error as { code?: string }).code}`,
    )
  }
}

/** Whether the database locks single rows (PostgreSQL). SQLite has one writer at a time and needs no row locks. */
export function isPostgres(store: Store): boolean {
  return store.getExecutor().adapter.supportsMultipleConnections === true
}

/** Resolves if the database answers. */
export async function pingStore(store: Store): Promise<void> {
  await store.selectFrom('signing_key').select('kid').limit(1).execute()
}
