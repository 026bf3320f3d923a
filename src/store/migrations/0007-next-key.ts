import { type Kysely, sql } from 'kysely'

/** A key set announces the key that signs next. There is at most one generated key of each kind: current, and next. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table signing_key add column next integer not null default 0`.execute(db)
  await sql`alter table signing_key add column signs_from bigint`.execute(db)
  await sql`drop index signing_key_current`.execute(db)
  await sql`create unique index signing_key_current on signing_key (next)
    where retired_at is null and from_file = 0`.execute(db)
}
