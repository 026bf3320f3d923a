import { type Kysely, sql } from 'kysely'

/**
 * What a fleet of nodes on one PostgreSQL needs; a file has one node. Everything is added beside what was there, so that
 * nodes of the version before go on working.
 */
export async function up(db: Kysely<never>): Promise<void> {
  if (!db.getExecutor().adapter.supportsMultipleConnections) return
  await db.schema
    .createTable('node')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('applied_seq', 'bigint', (c) => c.notNull())
    .addColumn('renewals', 'bigint', (c) => c.notNull())
    .addColumn('protocol', 'integer', (c) => c.notNull())
    .addColumn('lease_ms', 'integer', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('version', 'text', (c) => c.notNull())
    // By the database's clock, for people; no rule looks at them.
    .addColumn('joined_at', sql`timestamptz`, (c) => c.notNull().defaultTo(sql`clock_timestamp()`))
    .addColumn('renewed_at', sql`timestamptz`, (c) => c.notNull().defaultTo(sql`clock_timestamp()`))
    .execute()
  // A name that is gone whenever commits may be: crash recovery and the promotion of a replica empty an unlogged table.
  await sql`create unlogged table incarnation (id integer primary key check (id = 1), name text not null)`.execute(db)
  await sql`insert into incarnation values (1, pg_relation_filepath('incarnation') || ' ' || gen_random_uuid())`.execute(
    db,
  )
  // One row: the incarnation whose older leases are known to be over. Before this one there were none.
  await sql`create table fleet (id integer primary key check (id = 1), settled text not null)`.execute(db)
  await sql`insert into fleet select id, name from incarnation`.execute(db)
  // Whose revocation it was: one whose answer was lost is asked again, and must know its own work.
  await sql`alter table token add column revocation_id text`.execute(db)
}
