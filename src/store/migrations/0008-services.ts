import { type Kysely, sql } from 'kysely'

/** Other programs that accept Latchkey's tokens. A secret has 256 random bits, so a fast hash of it is enough. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`create table service (
    id text primary key,
    name text not null unique,
    secret_hash text not null,
    previous_hash text,
    previous_until bigint not null default 0,
    may_revoke_users integer not null default 0,
    created_at bigint not null
  )`.execute(db)
}
