import { type Kysely, sql } from 'kysely'

/** Several servers may each sign with the key of their own SIGNING_KEY_FILE. One key at most is Latchkey's own current key. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table signing_key add column from_file integer not null default 0`.execute(db)
  await sql`update signing_key set from_file = 1 where retired_at is null and private_jwk is null`.execute(db)
  await sql`drop index signing_key_current`.execute(db)
  await sql`create unique index signing_key_current on signing_key ((retired_at is null))
    where retired_at is null and from_file = 0`.execute(db)
}
