import { type Kysely, sql } from 'kysely'

/** Messages that wait to be sent, the links in messages, and what is known of the addresses of accounts. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`create table mail_message (
    id text primary key,
    kind text not null,
    recipient text not null,
    user_id text,
    about text not null,
    created_at bigint not null,
    due_at bigint not null,
    attempts integer not null default 0
  )`.execute(db)
  await sql`create index mail_message_due on mail_message (due_at)`.execute(db)
  await sql`create table mailed_link (
    hash text primary key,
    user_id text not null,
    purpose text not null,
    state text not null,
    expires_at bigint not null
  )`.execute(db)
  await sql`create index mailed_link_user on mailed_link (user_id)`.execute(db)
  await sql`create index mailed_link_expiry on mailed_link (expires_at)`.execute(db)
  await sql`alter table "user" add column pending_email text`.execute(db)
}
