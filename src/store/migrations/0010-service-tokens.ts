import { type Kysely, sql } from 'kysely'
import { isPostgres } from '../open.ts'

/**
 * A token may belong to a service. So a service has a generation, as a user has, and `token.user_id` no longer refers to
 * users alone.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table service add column generation integer not null default 0`.execute(db)
  await sql`alter table service add column tokens_expire_at bigint not null default 0`.execute(db)
  if (!isPostgres(db)) return rebuildTokens(db)
  await sql`alter table token drop constraint token_user_id_fkey`.execute(db)
  // The next migration writes `revoke_tokens` anew, which joins the token with its owner.
}

/** SQLite cannot drop a foreign key. */
async function rebuildTokens(db: Kysely<never>): Promise<void> {
  const columns =
    sql.raw(`jti, user_id, kid, description, user_agent, ip, issued_at, expires_at, last_used_at, revoked_at,
    reason, generation`)
  await sql`create table token_rebuilt (
    jti text primary key,
    user_id text not null,
    kid text not null,
    description text not null,
    user_agent text,
    ip text not null,
    issued_at bigint not null,
    expires_at bigint not null,
    last_used_at bigint,
    revoked_at bigint,
    reason text,
    generation integer not null default 0
  )`.execute(db)
  await sql`insert into token_rebuilt (${columns}) select ${columns} from token`.execute(db)
  await sql`drop table token`.execute(db)
  await sql`alter table token_rebuilt rename to token`.execute(db)
  await sql`create index token_by_user on token (user_id, issued_at)`.execute(db)
  await sql`create index token_by_expiry on token (expires_at)`.execute(db)
  await sql`create index token_by_key on token (kid, jti)`.execute(db)
  await sql`create index token_live on token (user_id, generation, issued_at, jti) where revoked_at is null`.execute(db)
}
