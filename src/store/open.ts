import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { Kysely, PostgresDialect } from 'kysely'
import type { Pool } from 'pg'
import type { Schema, Store } from './schema.ts'
import { openFile, sqliteDialect } from './sqlite-driver.ts'

/** A database that cannot be used as configured. The message is one line for the operator. */
export class StoreError extends Error {
  override name = 'StoreError'
}

/** The only connection of a process to an SQLite file. */
export interface SqliteDatabase {
  kind: 'sqlite'
  store: Store
  /** Changes when another connection commits (3 µs). https://sqlite.org/pragma.html#pragma_data_version */
  dataVersion: () => number
}

/** A pool of connections to a PostgreSQL server. */
export interface PostgresDatabase {
  kind: 'postgres'
  store: Store
  pool: Pool
  /** Opens another pool. `connect_ms` limits the wait for a connection, and `answer_ms` the wait for an answer. */
  openPool: (options: { max: number; connect_ms: number; answer_ms: number }) => Pool
}

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

/** A typing error in DATABASE_URL, or a wrong working directory, must not look like an empty database. */
function refuseMissing(path: string): void {
  try {
    if (path !== ':memory:') statSync(path)
  } catch (error) {
    // Opening the file reports any other error.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return
    throw new StoreError(
      `DATABASE_URL: there is no database at ${resolve(path)}; start the server or run latchkey db migrate first`,
    )
  }
}

function openSqlite(path: string): SqliteDatabase {
  const file = openFile(path)
  const readVersion = file.prepare('pragma data_version')
  readVersion.setReturnArrays(true)
  return {
    kind: 'sqlite',
    store: new Kysely<Schema>({ dialect: sqliteDialect(file) }),
    // The types of node:sqlite do not know what `setReturnArrays` changes.
    dataVersion: () => (readVersion.get() as unknown as [number])[0],
  }
}

/** OID of int8. Values become numbers, because instants and sequence numbers stay far below 2^53. */
const int8Oid = 20

/** Overrides the server's defaults: a commit returns when it is on disk. Each statement sees every earlier commit. */
const sessionSettings = `set synchronous_commit = on; set default_transaction_isolation = 'read committed'`

async function openPostgres(connectionString: string): Promise<PostgresDatabase> {
  const { default: pg } = await import('pg')
  const types = new pg.TypeOverrides()
  types.setTypeParser(int8Oid, Number)
  const openPool: PostgresDatabase['openPool'] = ({ max, connect_ms, answer_ms }) => {
    const pool = new pg.Pool({
      connectionString,
      max,
      types,
      keepAlive: true,
      connectionTimeoutMillis: connect_ms,
      query_timeout: answer_ms,
      // A statement, because parameters in the URL override options given here.
      verify: (client, done) => void client.query(sessionSettings).then(() => done(), done),
    })
    // The pool replaces a broken connection. The query on it fails with the error.
    pool.on('error', () => {})
    pool.on('connect', (client) => client.on('error', () => {}))
    return pool
  }
  const pool = openPool({ max: 10, connect_ms: 10_000, answer_ms: 10_000 })
  const client = await pool.connect()
  client.release()
  return { kind: 'postgres', store: new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) }), pool, openPool }
}

/** Whether the database locks single rows (PostgreSQL). SQLite has one writer at a time and needs no row locks. */
export function isPostgres(store: Store): boolean {
  return store.getExecutor().adapter.supportsMultipleConnections === true
}

/** Resolves if the database answers. */
export async function pingStore(store: Store): Promise<void> {
  await store.selectFrom('signing_key').select('kid').limit(1).execute()
}
