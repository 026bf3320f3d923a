import { sql } from 'kysely'
import type { Pool, PoolClient } from 'pg'
import type { Store, Trx } from '../../store/schema.ts'
import { clockGrace_ms, type Entry, never } from '../entry.ts'
import type { Answer, Command, DatabaseState, EndedToken, NodeRow, RevocationRequest } from '../protocol/messages.ts'
import { type Batch, batchColumns, logGrace_ms, readEntries } from '../records.ts'

/** What a node says about itself in its row. */
export interface NodeInfo {
  protocol: number
  lease_ms: number
  /** Host and process, for people. */
  name: string
  version: string
}

/** The channels of `NOTIFY`: the log has grown, and a row has moved. */
export const logChannel = 'latchkey_log'
export const rowsChannel = 'latchkey_rows'

/**
 * The incarnation's name is in an unlogged table. Crash recovery, the promotion of a replica and a restored base backup
 * empty this table, and a standby refuses to read it. A dump brings the name along, so the name counts only in the file that
 * it was given for. A clean restart keeps both.
 */
const incarnationFile = `pg_relation_filepath('incarnation') || ' '`
const incarnation = `(select name from incarnation where starts_with(name, ${incarnationFile}))`
const databaseState = `${incarnation} as incarnation, (select settled = ${incarnation} from fleet) as settled`

/**
 * A renewal need not be on disk before it is answered, so that no revocation waits for it. A crash may lose a renewal. The
 * database has another incarnation then, and earlier leases no longer count.
 */
const withoutSync = `set_config('synchronous_commit', 'off', true)`

/** A row with the database's state and the columns of one command. */
interface StateRow extends DatabaseState {
  [column: string]: unknown
}

const stateIn = ({ incarnation, settled }: DatabaseState): DatabaseState => ({ incarnation, settled })

/** Carries out one command of the protocol, in one round trip. */
export async function execute(
  client: PoolClient,
  command: Command,
  info: NodeInfo,
): Promise<{ answer: Answer; database: DatabaseState }> {
  const [text, values] = statementFor(command, info)
  const { rows } = await client.query<StateRow>(text, values)
  const row = rows[0] as StateRow
  if (row.incarnation === null) await nameIncarnation(client)
  return { answer: answerTo(command, row), database: stateIn(row) }
}

function statementFor(command: Command, info: NodeInfo): [text: string, values: unknown[]] {
  switch (command.kind) {
    case 'read':
      return [
        `select ${databaseState}, ${batchColumns}
         from (select * from revocation where seq > $1 order by seq limit $2) as next`,
        [command.after_seq, command.limit],
      ]
    case 'insert': {
      const { id, applied_seq, lease_ms, replaces } = command
      return [
        `select ${databaseState}, join_fleet($1, $2) as joined`,
        [JSON.stringify({ ...info, id, applied_seq, lease_ms }), replaces ?? null],
      ]
    }
    case 'renew':
      return [
        `with renewed as (
           update node set applied_seq = $2, renewals = $3, renewed_at = clock_timestamp()
           where id = $1 and renewals < $3 returning id
         ), told as (select pg_notify('${rowsChannel}', '') from renewed where $4)
         select ${databaseState}, exists (select from renewed) as present, (select count(*) from told), ${withoutSync}`,
        [command.id, command.applied_seq, command.renewal, command.advanced],
      ]
    case 'append':
      return [
        `select ${databaseState}, seq, ended from revoke_tokens($1, $2, $3, $4, $5, $6)`,
        [...columnsOf(command.requests), clockGrace_ms],
      ]
    case 'look':
      return [
        `select ${databaseState}, (select coalesce(json_agg(
           json_build_object('id', id, 'applied_seq', applied_seq, 'renewals', renewals, 'lease_ms', lease_ms)
         ), '[]') from node) as rows`,
        [],
      ]
    default:
      return deletionFor(command)
  }
}

/** One array for each parameter of `revoke_tokens`. PostgreSQL finds rows by an array through the index. */
function columnsOf(requests: readonly RevocationRequest[]): unknown[][] {
  return [
    requests.map(({ id }) => id),
    requests.map(({ jti }) => jti),
    requests.map(({ user_id }) => user_id),
    requests.map(({ reason }) => reason),
    requests.map(({ now }) => now),
  ]
}

/** Rows are deleted only in the incarnation that they were seen in. */
function deletionFor(command: Command & { kind: 'remove' | 'sweep' | 'settle' | 'leave' }): [string, unknown[]] {
  switch (command.kind) {
    case 'remove':
      return [
        `with gone as (
           delete from node where applied_seq < $1 and id is distinct from $2 and $3 = ${incarnation}
         ) select ${databaseState}`,
        [command.below_seq, command.except ?? null, command.incarnation],
      ]
    case 'sweep':
      return [
        `with gone as (${deletionOfIdle} returning id)
         select ${databaseState}, array(select id from gone) as removed`,
        idleValues(command.idle, command.incarnation),
      ]
    case 'settle':
      return [
        `with settled as (update fleet set settled = $1 where $1 = ${incarnation}) select ${databaseState}`,
        [command.incarnation],
      ]
    case 'leave':
      return [`with gone as (delete from node where id = $1) select ${databaseState}`, [command.id]]
  }
}

function answerTo(command: Command, row: StateRow): Answer {
  switch (command.kind) {
    case 'read': {
      const { length, written, last_seq } = row as StateRow & Batch
      const more = length === command.limit
      return { kind: 'read', entries: readEntries(written), last_seq: last_seq ?? command.after_seq, more }
    }
    case 'insert':
      return { kind: 'insert', joined: row.joined === true }
    case 'renew':
      return { kind: 'renew', present: row.present === true }
    case 'append':
      return { kind: 'append', seq: row.seq as number, ended: row.ended as EndedToken[] }
    case 'look':
      return { kind: 'look', rows: row.rows as NodeRow[] }
    case 'sweep':
      return { kind: 'sweep', removed: row.removed as string[] }
    default:
      return { kind: command.kind }
  }
}

const naming = `insert into incarnation values (1, ${incarnationFile} || gen_random_uuid())
  on conflict (id) do update set name = excluded.name where not starts_with(incarnation.name, ${incarnationFile})`

/** Names the incarnation of a database that has no name yet. @throws always: the command has to be repeated under the name */
async function nameIncarnation(client: Pick<PoolClient, 'query'>): Promise<never> {
  await client.query(naming)
  throw new Error('the database has begun a new incarnation')
}

/** Deletes rows that still show the renewals that they were seen with, in the incarnation that they were seen in. */
const deletionOfIdle = `delete from node
  where (id, renewals) in (select * from unnest($1::text[], $2::bigint[])) and $3 = ${incarnation}`

function idleValues(idle: readonly NodeRow[], seenIn: string): unknown[] {
  return [idle.map(({ id }) => id), idle.map(({ renewals }) => renewals), seenIn]
}

/** A transaction that stands still while it holds the log's lock, because its process does, is cut off after this time. */
const idleInTransaction_ms = 250

/** Entries in one statement. A pool's connection takes at most some seconds for one. */
const appendLimit = 10_000

/**
 * Appends entries at the end of a caller's transaction, which holds the log's lock from here until it commits.
 * @returns the log's last number, and the database's state
 */
export async function appendInside(
  trx: Trx,
  entries: readonly Entry[],
): Promise<{ seq: number; database: DatabaseState }> {
  const timeout = String(idleInTransaction_ms)
  const named = await sql<{ incarnation: string | null }>`
    select set_config('idle_in_transaction_session_timeout', ${timeout}, true),
      ${sql.raw(incarnation)} as incarnation`.execute(trx)
  if (named.rows[0]?.incarnation === null) await sql.raw(naming).execute(trx)
  let appended: { seq: number; database: DatabaseState }
  let at = 0
  do {
    appended = await appendSlice(trx, entries.slice(at, at + appendLimit))
    at += appendLimit
  } while (at < entries.length)
  return appended
}

async function appendSlice(trx: Trx, entries: readonly Entry[]): Promise<{ seq: number; database: DatabaseState }> {
  const jtis = entries.map(({ jti }) => jti)
  const expiries = entries.map(({ expires_at }) => expires_at)
  const { rows } = await sql<DatabaseState & { seq: number }>`
    select ${sql.raw(databaseState)}, append_entries(${jtis}, ${expiries}) as seq`.execute(trx)
  const row = rows[0] as DatabaseState & { seq: number }
  return { seq: row.seq, database: stateIn(row) }
}

/** A row of `node`, for people and for the processes that want to join. */
export interface FleetRow extends NodeInfo, NodeRow {
  joined_at: Date
  /** Time since the last renewal, by the database's clock. */
  renewed_ms_ago: number
  /** Entries of the log that the row does not show yet. */
  lag: number
}

export async function selectFleet(client: Pick<PoolClient, 'query'>): Promise<FleetRow[]> {
  const { rows } = await client.query<FleetRow>(
    `select node.*, (extract(epoch from clock_timestamp() - renewed_at) * 1000)::integer as renewed_ms_ago,
       (select coalesce(max(seq), 0) from revocation) - applied_seq as lag
     from node order by joined_at, id`,
  )
  return rows
}

/** The database's incarnation, named first if it has no name. */
export async function selectIncarnation(client: Pick<PoolClient, 'query'>): Promise<string> {
  await client.query(naming)
  const { rows } = await client.query<{ name: string }>(`select ${incarnation} as name`)
  return (rows[0] as { name: string }).name
}

/** Deletes rows that still show the renewals that they were seen with: a crash in between may have undone some. */
export async function deleteIdle(
  client: Pick<PoolClient, 'query'>,
  idle: readonly NodeRow[],
  seenIn: string,
): Promise<void> {
  await client.query(deletionOfIdle, idleValues(idle, seenIn))
}

/**
 * Whether the token's row says that the token lives (no row: it does not), and which keys the log has ended. A forged token
 * may carry the id of a live one, so the caller has to check the key as well.
 * @throws Error if the database is a standby, which may lag behind
 */
export async function selectStatus(
  pool: Pick<Pool, 'query'>,
  jti: string,
): Promise<{ live: boolean; endedKeys: string[] }> {
  const { rows } = await pool.query<{ standby: boolean; live: boolean | null; ended: string[] }>(
    `select pg_is_in_recovery() as standby, (select revoked_at is null from token where jti = $1) as live,
       array(select jti from revocation where expires_at = $2) as ended`,
    [jti, never],
  )
  if (rows[0]?.standby !== false) throw new Error('the database is a standby, which may not know yet')
  return { live: rows[0].live === true, endedKeys: rows[0].ended }
}

/**
 * Deletes up to `limit` entries that no node needs: their tokens have expired by any clock, and every row has passed them.
 * The newest entry stays, because the end of the log must not move back.
 * @returns the number of deleted entries
 */
export async function trimLog(store: Store, now: number, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from revocation where seq in (
      select seq from revocation
      where expires_at <= ${now - logGrace_ms}
        and seq < (select max(seq) from revocation)
        and seq <= coalesce((select min(applied_seq) from node), (select max(seq) from revocation))
      limit ${limit} for update skip locked
    )`.execute(store)
  return Number(numAffectedRows)
}
