import { type Kysely, sql } from 'kysely'

/** A token knows what it was made for, when its session began, and its scope. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table token add column kind text not null default 'login'`.execute(db)
  await sql`alter table token add column scope text`.execute(db)
  await sql`alter table token add column authenticated_at bigint`.execute(db)
  await sql`update token set kind = 'service' where user_id in (select id from service)`.execute(db)
}
