import { type Kysely, sql } from 'kysely'

/**
 * Indexes for the live tokens of a user, the tokens of a key, and old addresses. PostgreSQL builds them in the
 * migration's transaction. Until it ends, nodes of the previous version check tokens, but logins and revocations wait:
 * one to two seconds for a million tokens.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`create index token_live on token (user_id, issued_at, jti) where revoked_at is null`.execute(db)
  await sql`create index token_by_key on token (kid, jti)`.execute(db)
  await sql`create index known_address_by_age on known_address (last_login_at)`.execute(db)
}
