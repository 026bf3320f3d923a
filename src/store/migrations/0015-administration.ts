import { type Kysely, sql } from 'kysely'
import { isPostgres } from '../open.ts'

/** An account may be disabled until a time. Indexes for the lists of administrators: each order, and each kind of search. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table "user" add column disabled_until bigint`.execute(db)
  await sql`create index user_by_creation on "user" (created_at, id)`.execute(db)
  await sql`create index user_by_last_login on "user" ((coalesce(last_login_at, 0)), id)`.execute(db)
  await sql`create index user_administrators on "user" (id) where admin = 1`.execute(db)
  // A prefix is a range in the order of bytes, which the indexes of SQLite have already.
  if (!isPostgres(db)) return
  await sql`create index user_by_email on "user" (email collate "C", id)`.execute(db)
  await sql`create index user_by_username on "user" (username collate "C")`.execute(db)
  await sql`create index user_by_id on "user" (id collate "C")`.execute(db)
}
