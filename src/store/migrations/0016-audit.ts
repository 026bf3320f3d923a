import { type Kysely, sql } from 'kysely'
import { isPostgres } from '../open.ts'

/** The audit trail: facts that wait for their place in the chain, the chain, and its ends. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`create table audit_pending (
    id text primary key,
    at bigint not null,
    action text not null,
    actor text,
    subject text,
    address text,
    request_id text,
    details text not null
  )`.execute(db)
  await sql`create table audit (
    seq bigint primary key,
    at bigint not null,
    action text not null,
    actor text,
    subject text,
    address text,
    request_id text,
    details text not null,
    hash text not null
  )`.execute(db)
  await sql`create index audit_by_action on audit (action, seq)`.execute(db)
  await sql`create index audit_by_actor on audit (actor, seq)`.execute(db)
  await sql`create index audit_by_subject on audit (subject, seq)`.execute(db)
  await sql`create index audit_by_time on audit (at, seq)`.execute(db)
  await sql`create table audit_head (
    id integer primary key,
    seq bigint not null,
    hash text not null,
    base_seq bigint not null,
    base_hash text not null,
    mac text
  )`.execute(db)
  await sql`insert into audit_head (id, seq, hash, base_seq, base_hash) values (1, 0, '', 0, '')`.execute(db)
  if (isPostgres(db)) await tellRevocations(db)
}

// As in the migration `0006-log`, which says why.
const plan = sql.raw('set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off')

/**
 * The function of the migration `0011-news`, which also writes the fact of each token that it ends. Nodes of the version before
 * call it without facts.
 */
async function tellRevocations(db: Kysely<never>): Promise<void> {
  await sql`drop function revoke_tokens`.execute(db)
  await sql`
    create function revoke_tokens(
      ids text[], token_ids text[], user_ids text[], reasons text[], nows bigint[], facts text[] default null,
      out after_seq bigint, out after_mark uuid, out seq bigint, out mark uuid, out ended json, out busy text[]
    ) language plpgsql ${plan} as $$
    declare locked text[];
    begin
      locked := array(select jti from token where jti = any(token_ids) order by jti for update skip locked);
      busy := array(
        select request.id from unnest(ids, token_ids) as request (id, jti)
        where request.jti <> all(locked) and exists (select from token where token.jti = request.jti));
      with updated as (
        update token set revoked_at = request.now, reason = request.reason, revocation_id = request.id
        from unnest(ids, token_ids, user_ids, reasons, nows) as request (id, jti, user_id, reason, now),
          (select id, generation from "user" union all select id, generation from service) as owner
        where token.jti = request.jti and token.jti = any(locked) and (request.user_id is null or token.user_id = request.user_id)
          and token.revoked_at is null and owner.id = token.user_id and owner.generation <= token.generation
        returning token.revocation_id, token.user_id
      )
      insert into audit_pending (id, at, action, actor, subject, address, request_id, details)
      select told.id, told.at, told.action, told.actor, updated.user_id, told.address, told.request_id, told.details
      from updated join unnest(ids, facts) as request (id, fact) on request.id = updated.revocation_id,
        json_to_record(request.fact::json) as told (
          id text, at bigint, action text, actor text, address text, request_id text, details text)
      where request.fact is not null;
      select coalesce(json_agg(json_build_object(
        'request_id', token.revocation_id, 'jti', token.jti, 'expires_at', token.expires_at
      )), '[]') into ended from token where jti = any(locked) and revocation_id = any(ids);
      select appended.after_seq, appended.after_mark, appended.seq, appended.mark
      into after_seq, after_mark, seq, mark from append_entries(
        array(select entry ->> 'jti' from json_array_elements(ended) as entry),
        array(select (entry ->> 'expires_at')::bigint from json_array_elements(ended) as entry),
        null) as appended;
    end $$`.execute(db)
}
