import { type Kysely, sql } from 'kysely'
import { isPostgres } from '../open.ts'

/** A widget stays when its owner's account is deleted, so `widget.owner_id` no longer refers to an account that must exist. */
export async function up(db: Kysely<never>): Promise<void> {
  if (isPostgres(db)) {
    await sql`alter table widget drop constraint widget_owner_id_fkey`.execute(db)
    return
  }
  // SQLite cannot drop a foreign key.
  await sql`create table widget_rebuilt (
    id text primary key,
    name text not null unique,
    info_url text not null,
    deadline bigint not null,
    owner_id text not null,
    created_at bigint not null
  )`.execute(db)
  await sql`insert into widget_rebuilt select id, name, info_url, deadline, owner_id, created_at from widget`.execute(
    db,
  )
  await sql`drop table widget`.execute(db)
  await sql`alter table widget_rebuilt rename to widget`.execute(db)
}
