import { Kysely, PostgresDialect, sql } from 'kysely'
import { up as initial } from './migrations/0001-initial.ts'
import { up as fleet } from './migrations/0002-fleet.ts'
import { up as indexes } from './migrations/0003-indexes.ts'
import { up as functions } from './migrations/0004-functions.ts'
import { up as fileKeys } from './migrations/0005-file-keys.ts'
import { up as log } from './migrations/0006-log.ts'
import { up as nextKey } from './migrations/0007-next-key.ts'
import { up as services } from './migrations/0008-services.ts'
import { up as verifiers } from './migrations/0009-verifiers.ts'
import { up as serviceTokens } from './migrations/0010-service-tokens.ts'
import { up as news } from './migrations/0011-news.ts'
import { up as widgetOwner } from './migrations/0012-widget-owner.ts'
import { up as commandLog } from './migrations/0013-command-log.ts'
import { up as sessions } from './migrations/0014-sessions.ts'
import { up as administration } from './migrations/0015-administration.ts'
import { up as audit } from './migrations/0016-audit.ts'
import { up as emailVerified } from './migrations/0017-email-verified.ts'
import { up as factors } from './migrations/0018-factors.ts'
import { up as mail } from './migrations/0019-mail.ts'
import { up as lists } from './migrations/0020-lists.ts'
import { type Database, isPostgres } from './open.ts'
import type { Schema, Store, Trx } from './schema.ts'
import { StoreError } from './store-error.ts'

/** Has a row for each migration that was applied. */
export const migrationTable = 'latchkey_migration'

const migrations: Record<string, { up: (db: Kysely<never>) => Promise<void> }> = {
  '0001-initial': { up: initial },
  '0002-fleet': { up: fleet },
  '0003-indexes': { up: indexes },
  '0004-functions': { up: functions },
  '0005-file-keys': { up: fileKeys },
  '0006-log': { up: log },
  '0007-next-key': { up: nextKey },
  '0008-services': { up: services },
  '0009-verifiers': { up: verifiers },
  '0010-service-tokens': { up: serviceTokens },
  '0011-news': { up: news },
  '0012-widget-owner': { up: widgetOwner },
  '0013-command-log': { up: commandLog },
  '0014-sessions': { up: sessions },
  '0015-administration': { up: administration },
  '0016-audit': { up: audit },
  '0017-email-verified': { up: emailVerified },
  '0018-factors': { up: factors },
  '0019-mail': { up: mail },
  '0020-lists': { up: lists },
}

/**
 * Brings the schema of a database up to date. On PostgreSQL over a connection of its own, because to build an index of a large
 * table may take longer than other statements may.
 * @returns the names of the migrations that were applied
 * @throws StoreError as `migrate` does
 */
export async function migrateDatabase(database: Database): Promise<string[]> {
  if (database.kind === 'sqlite') return migrate(database.store)
  if ((await selectMissing(database.store, undefined)).length === 0) return []
  const pool = database.openPool({ max: 1, connect_ms: 10_000, answer_ms: 0 })
  const store = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) })
  return migrate(store).finally(() => store.destroy())
}

/**
 * Brings the schema up to date, in one transaction that excludes other migrating processes.
 * @param last the last migration to apply
 * @returns the names of the migrations that were applied
 * @throws StoreError if a newer version of Latchkey has already migrated the database, or if the migration failed
 */
export async function migrate(store: Store, last?: string): Promise<string[]> {
  try {
    if ((await selectMissing(store, last)).length === 0) return []
    await createHistory(store)
    const apply = (trx: Trx) => applyMissing(trx, last)
    return await (store.isTransaction ? apply(store as Trx) : store.transaction().execute(apply))
  } catch (error) {
    if (error instanceof StoreError) throw error
    const message = `the database could not be migrated: ${await explain(store, error as Error)}`
    throw new StoreError(message, await adviseGrant(store, error as Error))
  }
}

async function applyMissing(trx: Trx, last: string | undefined): Promise<string[]> {
  await lockHistory(trx)
  await adoptHistory(trx)
  const missing = await selectMissing(trx, last)
  for (const name of missing) {
    // A migration names tables by SQL alone, because the schema of today is not that of its time.
    await migrations[name]?.up(trx as unknown as Kysely<never>)
    await sql`insert into latchkey_migration values (${name}, ${new Date().toISOString()})`.execute(trx)
  }
  return missing
}

/** @throws StoreError for a migration that this version does not know */
async function selectMissing(store: Store, last: string | undefined): Promise<string[]> {
  await refuseHidden(store)
  const applied = await selectNames(store, migrationTable)
  refuseUnknown(applied)
  return Object.keys(migrations).filter((name) => !applied.includes(name) && (last === undefined || name <= last))
}

/** @param applied the migrations of a database or of a backup. @throws StoreError if this version does not know one */
export function refuseUnknown(applied: readonly string[], what = 'the database'): void {
  const unknown = applied.find((name) => !(name in migrations))
  if (unknown !== undefined) {
    throw new StoreError(`${what} was migrated by a newer version of Latchkey (${unknown}); upgrade Latchkey`)
  }
}

/** Each process commits the table before it locks the table. */
async function createHistory(store: Store): Promise<void> {
  await sql`create table if not exists latchkey_migration (
    name varchar(255) primary key, timestamp varchar(255) not null)`
    .execute(store)
    .catch(async (error) => {
      // Two processes that create a table at the same moment: one of them fails, in spite of `if not exists`.
      if (!(await canRead(store, 'latchkey_migration'))) throw error
    })
}

/**
 * How long a migration waits for a lock. A backup may hold the lock of a table for hours, and a statement that asks for the
 * table after the migration waits as long as the migration. Less than the time limit of a query.
 */
const lockWait_ms = 8000

/** Locks a table of our own, because every role of the server can take an advisory lock. Readers do not wait. */
async function lockHistory(trx: Trx): Promise<void> {
  if (!isPostgres(trx)) return
  await sql`select set_config('lock_timeout', ${String(lockWait_ms)}, true)`.execute(trx)
  await sql`lock table latchkey_migration in exclusive mode`.execute(trx)
}

/** Takes over the history of an earlier version of Latchkey, which had the table name that each program with Kysely has. */
async function adoptHistory(trx: Trx): Promise<void> {
  const names = await selectNames(trx, 'kysely_migration')
  if (names.length === 0 || !names.every((name) => name in migrations) || !(await canRead(trx, 'signing_key'))) return
  await sql`insert into latchkey_migration select name, timestamp from kysely_migration`.execute(trx)
  // An earlier version must not start on the schema of this version.
  await sql`drop table kysely_migration`.execute(trx)
  await sql`drop table if exists kysely_migration_lock`.execute(trx)
}

async function selectNames(store: Store, table: typeof migrationTable | 'kysely_migration'): Promise<string[]> {
  if (!(await canRead(store, table))) return []
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(table)}`.execute(store)
  return rows.map(({ name }) => name)
}

/** @throws StoreError if the history is there, but hidden from this role */
async function refuseHidden(store: Store): Promise<void> {
  if (!isPostgres(store)) return
  const found = await sql`
    select from to_regclass(${migrationTable}) as history
    where history is not null and not has_table_privilege(history, 'select')`.execute(store)
  if (found.rows.length === 0) return
  throw new StoreError(
    'the role in DATABASE_URL has no rights on the tables of Latchkey; grant them (docs/operating.md)',
  )
}

/** Whether there is such a table, in the schemas that our statements see, and this role may read the table. */
async function canRead(store: Store, table: string): Promise<boolean> {
  const found = isPostgres(store)
    ? sql`select where has_table_privilege(to_regclass(${table}), 'select')`
    : sql`select 1 from sqlite_master where type = 'table' and name = ${table}`
  return (await found.execute(store)).rows.length > 0
}

/** SQLSTATEs of PostgreSQL, whose messages may be in another language. SQLite has only the message. */
const taken = /^42(P07|710|723)$/

async function explain(store: Store, error: Error & { code?: string }): Promise<string> {
  if (taken.test(error.code ?? '') || /already exists$/.test(error.message)) {
    return `${error.message}, and is not Latchkey's: give Latchkey a database or a schema of its own`
  }
  const { code } = (error.cause ?? {}) as { code?: string }
  return code === lockNotAvailable ? `${await selectLockHolder(store)}; try again when it has ended` : error.message
}

const lockNotAvailable = '55P03'

/** Since PostgreSQL 15 a new role may not create tables in the schema `public`. */
async function adviseGrant(store: Store, error: Error): Promise<string | undefined> {
  const [, schema] = /^permission denied for schema (.+)$/.exec(error.message) ?? []
  if (schema === undefined || store.isTransaction) return undefined
  const { rows } = await sql<{ right: string }>`
    select format('grant usage, create on schema %I to %I', ${schema}::text, current_user) as right`.execute(store)
  return `an administrator of the database grants the right: ${rows[0]?.right}`
}

/** Names the session that has held a lock on one of our tables for longest. */
async function selectLockHolder(store: Store): Promise<string> {
  const { rows } = await sql<{ pid: number; name: string; user: string; relation: string }>`
    select pid, coalesce(nullif(application_name, ''), 'a program without a name') as name, usename as user,
      relation::regclass::text as relation
    from pg_locks join pg_stat_activity using (pid)
    where granted and locktype = 'relation' and pid <> pg_backend_pid()
      and relation in (select oid from pg_class where relkind = 'r' and relnamespace = current_schema()::regnamespace)
      and pg_locks.database = (select oid from pg_database where datname = current_database())
    order by xact_start nulls first limit 1`.execute(store)
  const [holder] = rows
  if (holder === undefined) return 'another session held a lock'
  return `${holder.name} (process ${holder.pid} of the server, role ${holder.user}) holds a lock on ${holder.relation}`
}
