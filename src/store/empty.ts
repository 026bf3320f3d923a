import { sql } from 'kysely'
import { isPostgres } from './open.ts'
import type { Trx } from './schema.ts'

/** In an order that the foreign keys allow. The revocation log stays, because its numbers must not be reused. */
const tables = [
  'token',
  'known_address',
  'widget',
  'totp',
  'recovery_code',
  'passkey',
  'passkey_challenge',
  'login_ticket',
  'user',
  'service',
  'signing_key',
  'mail_message',
  'mailed_link',
] as const

/** What had been in the tables. The caller has to append the owners and the keys to the log. */
export interface Emptied {
  /** The users to whom a token was ever issued, and every service, because its verifiers have to be cut. */
  owners: { id: string; generation: number; tokens_expire_at: number }[]
  /** The `kid`s of the keys that only this database had. */
  kids: string[]
  /** Number of tokens that were live. */
  tokens: number
}

/** Deletes every row, except for the rows of the revocation log and of the fleet's tables. */
export async function emptyTables(trx: Trx, now: number): Promise<Emptied> {
  const postgres = isPostgres(trx)
  // No other transaction may write: a token issued after the select would not be revoked.
  if (postgres) {
    const locked = sql.join([...tables, 'login_failure'].map((table) => sql.table(table)))
    await sql`lock table ${locked} in exclusive mode`.execute(trx)
  }
  const columns = ['id', 'generation', 'tokens_expire_at'] as const
  const users = await trx.selectFrom('user').select(columns).where('tokens_expire_at', '>', 0).execute()
  const services = await trx.selectFrom('service').select(columns).execute()
  const owners = [...users, ...services]
  const keys = await trx.selectFrom('signing_key').select('kid').where('private_jwk', 'is not', null).execute()
  const { rows } = await sql<{ tokens: number }>`
    select count(*) as tokens from token
    join (select id, generation from "user" union all select id, generation from service) as owner
      on owner.id = token.user_id and owner.generation = token.generation
    where token.revoked_at is null and token.expires_at > ${now}`.execute(trx)
  for (const table of tables) await trx.deleteFrom(table).execute()
  if (postgres) await sql`delete from login_failure`.execute(trx)
  return { owners, kids: keys.map(({ kid }) => kid), tokens: rows[0]?.tokens ?? 0 }
}
