import { Kysely, PostgresDialect } from 'kysely'
import type { Pool } from 'pg'
import type { Schema, Store } from './schema.ts'

/** A pool of connections to a PostgreSQL server. */
export interface PostgresDatabase {
  kind: 'postgres'
  store: Store
  pool: Pool
  /** Opens another pool. `connect_ms` limits the wait for a connection, and `answer_ms` the wait for an answer. */
  openPool: (options: { max: number; connect_ms: number; answer_ms: number }) => Pool
}

/** OID of int8. Values become numbers, because instants and sequence numbers stay far below 2^53. */
const int8Oid = 20

/** Overrides the server's defaults: a commit returns when it is on disk. Each statement sees every earlier commit. */
const sessionSettings = `set synchronous_commit = on; set default_transaction_isolation = 'read committed'`

export async function openPostgres(connectionString: string): Promise<PostgresDatabase> {
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
