import { type Kysely, sql } from 'kysely'

/** When the address of an account was verified. Null: it was not. An import brings this from the other system. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table "user" add column email_verified_at bigint`.execute(db)
}
