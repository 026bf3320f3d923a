import { type Kysely, sql } from 'kysely'
import { isPostgres } from '../open.ts'

/**
 * Lists that stay fast when they are long. An index with every column that a list skips by, or searches in, is read without the
 * table. PostgreSQL builds the indexes in the migration's transaction, and logins wait meanwhile: less than 20
 * seconds for a million tokens and a million rows of the trail, on two busy cores.
 */
export async function up(db: Kysely<never>): Promise<void> {
  // PostgreSQL keeps a column behind `include` out of the order. The columns of SQLite's indexes have an order each.
  const also = (columns: string) => sql.raw(isPostgres(db) ? `) include (${columns})` : `, ${columns})`)
  await sql`drop index user_by_creation`.execute(db)
  await sql`drop index user_by_last_login`.execute(db)
  await sql`create index user_by_creation on "user" (created_at, id${also('email, username')}`.execute(db)
  // Accounts without a login are the first, as null is in SQLite.
  const first = sql.raw(isPostgres(db) ? ' nulls first' : '')
  await sql`create index user_by_last_login on "user" (last_login_at${first}, id${also('email, username')}`.execute(db)
  if (isPostgres(db)) {
    await sql`drop index user_by_email`.execute(db)
    await sql`create index user_by_email on "user" (email collate "C", id) include (username)`.execute(db)
    await sql`drop index user_by_username`.execute(db)
    await sql`create index user_by_username on "user" (username collate "C") include (id)`.execute(db)
  } else await sql`create index user_by_email on "user" (email, id, username)`.execute(db)
  await sql`drop index token_live`.execute(db)
  await sql`
    create index token_live on token (user_id, generation, issued_at, jti${also('expires_at, kind')}
    where revoked_at is null`.execute(db)
  await indexAudit(db)
  await countDays(db)
}

/** The list is in the order of time, so that a filter by time is a part of an index. */
async function indexAudit(db: Kysely<never>): Promise<void> {
  for (const column of ['action', 'actor', 'subject']) {
    const [name, on] = [sql.raw(`audit_by_${column}`), sql.raw(column)]
    await sql`drop index ${name}`.execute(db)
    await sql`create index ${name} on audit (${on}, at, seq)`.execute(db)
  }
}

const day_ms = sql.raw('86400000')

/**
 * How many rows of each action the trail has on each day, so that a list need not count them. The action '' counts the rows of all
 * actions. Triggers count, because nodes of earlier versions write rows too. The rows are written under the lock of the head.
 */
async function countDays(db: Kysely<never>): Promise<void> {
  await sql`create table audit_day (
    action text not null, day bigint not null, rows bigint not null, primary key (action, day)
  )`.execute(db)
  for (const action of ['action', "''"]) {
    await sql`
      insert into audit_day (action, day, rows)
      select ${sql.raw(action)}, at / ${day_ms}, count(*) from audit group by 1, 2`.execute(db)
  }
  await (isPostgres(db) ? countStatements(db) : countRows(db))
}

async function countStatements(db: Kysely<never>): Promise<void> {
  await sql`
    create function count_audit_days() returns trigger language plpgsql as $$
    begin
      insert into audit_day as counted (action, day, rows)
      select names.action, changed.at / ${day_ms}, count(*) * case tg_op when 'INSERT' then 1 else -1 end
      from changed cross join lateral (values (changed.action), ('')) as names (action)
      group by 1, 2
      on conflict (action, day) do update set rows = counted.rows + excluded.rows;
      if tg_op = 'DELETE' then
        delete from audit_day where rows = 0 and day in (select at / ${day_ms} from changed);
      end if;
      return null;
    end $$`.execute(db)
  await sql`
    create trigger audit_day_added after insert on audit referencing new table as changed
    for each statement execute function count_audit_days()`.execute(db)
  await sql`
    create trigger audit_day_deleted after delete on audit referencing old table as changed
    for each statement execute function count_audit_days()`.execute(db)
}

async function countRows(db: Kysely<never>): Promise<void> {
  await sql`
    create trigger audit_day_added after insert on audit begin
      insert into audit_day (action, day, rows)
      values ('', new.at / ${day_ms}, 1), (new.action, new.at / ${day_ms}, 1)
      on conflict (action, day) do update set rows = rows + 1;
    end`.execute(db)
  await sql`
    create trigger audit_day_deleted after delete on audit begin
      update audit_day set rows = rows - 1 where action in ('', old.action) and day = old.at / ${day_ms};
      delete from audit_day where action in ('', old.action) and day = old.at / ${day_ms} and rows = 0;
    end`.execute(db)
}
