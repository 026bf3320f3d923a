import { sql } from 'kysely'
import { isPostgres } from './open.ts'
import type { Trx } from './schema.ts'

/** In an order that the foreign keys allow. The revocation log stays, because its numbers must not be reused. */
const tables = ['token', 'known_address', 'widget', 'user', 'signing_key'] as const

/**
 * Deletes every row, except for the rows of the revocation log and of the fleet's tables.
 * @returns the tokens that were not revoked, and the `kid`s of the keys that only this database had. Expired tokens are
 *   included, because each node decides by its own clock. The caller has to append both to the log
 */
export async function emptyTables(
  trx: Trx,
): Promise<{ tokens: { jti: string; expires_at: number }[]; kids: string[] }> {
  const postgres = isPostgres(trx)
  // No other transaction may write: a token issued after the select would be neither returned nor revoked. Widgets come
  // first, because an insert locks the widget before its owner.
  if (postgres) {
    await sql`lock table widget, "user", known_address, signing_key, token, login_failure in exclusive mode`.execute(
      trx,
    )
  }
  const tokens = await trx.selectFrom('token').select(['jti', 'expires_at']).where('revoked_at', 'is', null).execute()
  const keys = await trx.selectFrom('signing_key').select('kid').where('private_jwk', 'is not', null).execute()
  for (const table of tables) await trx.deleteFrom(table).execute()
  if (postgres) await sql`delete from login_failure`.execute(trx)
  return { tokens, kids: keys.map(({ kid }) => kid) }
}
