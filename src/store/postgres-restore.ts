import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Kysely, PostgresDialect, sql } from 'kysely'
import type { PoolClient } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { migrate, migrationTable, refuseUnknown } from './migrate.ts'
import { requireRegularFile } from './new-file.ts'
import type { PostgresDatabase } from './postgres.ts'
import { currentSchema, dataTables, presentTables, quote, readLastMigration, readTable } from './postgres-backup.ts'
import type { Environment } from './postgres-programs.ts'
import type { Schema, Store, Trx } from './schema.ts'
import { kindOfBackup } from './sqlite-backup.ts'
import { StoreError } from './store-error.ts'

/** Tables that the migrations fill, that describe running nodes, or whose rows are not for a backup. A restore makes them anew. */
export const otherTables = [
  'audit_day',
  'node',
  'fleet',
  'incarnation',
  'latch',
  'login_ticket',
  'passkey_challenge',
  'mail_message',
  'mailed_link',
] as const
export const functions = [
  'revoke_tokens',
  'append_entries',
  'count_audit_days',
  'database_state',
  'join_fleet',
  'look_at_fleet',
  'tell',
] as const

const allTables = [...dataTables, migrationTable, ...otherTables] as const

/** How long the restore waits for transactions of other processes. */
const lockTimeout_ms = 5000

/** A file of `pg_dump`, and the environment in which PostgreSQL's programs run. */
export interface Dump {
  file: string
  environment: Environment
  /** The last migration of the database that the dump was made of. */
  last: string
}

/** @throws StoreError if `file` is no backup of a PostgreSQL database, or one of a newer version */
export async function inspectDump(file: string, environment: Environment): Promise<Dump> {
  requireRegularFile(file)
  if (kindOfBackup(file) === 'sqlite') {
    throw new StoreError(`${file} is a backup of an SQLite file, but DATABASE_URL names a PostgreSQL database`)
  }
  if (kindOfBackup(file) === undefined) throw new StoreError(`${file} is not a backup of Latchkey`)
  return { file, environment, last: await readLastMigration(file, environment) }
}

/** How to restore. `trx` is the transaction of the whole restore. */
export interface Steps<P, T> {
  /** Reads from the database that will be replaced. No other process can use its tables. */
  before: (trx: Trx, client: PoolClient, tables: readonly string[]) => Promise<P>
  /** Gets the restored database, up to date. */
  after: (trx: Trx, client: PoolClient, before: P) => Promise<T>
}

/**
 * Replaces the database by a backup, in one transaction. Makes the schema of the backup's version, copies the rows that
 * `pg_restore` prints, and migrates them. The name of the incarnation is a new one, so every node reads the whole log.
 * @throws StoreError
 */
export async function restorePostgres<P, T>(
  database: PostgresDatabase,
  dump: Dump,
  { before, after }: Steps<P, T>,
): Promise<T & { accounts: number }> {
  // One connection, so that the rows are copied in the transaction. A large table takes its time.
  const pool = database.openPool({ max: 1, connect_ms: 10_000, answer_ms: 0 })
  const store = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) })
  let client: PoolClient | undefined
  pool.on('acquire', (acquired) => {
    client = acquired
  })
  try {
    return await store.transaction().execute(async (trx) => {
      const schema = await currentSchema(trx)
      const present = await lockTables(trx, schema)
      const found = await before(trx, client as PoolClient, present)
      const lastSeq = present.includes('revocation') ? await selectLastSeq(trx) : 0
      await dropAll(trx, schema, present)
      await migrate(trx, dump.last)
      await copyRows(trx, client as PoolClient, schema, dump)
      await continueLog(trx, lastSeq)
      await migrate(trx)
      return { ...(await after(trx, client as PoolClient, found)), accounts: await countAccounts(trx) }
    })
  } catch (error) {
    throw explain(error as Error)
  } finally {
    await store.destroy()
  }
}

/**
 * Locks every table of Latchkey.
 * @returns their names
 * @throws StoreError if a newer version has migrated the database, which may have tables that this version does not know
 */
async function lockTables(trx: Trx, schema: string): Promise<readonly string[]> {
  const present = await presentTables(trx, schema, allTables)
  await sql`select set_config('lock_timeout', ${String(lockTimeout_ms)}, true)`.execute(trx)
  if (present.length > 0) await sql`lock table ${list(schema, present)} in access exclusive mode`.execute(trx)
  if (present.includes(migrationTable)) {
    const { rows } = await sql<{ name: string }>`select name from ${sql.id(schema, migrationTable)}`.execute(trx)
    refuseUnknown(rows.map(({ name }) => name))
  }
  return present
}

async function selectLastSeq(trx: Trx): Promise<number> {
  const { rows } = await sql<{ seq: number }>`select coalesce(max(seq), 0) as seq from revocation`.execute(trx)
  return rows[0]?.seq ?? 0
}

/** The next entry of the restored log gets a number that no entry of the replaced log has had. */
async function continueLog(trx: Trx, lastSeq: number): Promise<void> {
  await sql`
    select setval(pg_get_serial_sequence('revocation', 'seq'), seq)
    from (select greatest(max(seq), ${lastSeq}::bigint) as seq from revocation) as last where seq > 0`.execute(trx)
}

async function dropAll(trx: Trx, schema: string, present: readonly string[]): Promise<void> {
  if (present.length > 0) await sql`drop table ${list(schema, present)}`.execute(trx)
  await sql`drop function if exists ${list(schema, functions)}`.execute(trx)
}

function list(schema: string, names: readonly string[]) {
  return sql.join(names.map((name) => sql.id(schema, name)))
}

async function copyRows(trx: Trx, client: PoolClient, schema: string, { file, environment }: Dump): Promise<void> {
  for (const table of await presentTables(trx, schema, dataTables)) {
    // A migration may have inserted rows.
    await sql`delete from ${sql.id(schema, table)}`.execute(trx)
    await readTable(file, table, environment, async (columns, rows) => {
      const names = columns.map((column) => `"${column}"`).join(', ')
      await pipeline(
        Readable.from(rows),
        client.query(copyFrom(`copy ${quote(schema)}.${quote(table)} (${names}) from stdin`)),
      )
    })
  }
}

async function countAccounts(trx: Store): Promise<number> {
  const { count } = await trx
    .selectFrom('user')
    .select((count) => count.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

/** SQLSTATE 55P03: a lock was not available. 2BP01: another object, such as a view, depends on a table. */
function explain(error: Error): Error {
  const { code, detail } = (error.cause ?? error) as { code?: string; detail?: string }
  if (code === '55P03') {
    return new StoreError('another process uses the database; stop every server and every command first')
  }
  if (code === '2BP01') {
    return new StoreError(`the tables of Latchkey cannot be replaced: ${detail?.replace(/\n/g, '; ')}`)
  }
  return error
}
