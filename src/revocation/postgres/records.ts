import { sql } from 'kysely'
import type { Pool, PoolClient } from 'pg'
import type { Store, Trx } from '../../store/schema.ts'
import { type Entry, never, type Position, start } from '../entry.ts'
import type {
  Answer,
  Appended,
  Command,
  DatabaseState,
  EndedToken,
  News,
  NodeRow,
  RevocationRequest,
} from '../protocol/messages.ts'
import { type Batch, batchColumns, endOf, hasHorizon, readEntries } from '../records.ts'

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
/** A user has a new token. The text is the sender and the user's id, unsigned: a node that believes a lie reads a list once more. */
export const madeChannel = 'latchkey_made'

/**
 * The incarnation's name is in an unlogged table. Crash recovery, the promotion of a replica and a restored base backup
 * empty this table, and a standby refuses to read it. A dump brings the name along, so the name counts only in the file that
 * it was given for. The transaction that wrote the row belongs to the incarnation too, because a dump can be restored into
 * the same file, and so does the start of the server, because its folder can be replaced by a copy while it is stopped.
 */
const incarnationFile = `pg_relation_filepath('incarnation') || ' '`
const incarnation = '(select incarnation from database_state())'
const databaseState = '(database_state()).*'

/**
 * A renewal need not be on disk before it is answered, so that no revocation waits for it. A crash may lose a renewal. The
 * database has another incarnation then, and earlier leases no longer count.
 */
const withoutSync = `set_config('synchronous_commit', 'off', true)`

/** Notifies of what was appended. */
const tellingLog = (
  entries: string,
  by: string,
) => `tell('${logChannel}', json_build_object('by', ${by}, 'after_seq', after_seq,
  'after_mark', after_mark, 'entries', ${entries}, 'seq', seq, 'mark', mark))`

/** Notifies of what the row shows: without a text, if the log lacks the entry that the row shows. */
const tellingRow = `tell('${rowsChannel}', case when ${hasEntry('$2', '$3')} then json_build_object('id', $1::text, 'seq', $2::bigint,
  'mark', $3::uuid, 'incarnation', ${incarnation}) end)`

/** A row with the database's state and the columns of one command. */
interface StateRow extends DatabaseState {
  [column: string]: unknown
}

const stateIn = ({ incarnation, settled }: DatabaseState): DatabaseState => ({ incarnation, settled })

/**
 * Carries out one command of the protocol, in one round trip.
 * @param tells whether the transaction of a write also notifies the other processes
 */
export async function execute(
  client: PoolClient,
  command: Command,
  info: NodeInfo,
  tells: boolean,
): Promise<{ answer: Answer; database: DatabaseState }> {
  const [text, values] = statementFor(command, info, tells)
  const { rows } = await client.query<StateRow>(text, values)
  const row = rows[0] as StateRow
  if (row.incarnation === null) await nameIncarnation(client)
  return { answer: answerTo(command, row), database: stateIn(row) }
}

/** Whether the log has the entry with this number and this mark. Every log has the place before the first entry. */
function hasEntry(seq: string, mark: string): string {
  return `(${seq} = 0 or exists (select from revocation where revocation.seq = ${seq} and revocation.mark = ${mark}))`
}

/** The number and the mark. Before the first entry there is no mark. */
function columnsOfPosition({ seq, mark }: Position): [seq: number, mark: string | null] {
  return [seq, mark === '' ? null : mark]
}

/** Entries after a position. */
const reading = `select ${databaseState}, ${hasEntry('$1', '$2')} as continues, batch.*,
    (select mark from revocation where seq = last_seq) as last_mark
  from (
    select ${batchColumns} from (select * from revocation where seq > $1 order by seq limit $3) as next
  ) as batch`

/** Selects entries for a verifier that was connected before. */
export async function selectAfter(
  pool: Pick<Pool, 'query'>,
  after: Position,
  limit: number,
): Promise<Answer & { kind: 'read' }> {
  const { rows } = await pool.query<StateRow>(reading, [...columnsOfPosition(after), limit])
  return readAnswer(rows[0] as StateRow, after, limit)
}

function readAnswer(row: StateRow, after: Position, limit: number): Answer & { kind: 'read' } {
  const batch = row as StateRow & Batch
  const more = batch.length === limit
  const last = endOf(batch, after)
  return { kind: 'read', continues: row.continues === true, entries: readEntries(batch.written), last, more }
}

export function statementFor(command: Command, info: NodeInfo, tells: boolean): [text: string, values: unknown[]] {
  switch (command.kind) {
    case 'read':
      return [reading, [...columnsOfPosition(command.after), command.limit]]
    case 'insert': {
      const { id, applied, lease_ms, replaces } = command
      const [applied_seq, mark] = columnsOfPosition(applied)
      return [
        `select ${databaseState}, join_fleet($1, $2) as joined`,
        [JSON.stringify({ ...info, id, applied_seq, mark, lease_ms }), replaces ?? null],
      ]
    }
    case 'renew':
      return [
        `with renewed as (
           update node set applied_seq = $2, mark = $3, renewals = $4, verifiers = $5, epoch = $4::bigint / 256,
             renewed_at = clock_timestamp()
           where id = $1 and epoch in ($4::bigint / 256, ($4::bigint - 1) / 256) and renewals < $4 returning id
         )
         select ${databaseState}, exists (select from renewed) as present, ${withoutSync},
           case when $6 and exists (select from renewed) then ${tellingRow} end`,
        [command.id, ...columnsOfPosition(command.applied), command.renewal, command.verifiers, tells],
      ]
    case 'append':
      return [
        `select ${databaseState}, after_seq, after_mark, seq, mark, ended, busy,
           case when $7 and json_array_length(ended) > 0 then ${tellingLog('ended', '$8::text')} end
         from revoke_tokens($1, $2, $3, $4, $5, $6)`,
        [...columnsOf(command.requests), tells, command.by ?? null],
      ]
    case 'look':
      return [
        `select ${databaseState}, continues, rows from look_at_fleet($1, $2)`,
        [command.known.map(({ seq }) => seq), command.known.map(({ mark }) => mark || null)],
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
    requests.map(({ fact }) => fact ?? null),
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
        `with gone as (${deletionOfIdle} returning node.name)
         select ${databaseState}, array(select name from gone) as removed`,
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

/** The entry before what was appended, and the log's last entry. Null: there is none. */
interface AppendedRow {
  after_seq: number | null
  after_mark: string | null
  seq: number | null
  mark: string | null
}

function positionIn(seq: number | null, mark: string | null): Position {
  return seq === null || mark === null ? start : { seq, mark }
}

function positionsIn({ after_seq, after_mark, seq, mark }: AppendedRow): Pick<Appended, 'after' | 'last'> {
  return { after: positionIn(after_seq, after_mark), last: positionIn(seq, mark) }
}

function answerTo(command: Command, row: StateRow): Answer {
  switch (command.kind) {
    case 'read':
      return readAnswer(row, command.after, command.limit)
    case 'insert':
      return { kind: 'insert', joined: row.joined === true }
    case 'renew':
      return { kind: 'renew', present: row.present === true }
    case 'append':
      return {
        kind: 'append',
        ...positionsIn(row as StateRow & AppendedRow),
        ended: row.ended as EndedToken[],
        busy: row.busy as string[],
      }
    case 'look':
      return { kind: 'look', continues: row.continues === true, rows: row.rows as NodeRow[] }
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
  using unnest($1::text[], $2::bigint[]) as idle (id, renewals)
  where node.id = idle.id and node.renewals = idle.renewals and $3 = ${incarnation}`

function idleValues(idle: readonly Pick<NodeRow, 'id' | 'renewals'>[], seenIn: string): unknown[] {
  return [idle.map(({ id }) => id), idle.map(({ renewals }) => renewals), seenIn]
}

/** A transaction that stands still while it holds the log's lock, because its process does, is cut off after this time. */
const idleInTransaction_ms = 250

/** Entries in one statement. A pool's connection takes at most some seconds for one. */
const appendLimit = 10_000

/**
 * Appends entries at the end of a caller's transaction, which holds the log's latch from here until it commits.
 * @returns what was appended, and the database's state
 */
export async function appendInside(trx: Trx, entries: readonly Entry[]): Promise<Committed> {
  const timeout = String(idleInTransaction_ms)
  const named = await sql<{ incarnation: string | null }>`
    select set_config('idle_in_transaction_session_timeout', ${timeout}, true),
      ${sql.raw(incarnation)} as incarnation`.execute(trx)
  if (named.rows[0]?.incarnation === null) await sql.raw(naming).execute(trx)
  const first = await appendSlice(trx, entries.slice(0, appendLimit))
  let { last, database } = first
  for (let at = appendLimit; at < entries.length; at += appendLimit) {
    ;({ last, database } = await appendSlice(trx, entries.slice(at, at + appendLimit)))
  }
  return { after: first.after, entries, last, database }
}

/** What a transaction has appended, if it commits. */
export interface Committed extends Appended {
  database: DatabaseState
}

async function appendSlice(
  trx: Trx,
  entries: readonly Entry[],
): Promise<Pick<Appended, 'after' | 'last'> & { database: DatabaseState }> {
  const ids = entries.map(({ jti }) => jti)
  const expiries = entries.map(({ expires_at }) => expires_at)
  const generations = entries.map(({ below_generation }) => below_generation)
  const { rows } = await sql<DatabaseState & AppendedRow>`
    select ${sql.raw(databaseState)}, after_seq, after_mark, seq, mark
    from append_entries(${ids}, ${expiries}, ${generations}) as appended`.execute(trx)
  const row = rows[0] as DatabaseState & AppendedRow
  return { ...positionsIn(row), database: stateIn(row) }
}

/** Selects the name of each node that has a row. */
export async function selectNames(pool: Pick<Pool, 'query'>): Promise<{ id: string; name: string }[]> {
  const { rows } = await pool.query<{ id: string; name: string }>('select id, name from node')
  return rows
}

/** A row of `node`, for people and for the processes that want to join. */
export interface FleetRow extends NodeInfo, Omit<NodeRow, 'lost'> {
  /** Milliseconds since 1970. A number, because `DateStyle` changes the text of a timestamp. */
  joined_at: number
  /** Time since the last renewal, by the database's clock. */
  renewed_ms_ago: number
  /** Entries of the log that the row does not show yet. */
  lag: number
}

export async function selectFleet(client: Pick<PoolClient, 'query'>): Promise<FleetRow[]> {
  const { rows } = await client.query<FleetRow>(
    `select node.*, (extract(epoch from joined_at) * 1000)::bigint as joined_at,
       (extract(epoch from clock_timestamp() - renewed_at) * 1000)::bigint as renewed_ms_ago,
       greatest((select coalesce(max(seq), 0) from revocation) - applied_seq, 0) as lag
     from node order by node.joined_at, id`,
  )
  return rows
}

/** The database's incarnation, named first if it has no name. */
export async function selectIncarnation(client: Pick<PoolClient, 'query'>): Promise<string> {
  await client.query(naming)
  const { rows } = await client.query<{ name: string }>(`select ${incarnation} as name`)
  return (rows[0] as { name: string }).name
}

/** The first revocation in this incarnation waits until every earlier lease is over. */
export async function unsettle(client: Pick<PoolClient, 'query'>): Promise<void> {
  await client.query(`update fleet set settled = ''`)
}

/** Deletes rows that still show the renewals that they were seen with: a crash in between may have undone some. */
export async function deleteIdle(
  client: Pick<PoolClient, 'query'>,
  idle: readonly Pick<NodeRow, 'id' | 'renewals'>[],
  seenIn: string,
): Promise<void> {
  await client.query(deletionOfIdle, idleValues(idle, seenIn))
}

/**
 * Whether the rows of the token and of its owner say that the token lives (no row: it does not), and which keys the log has
 * ended. A forged token may carry the id of a live one, so the caller has to check the key as well.
 * @throws Error if the database is a standby, which may lag behind
 */
export async function selectStatus(
  pool: Pick<Pool, 'query'>,
  jti: string,
): Promise<{ live: boolean; endedKeys: string[] }> {
  const { rows } = await pool.query<{ standby: boolean; live: boolean | null; ended: string[] }>(
    `select pg_is_in_recovery() as standby, (
         select token.revoked_at is null and owner.generation <= token.generation
         from token join (
           select id, generation from "user" union all select id, generation from service
         ) as owner on owner.id = token.user_id where token.jti = $1
       ) as live,
       array(select jti from revocation where expires_at = $2) as ended`,
    [jti, never],
  )
  if (rows[0]?.standby !== false) throw new Error('the database is a standby, which may not know yet')
  return { live: rows[0].live === true, endedKeys: rows[0].ended }
}

/** Tells every process that listens what was appended. Nothing waits for the disk or depends on the message. */
export async function tell(client: Pick<PoolClient, 'query'>, { after, entries, last, by }: News): Promise<void> {
  await client.query(
    `select ${withoutSync}, ${tellingLog('$1::json', '$2::text')}
     from (select $3::bigint as after_seq, $4::uuid as after_mark, $5::bigint as seq, $6::uuid as mark) as appended`,
    [JSON.stringify(entries), by ?? null, ...columnsOfPosition(after), ...columnsOfPosition(last)],
  )
}

/**
 * Deletes up to `limit` entries below the horizon that every node has passed. The newest entry stays, because the end of the
 * log must not move back, and so does the entry that each row shows and the entry of the horizon.
 * @returns the number of deleted entries
 */
export async function trimLog(store: Store, horizon: number, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from revocation where seq in (
      select seq from revocation
      where expires_at < ${horizon} and ${hasHorizon(horizon)}
        and seq < (select max(seq) from revocation)
        and seq < coalesce((select min(applied_seq) from node), (select max(seq) from revocation))
      limit ${limit} for update skip locked
    )`.execute(store)
  return Number(numAffectedRows)
}

/** The key that notifications are signed with. */
export async function selectNotifyKey(client: Pick<PoolClient, 'query'>): Promise<string> {
  const { rows } = await client.query<{ notify_key: string }>('select notify_key from fleet')
  return (rows[0] as { notify_key: string }).notify_key
}

/** @param sender knows its own notification by this text, which has no space */
export async function notifyMade(pool: Pool, sender: string, userId: string): Promise<void> {
  await pool.query('select pg_notify($1, $2)', [madeChannel, `${sender} ${userId}`])
}
