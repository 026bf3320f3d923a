import { type Kysely, sql } from 'kysely'
import { isPostgres } from '../open.ts'

/**
 * PostgreSQL keeps a plan for each statement of a function. A plan from the time when a table was small would read the whole
 * table later.
 */
const plan = sql.raw('set plan_cache_mode = force_custom_plan')

/**
 * Functions for the commands of the revocation protocol that need several statements. A call is one message to the
 * database, and each statement of a function sees what was committed before the statement began.
 */
export async function up(db: Kysely<never>): Promise<void> {
  if (!isPostgres(db)) return
  // The log's lock (7236001) is held until the commit, so entries become visible in the order of their numbers.
  await sql`
    create function append_entries(jtis text[], expiries bigint[]) returns bigint language plpgsql ${plan} as $$
    begin
      perform pg_advisory_xact_lock(7236001);
      insert into revocation (jti, expires_at) select * from unnest(jtis, expiries);
      perform pg_notify('latchkey_log', '');
      return (select coalesce(max(seq), 0) from revocation);
    end $$`.execute(db)

  // Locks the rows first, in the order that every transaction uses, and the log last, so the holder of the log's lock
  // waits for no other transaction. A repeated request finds its own id in the row and appends again, because the
  // commit must write something to wait for a replica.
  await sql`
    create function revoke_tokens(
      ids text[], token_ids text[], user_ids text[], reasons text[], nows bigint[], grace_ms bigint,
      out seq bigint, out ended json
    ) language plpgsql ${plan} as $$
    begin
      perform from token where jti = any(token_ids) order by jti for update;
      update token set revoked_at = request.now, reason = request.reason, revocation_id = request.id
      from unnest(ids, token_ids, user_ids, reasons, nows) as request (id, jti, user_id, reason, now)
      where token.jti = request.jti and (request.user_id is null or token.user_id = request.user_id)
        and token.revoked_at is null and token.expires_at > request.now - grace_ms;
      select coalesce(json_agg(json_build_object(
        'request_id', token.revocation_id, 'jti', token.jti, 'expires_at', token.expires_at
      )), '[]') into ended from token where jti = any(token_ids) and revocation_id = any(ids);
      seq := append_entries(
        array(select entry ->> 'jti' from json_array_elements(ended) as entry),
        array(select (entry ->> 'expires_at')::bigint from json_array_elements(ended) as entry));
    end $$`.execute(db)

  // The lock (7236002) orders joining nodes, so two nodes cannot join one fleet with different lease lengths.
  await sql`
    create function join_fleet(own json, replaces text) returns boolean language plpgsql ${plan} as $$
    begin
      perform pg_advisory_xact_lock(7236002);
      delete from node where id = replaces;
      insert into node (id, applied_seq, renewals, protocol, lease_ms, name, version)
      select id, applied_seq, 0, protocol, lease_ms, name, version from json_to_record(own)
        as joining (id text, applied_seq bigint, protocol integer, lease_ms integer, name text, version text)
      where not exists (
        select from node where node.protocol <> joining.protocol or node.lease_ms <> joining.lease_ms
      );
      return found;
    end $$`.execute(db)
}
