import { type Kysely, sql } from 'kysely'
import { isPostgres } from '../open.ts'

/**
 * PostgreSQL: each node's row counts the verifiers that hold a lease of the node. SQLite: the row of `feed` names the server
 * that has granted leases to verifiers, because every process that revokes has to wait for these leases.
 */
export async function up(db: Kysely<never>): Promise<void> {
  if (!isPostgres(db)) {
    await sql`create table feed (
      id integer primary key check (id = 1),
      server text not null,
      lease_ms integer not null
    )`.execute(db)
    return
  }
  await sql`alter table node add column verifiers integer not null default 0`.execute(db)
  // As before, and with `verifiers`. Nodes of the version before ignore the new field.
  await sql`
    create or replace function look_at_fleet(seqs bigint[], marks uuid[], out continues boolean, out rows json)
    language plpgsql stable set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
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
        'id', id, 'applied_seq', applied_seq, 'renewals', renewals, 'lease_ms', lease_ms, 'verifiers', verifiers,
        'lost', applied_seq > 0 and mark is not null and not exists (
          select from revocation where revocation.seq = nodes.applied_seq and revocation.mark = nodes.mark)
      )), '[]') into rows from nodes;
    end $$`.execute(db)
}
