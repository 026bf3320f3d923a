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
  // One row: the incarnation of the database whose older leases are known to be over. Before this there were none.
  await db.schema
    .createTable('fleet')
    .addColumn('id', 'integer', (c) => c.primaryKey())
    .addColumn('settled', 'text', (c) => c.notNull())
    .execute()
  await sql`insert into fleet (id, settled) values (1, pg_postmaster_start_time()::text)`.execute(db)
  // Whose revocation it was: one whose answer was lost is asked again, and must know its own work.
  await sql`alter table token add column revocation_id text`.execute(db)
}
