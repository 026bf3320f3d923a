import { sql } from 'kysely'
import { hasRowLocks } from './open.ts'
import type { Trx } from './schema.ts'

/** In the order in which they can be deleted. The log of revocations is not among them: its numbers never start again. */
const tables = ['token', 'known_address', 'widget', 'user', 'signing_key'] as const

/**
 * Deletes every row but those of the revocation log and of the fleet's nodes.
 * @returns the tokens that had not been revoked, expired ones too: whether they are is for each node's own clock to say;
 *   and the `kid`s of the keys that only this database had. The caller has to put both into the log.
 */
export async function emptyTables(
  trx: Trx,
): Promise<{ tokens: { jti: string; expires_at: number }[]; kids: string[] }> {
  const postgres = hasRowLocks(trx)
  // Nobody else may write in between: a token issued after our look would be neither listed nor ended. Widgets come
  // first, since whoever adds one holds its row before the row of its owner.
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
