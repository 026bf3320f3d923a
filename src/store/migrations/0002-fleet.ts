import { type Kysely, sql } from 'kysely'
import { isPostgres } from '../open.ts'

/**
 * Adds what a fleet of nodes on PostgreSQL needs. An SQLite file has one node. The migration only adds, so nodes of the
 * previous version go on working.
 */
export async function up(db: Kysely<never>): Promise<void> {
  if (!isPostgres(db)) return
  await db.schema
    .createTable('node')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('applied_seq', 'bigint', (c) => c.notNull())
    .addColumn('renewals', 'bigint', (c) => c.notNull())
    .addColumn('protocol', 'integer', (c) => c.notNull())
    .addColumn('lease_ms', 'integer', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('version', 'text', (c) => c.notNull())
    // By the database's clock. For people only: the protocol does not read these columns.
    .addColumn('joined_at', sql`timestamptz`, (c) => c.notNull().defaultTo(sql`clock_timestamp()`))
    .addColumn('renewed_at', sql`timestamptz`, (c) => c.notNull().defaultTo(sql`clock_timestamp()`))
    .execute()
  // Crash recovery and the promotion of a replica may lose commits. Both also empty an unlogged table.
  await sql`create unlogged table incarnation (id integer primary key check (id = 1), name text not null)`.execute(db)
  await sql`insert into incarnation values (1, pg_relation_filepath('incarnation') || ' ' || gen_random_uuid())`.execute(
    db,
  )
  // One row: the incarnation in which no lease of an earlier one runs. The first incarnation has no earlier leases.
  await sql`create table fleet (id integer primary key check (id = 1), settled text not null)`.execute(db)
  await sql`insert into fleet select id, name from incarnation`.execute(db)
  // Id of the request that revoked the token. If its answer is lost, the repeated request finds the id.
  await sql`alter table token add column revocation_id text`.execute(db)
}
