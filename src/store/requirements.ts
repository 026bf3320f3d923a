import { sql } from 'kysely'
import { isPostgres } from './open.ts'
import type { Store } from './schema.ts'
import { StoreError } from './store-error.ts'
import { DatabaseUnavailable } from './unavailable.ts'

/** Every table and function of the schema on PostgreSQL. A server reads and changes the rows of every table. */
export const tables = [
  'audit',
  'audit_day',
  'audit_head',
  'audit_pending',
  'fleet',
  'incarnation',
  'command_log',
  'known_address',
  'latch',
  'login_failure',
  'login_ticket',
  'mail_message',
  'mailed_link',
  'node',
  'passkey',
  'passkey_challenge',
  'recovery_code',
  'revocation',
  'service',
  'signing_key',
  'token',
  'totp',
  'user',
  'widget',
]
export const functions = [
  'append_entries',
  'count_audit_days',
  'database_state',
  'join_fleet',
  'look_at_fleet',
  'revoke_tokens',
  'tell',
]

/** The right to write rows of `revocation` is not enough to append one: its numbers come from a sequence. */
const missingRights = sql`
  select "right" || ' on ' || name as missing
  from unnest(${tables}::text[]) as name, unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) as "right"
  where has_table_privilege(to_regclass(quote_ident(name)), "right") is not true
  union all
  select "right" || ' on ' || sequence
  from pg_get_serial_sequence('revocation', 'seq') as sequence, unnest('{USAGE,SELECT,UPDATE}'::text[]) as "right"
  where not has_sequence_privilege(sequence, "right")
  union all
  select 'EXECUTE on ' || name from unnest(${functions}::text[]) as name
  where not exists (select from pg_proc where proname = name and has_function_privilege(pg_proc.oid, 'EXECUTE'))`

const hiddenTables = sql`
  select name from unnest(${tables}::text[]) as name where row_security_active(to_regclass(quote_ident(name)))`

interface Found {
  standby: boolean
  read_only: boolean
  nulls_lost: boolean
  hidden: string[]
  missing: string[]
}

/**
 * Looks in a transaction, because a pooler in statement mode allows none.
 * @returns why a server cannot work on this PostgreSQL database, in one line; undefined if nothing is in the way
 */
function findObstacle(store: Store): Promise<string | undefined> {
  return store.transaction().execute(findObstacleIn)
}

async function findObstacleIn(store: Store): Promise<string | undefined> {
  const { rows } = await sql<Found>`
    select pg_is_in_recovery() as standby, current_setting('transaction_read_only')::boolean as read_only,
      not current_setting('array_nulls')::boolean as nulls_lost,
      array(${hiddenTables}) as hidden, array(${missingRights}) as missing`.execute(store)
  const { standby, read_only, nulls_lost, hidden, missing } = rows[0] as Found
  if (standby) return 'the database is a standby: DATABASE_URL must name the primary'
  if (read_only) return 'the database is read-only'
  if (missing.length > 0) return `the role in DATABASE_URL lacks a right: ${missing.join(', ')}`
  if (hidden.length > 0) return `row security hides rows from the role in DATABASE_URL: ${hidden.join(', ')}`
  return nulls_lost ? 'array_nulls is off for this role or database: it must be on' : undefined
}

/** @throws StoreError if a server cannot work on this database */
export async function requireUsable(store: Store): Promise<void> {
  const obstacle = isPostgres(store) ? await findObstacle(store) : undefined
  if (obstacle !== undefined) throw new StoreError(obstacle)
}

/** Resolves if the database answers and logins and revocations can be written. @throws DatabaseUnavailable */
export async function pingStore(store: Store): Promise<void> {
  await store.selectFrom('signing_key').select('kid').limit(1).execute()
  const obstacle = isPostgres(store) ? await findObstacle(store) : undefined
  if (obstacle !== undefined) throw new DatabaseUnavailable(new Error(obstacle))
}
