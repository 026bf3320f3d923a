import { type Kysely, sql } from 'kysely'

/**
 * Second factors. `user.factors` names the factors in force, separated by spaces, so that the statement of a login can require
 * that no factor was added since the password was checked.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table "user" add column factors text not null default ''`.execute(db)
  await sql`create table totp (
    user_id text primary key,
    secret text,
    last_step bigint not null default 0,
    pending text,
    pending_until bigint not null default 0
  )`.execute(db)
  await sql`create table recovery_code (
    user_id text not null,
    code_hash text not null,
    primary key (user_id, code_hash)
  )`.execute(db)
  await sql`create table login_ticket (
    ticket_hash text primary key,
    user_id text not null,
    state text not null,
    tries integer not null default 0,
    expires_at bigint not null
  )`.execute(db)
  await sql`create index login_ticket_by_expiry on login_ticket (expires_at)`.execute(db)
  await sql`create table passkey (
    id text primary key,
    user_id text not null,
    credential_id text not null unique,
    public_key text not null,
    counter bigint not null,
    transports text not null,
    name text not null,
    created_at bigint not null,
    last_used_at bigint
  )`.execute(db)
  await sql`create index passkey_by_user on passkey (user_id, created_at)`.execute(db)
  await sql`create table passkey_challenge (
    challenge text primary key,
    purpose text not null,
    user_id text,
    expires_at bigint not null
  )`.execute(db)
  await sql`create index passkey_challenge_by_expiry on passkey_challenge (expires_at)`.execute(db)
}
