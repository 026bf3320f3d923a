import { type Kysely, sql } from 'kysely'
import { isPostgres } from '../open.ts'

// As in the migration `0006-log`, which says why.
const plan = sql.raw('set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off')
const guard = sql.raw(`if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'this function needs the isolation level read committed';
      end if;`)
const found = sql.raw(`if not found then
        raise exception 'a row of the table latch is missing';
      end if;`)

/**
 * PostgreSQL: notifications that say what was appended, or what a row shows. Every role that may connect to the database can
 * send a notification on any channel, so each of ours is signed with a key that only the fleet's tables have.
 */
export async function up(db: Kysely<never>): Promise<void> {
  if (!isPostgres(db)) return
  await sql`alter table fleet add column notify_key text not null default gen_random_uuid()::text || gen_random_uuid()::text`.execute(
    db,
  )
  // A notification of more than 8,000 bytes is an error. Without a text it says only that something has changed.
  await sql`
    create function tell(channel text, news json) returns void language plpgsql as $$
    declare key bytea := (select convert_to(notify_key, 'UTF8') from fleet);
    begin
      perform pg_notify(channel, case
        when news is null or key is null or octet_length(news::text) > 7900 then ''
        else encode(sha256(key || sha256(key || convert_to(news::text, 'UTF8'))), 'hex') || news::text
      end);
    end $$`.execute(db)
  await createAppends(db)
}

/** The appends of the migration `0006-log`, which also return the entry before their own, and end tokens of services too. */
async function createAppends(db: Kysely<never>): Promise<void> {
  await sql`drop function revoke_tokens, append_entries`.execute(db)
  await sql`
    create function append_entries(
      ids text[], expiries bigint[], generations integer[],
      out after_seq bigint, out after_mark uuid, out seq bigint, out mark uuid
    ) language plpgsql ${plan} as $$
    begin
      ${guard}
      perform from latch where name = 'log' for update;
      ${found}
      select revocation.seq, revocation.mark into after_seq, after_mark
      from revocation order by revocation.seq desc limit 1;
      if exists (
        select from revocation_seq_seq
        where last_value < after_seq or (last_value = after_seq and not is_called)
      ) then
        perform setval('revocation_seq_seq', after_seq);
      end if;
      insert into revocation (jti, expires_at, below_generation)
      select jti, expires_at, below_generation
      from unnest(ids, expiries, generations) with ordinality as entry (jti, expires_at, below_generation, place)
      order by place;
      select revocation.seq, revocation.mark into seq, mark from revocation order by revocation.seq desc limit 1;
    end $$`.execute(db)
  await sql`
    create function revoke_tokens(
      ids text[], token_ids text[], user_ids text[], reasons text[], nows bigint[],
      out after_seq bigint, out after_mark uuid, out seq bigint, out mark uuid, out ended json, out busy text[]
    ) language plpgsql ${plan} as $$
    declare locked text[];
    begin
      locked := array(select jti from token where jti = any(token_ids) order by jti for update skip locked);
      busy := array(
        select request.id from unnest(ids, token_ids) as request (id, jti)
        where request.jti <> all(locked) and exists (select from token where token.jti = request.jti));
      update token set revoked_at = request.now, reason = request.reason, revocation_id = request.id
      from unnest(ids, token_ids, user_ids, reasons, nows) as request (id, jti, user_id, reason, now),
        (select id, generation from "user" union all select id, generation from service) as owner
      where token.jti = request.jti and token.jti = any(locked) and (request.user_id is null or token.user_id = request.user_id)
        and token.revoked_at is null and owner.id = token.user_id and owner.generation <= token.generation;
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
