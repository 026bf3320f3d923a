import { type Kysely, sql } from 'kysely'

/** Lines that commands leave for the log of a server. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`create table command_log (id text primary key, at bigint not null, line text not null)`.execute(db)
}
