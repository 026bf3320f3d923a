import { type Kysely, sql } from 'kysely'
import { isPostgres } from '../open.ts'

/**
 * PostgreSQL keeps a plan for each statement of a function, and a plan from the time when a table was small would read the whole
 * table later. These settings leave only plans that find each row by an index.
 */
const plan = sql.raw('set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off')

/** In a stricter level, a function would not see what was committed while it waited for a latch, such as the log's last entry. */
const guard = sql.raw(`if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'this function needs the isolation level read committed';
      end if;`)

/** Without its row a latch holds nothing, and entries would lose their order. */
const found = sql.raw(`if not found then
        raise exception 'a row of the table latch is missing';
      end if;`)

/**
 * Generations: one entry of the log ends all tokens of a user. Marks: a reader of the log can prove that its place is still
 * there. Nodes of earlier versions do not know these entries, so all servers have to be stopped.
 */
export async function up(db: Kysely<never>): Promise<void> {
  const postgres = isPostgres(db)
  if (postgres) await refuseBesideServers(db)
  await addGenerations(db)
  if (!postgres) {
    await sql`alter table revocation add column mark text`.execute(db)
    await sql`update revocation set mark = lower(hex(randomblob(16)))`.execute(db)
    return
  }
  await sql`alter table revocation add column mark uuid not null default gen_random_uuid()`.execute(db)
  // Null: the row does not say which entry has the number. Rows of earlier versions do not.
  await sql`alter table node add column mark uuid`.execute(db)
  await addEpochs(db)
  await createLatches(db)
  await createFunctions(db)
  // The name of the incarnation has more parts from now on. Without rows there are no leases to wait for.
  await sql`
    update fleet set settled = concat_ws(' ', name, incarnation.xmin, extract(epoch from pg_postmaster_start_time()))
    from incarnation where not exists (select from node)`.execute(db)
}

async function addGenerations(db: Kysely<never>): Promise<void> {
  // When the last token that was ever issued to the user expires. The entry that ends all tokens is kept until then.
  await sql`alter table "user" add column tokens_expire_at bigint not null default 0`.execute(db)
  await sql`alter table "user" add column generation integer not null default 0`.execute(db)
  await sql`alter table token add column generation integer not null default 0`.execute(db)
  await sql`alter table revocation add column below_generation integer`.execute(db)
  await sql`create index revocation_by_user on revocation (jti) where below_generation is not null`.execute(db)
  await sql`create index revocation_horizon on revocation (expires_at) where jti = 'horizon'`.execute(db)
  await sql`
    update "user" set tokens_expire_at = last.expires_at
    from (select user_id, max(expires_at) as expires_at from token group by user_id) as last
    where "user".id = last.user_id`.execute(db)
  await sql`drop index token_live`.execute(db)
  await sql`create index token_live on token (user_id, generation, issued_at, jti) where revoked_at is null`.execute(db)
}

/** A node that runs would not know the new entries. The row of a node that was killed stays for a while. */
async function refuseBesideServers(db: Kysely<never>): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select name from node where renewed_at > clock_timestamp() - 3 * lease_ms * interval '1 millisecond'
    order by name`.execute(db)
  if (rows.length === 0) return
  const names = rows.map(({ name }) => name).join(', ')
  throw new Error(`servers of an earlier version run or have just been killed (${names}); stop them first`)
}

/**
 * A node's row has a new version with each renewal. While a transaction of another program stays open, no version can be
 * removed, and to find the row takes longer with each renewal. So the row gets another place in the index after 256 renewals.
 */
async function addEpochs(db: Kysely<never>): Promise<void> {
  await sql`alter table node add column epoch bigint not null default 0`.execute(db)
  await sql`alter table node drop constraint node_pkey`.execute(db)
  await sql`create unique index node_by_epoch on node (id, epoch desc)`.execute(db)
}

/** Rows of our own to lock, because every role of the server can take an advisory lock. */
async function createLatches(db: Kysely<never>): Promise<void> {
  await sql`create table latch (name text primary key)`.execute(db)
  await sql`insert into latch values ('log'), ('join')`.execute(db)
}

/**
 * Functions for the commands of the revocation protocol that need several statements. A call is one message to the
 * database, and each statement of a function sees what was committed before the statement began.
 */
async function createFunctions(db: Kysely<never>): Promise<void> {
  await sql`drop function revoke_tokens, join_fleet, append_entries`.execute(db)
  // The log's latch is held until the commit, so entries become visible in the order of their numbers. To lock a row is a
  // write, so a commit that appends nothing waits for a replica as every other commit. A sequence that is behind its table,
  // as after a COPY, would give a number twice.
  await sql`
    create function append_entries(
      ids text[], expiries bigint[], generations integer[], out seq bigint, out mark uuid
    ) language plpgsql ${plan} as $$
    declare newest bigint;
    begin
      ${guard}
      perform from latch where name = 'log' for update;
      ${found}
      select coalesce(max(revocation.seq), 0) into newest from revocation;
      if exists (
        select from revocation_seq_seq where last_value < newest or (last_value = newest and not is_called)
      ) then
        perform setval('revocation_seq_seq', newest);
      end if;
      insert into revocation (jti, expires_at, below_generation)
      select jti, expires_at, below_generation
      from unnest(ids, expiries, generations) with ordinality as entry (jti, expires_at, below_generation, place)
      order by place;
      select revocation.seq, revocation.mark into seq, mark from revocation order by revocation.seq desc limit 1;
    end $$`.execute(db)

  // Locks the rows first and the log last, so the holder of the log's latch waits for no other transaction. A row that another
  // transaction has locked must not stop the revocations of other tokens, so its request is left for the next append. A
  // repeated request finds its own id in the row and appends again.
  await sql`
    create function revoke_tokens(
      ids text[], token_ids text[], user_ids text[], reasons text[], nows bigint[],
      out seq bigint, out mark uuid, out ended json, out busy text[]
    ) language plpgsql ${plan} as $$
    declare locked text[];
    begin
      locked := array(select jti from token where jti = any(token_ids) order by jti for update skip locked);
      busy := array(
        select request.id from unnest(ids, token_ids) as request (id, jti)
        where request.jti <> all(locked) and exists (select from token where token.jti = request.jti));
      update token set revoked_at = request.now, reason = request.reason, revocation_id = request.id
      from unnest(ids, token_ids, user_ids, reasons, nows) as request (id, jti, user_id, reason, now), "user" as owner
      where token.jti = request.jti and token.jti = any(locked) and (request.user_id is null or token.user_id = request.user_id)
        and token.revoked_at is null and owner.id = token.user_id and owner.generation <= token.generation;
      select coalesce(json_agg(json_build_object(
        'request_id', token.revocation_id, 'jti', token.jti, 'expires_at', token.expires_at
      )), '[]') into ended from token where jti = any(locked) and revocation_id = any(ids);
      select appended.seq, appended.mark into seq, mark from append_entries(
        array(select entry ->> 'jti' from json_array_elements(ended) as entry),
        array(select (entry ->> 'expires_at')::bigint from json_array_elements(ended) as entry),
        null) as appended;
    end $$`.execute(db)

  // What every answer says of the database. The name of the incarnation counts only in the file that it was given for.
  await sql`
    create function database_state(out incarnation text, out settled boolean) language plpgsql stable as $$
    begin
      select concat_ws(' ', name, named.xmin, extract(epoch from pg_postmaster_start_time())) into incarnation
      from incarnation as named where starts_with(name, pg_relation_filepath('incarnation') || ' ');
      settled := (select fleet.settled = incarnation from fleet);
    end $$`.execute(db)

  // Goes from row to row of `node` by the index, because the table may have many old versions. `lost`: the log does not have the
  // entry that the row shows. The place before the first entry is in every log.
  await sql`
    create function look_at_fleet(seqs bigint[], marks uuid[], out continues boolean, out rows json)
    language plpgsql stable ${plan} as $$
    begin
      continues := not exists (
        select from unnest(seqs, marks) as known (seq, mark)
        where known.seq > 0 and not exists (
          select from revocation where revocation.seq = known.seq and revocation.mark = known.mark));
      with recursive nodes as (
        (select * from node order by id, epoch desc limit 1)
        union all
        select next.* from nodes cross join lateral (
          select * from node where node.id > nodes.id order by id, epoch desc limit 1
        ) as next
      )
      select coalesce(json_agg(json_build_object(
        'id', id, 'applied_seq', applied_seq, 'renewals', renewals, 'lease_ms', lease_ms,
        'lost', applied_seq > 0 and mark is not null and not exists (
          select from revocation where revocation.seq = nodes.applied_seq and revocation.mark = nodes.mark)
      )), '[]') into rows from nodes;
    end $$`.execute(db)

  // The latch orders joining nodes, so two nodes cannot join one fleet with different lease lengths.
  await sql`
    create function join_fleet(own json, replaces text) returns boolean language plpgsql ${plan} as $$
    begin
      ${guard}
      perform from latch where name = 'join' for update;
      ${found}
      delete from node where id = replaces;
      insert into node (id, applied_seq, mark, renewals, protocol, lease_ms, name, version)
      select id, applied_seq, mark, 0, protocol, lease_ms, name, version from json_to_record(own) as joining
        (id text, applied_seq bigint, mark uuid, protocol integer, lease_ms integer, name text, version text)
      where not exists (
        select from node where node.protocol <> joining.protocol or node.lease_ms <> joining.lease_ms
      );
      return found;
    end $$`.execute(db)
}
