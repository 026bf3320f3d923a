import { type Kysely, sql } from 'kysely'

/**
 * What a user with very many tokens, the end of a key, and old addresses are found by. PostgreSQL makes them in the
 * migration's transaction: nodes of the version before go on checking tokens, and logins and revocations wait meanwhile, a
 * second or two for a million tokens.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`create index token_live on token (user_id, issued_at, jti) where revoked_at is null`.execute(db)
  await sql`create index token_by_key on token (kid, jti)`.execute(db)
  await sql`create index known_address_by_age on known_address (last_login_at)`.execute(db)
}
