import { type Kysely, sql } from 'kysely'

/** Whether the account's address is known to be the owner's. An import brings this from the other system. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table "user" add column email_verified integer not null default 0`.execute(db)
}
