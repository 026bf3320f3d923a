import { sql } from 'kysely'
import type { PoolClient, QueryResult } from 'pg'
import type { Trx } from '../store/schema.ts'
import { clockGrace_ms, type Entry } from './entry.ts'
import type { Answer, Command, NodeRow, Seen } from './messages.ts'
import { appendLog, readEntries, type Stretch, stretch } from './records.ts'

/** A token that somebody wants to end, and the id of this very wish: asked again, it must know its own work. */
export interface Wish {
  revocation_id: string
  jti: string
  /** Whose token it must be; without it, anybody's. */
  user_id: string | undefined
  reason: string
  /** Milliseconds since 1970. */
  now: number
}

/** What a node says of itself in its row. */
export interface NodeInfo {
  protocol: number
  lease_ms: number
  /** Where it runs, for people. */
  name: string
  version: string
}

export interface Done {
  answer: Answer
  seen: Seen
  /** Of an append: the wishes that ended a token. */
  granted?: Set<string>
}

/** The advisory locks: one orders the log, the other those who join. */
const logLock = 7_236_001
const joinLock = 7_236_002

export const logChannel = 'latchkey_log'
export const rowsChannel = 'latchkey_rows'

/**
 * The database's incarnation is the name in an unlogged table: crash recovery, a promoted replica and a restored base
 * backup have none until somebody gives them one, and a standby refuses to read it. A dump brings the name along, so it
 * counts only in the file that it was given for. A clean restart loses nothing and keeps both.
 */
const file = `pg_relation_filepath('incarnation') || ' '`
const incarnation = `(select name from incarnation where starts_with(name, ${file}))`
const seen = `${incarnation} as incarnation, (select settled = ${incarnation} from fleet) as settled`

/**
 * A renewal need not be on disk before it is answered, and nobody's revocation should wait for its turn of the disk. A crash
 * may lose it, as it may lose any: then the database's incarnation is another one, and no lease of before is believed.
 */
const unsynced = `set_config('synchronous_commit', 'off', true)`

/** What `settled` and the incarnation look like in a row. */
interface SeenRow extends Seen {
  [column: string]: unknown
}

const seenIn = ({ incarnation, settled }: SeenRow): Seen => ({ incarnation, settled })

/** The commands that wait for an answer, each in one round trip. */
type Asked = Exclude<Command, { kind: 'settle' | 'leave' | 'append' }>

export async function execute(client: PoolClient, command: Asked, info: NodeInfo): Promise<Done> {
  const row = await ask(client, command, info)
  if (row.incarnation === null) await nameIncarnation(client)
  return { answer: answerTo(command, row), seen: seenIn(row) }
}

const naming = `insert into incarnation values (1, ${file} || gen_random_uuid())
  on conflict (id) do update set name = excluded.name where not starts_with(incarnation.name, ${file})`

/** Gives a database without an incarnation a name. @throws always: what was asked has to be asked again, under that name */
async function nameIncarnation(client: Pick<PoolClient, 'query'>): Promise<never> {
  await client.query(naming)
  throw new Error('the database has begun a new incarnation')
}

/** Rows that still show the renewals that they were seen with, in the incarnation that they were seen in. */
const deletionOfIdle = `delete from node
  where (id, renewals) in (select * from unnest($1::text[], $2::bigint[])) and $3 = ${incarnation}`

function idleValues(idle: readonly NodeRow[], seenIn: string): unknown[] {
  return [idle.map(({ id }) => id), idle.map(({ renewals }) => renewals), seenIn]
}

async function ask(client: PoolClient, command: Asked, info: NodeInfo): Promise<SeenRow> {
  if (command.kind === 'insert') return insertNode(client, command, info)
  const [text, values] = statementFor(command)
  const { rows } = await client.query<SeenRow>(text, values)
  return rows[0] as SeenRow
}

function statementFor(command: Exclude<Asked, { kind: 'insert' }>): [string, unknown[]] {
  switch (command.kind) {
    case 'read':
      return [
        `select ${seen}, ${stretch} from (select * from revocation where seq > $1 order by seq limit $2) as next`,
        [command.after_seq, command.limit],
      ]
    case 'renew':
      return [
        `with renewed as (
           update node set applied_seq = $2, renewals = $3, renewed_at = clock_timestamp()
           where id = $1 and renewals < $3 returning id
         ), told as (select pg_notify('${rowsChannel}', '') from renewed where $4)
         select ${seen}, exists (select from renewed) as present, (select count(*) from told), ${unsynced}`,
        [command.id, command.applied_seq, command.renewal, command.advanced],
      ]
    case 'look':
      return [
        `select ${seen}, (select coalesce(json_agg(json_build_array(id, applied_seq, renewals, lease_ms)), '[]') from node) as nodes`,
        [],
      ]
    case 'remove':
      return [
        `with gone as (
           delete from node where applied_seq < $1 and id is distinct from $2 and $3 = ${incarnation}
         ) select ${seen}`,
        [command.below_seq, command.except ?? null, command.incarnation],
      ]
    case 'sweep':
      return [`with gone as (${deletionOfIdle}) select ${seen}`, idleValues(command.idle, command.incarnation)]
  }
}

function answerTo(command: Asked, row: SeenRow): Answer {
  switch (command.kind) {
    case 'read': {
      const { length, written, last_seq } = row as unknown as Stretch
      const more = length === command.limit
      return { kind: 'read', entries: readEntries(written), last_seq: last_seq ?? command.after_seq, more }
    }
    case 'insert':
      return { kind: 'insert', joined: row.joined === true }
    case 'renew':
      return { kind: 'renew', present: row.present === true }
    case 'look': {
      const rows = (row.nodes as [string, number, number, number][]).map(
        ([id, applied_seq, renewals, lease_ms]): NodeRow => ({ id, applied_seq, renewals, lease_ms }),
      )
      return { kind: 'look', rows }
    }
    default:
      return { kind: command.kind }
  }
}

/** Several statements in one message are one transaction, and each sees what was committed before it began. */
async function inOneMessage(client: PoolClient, statements: string[]): Promise<QueryResult[]> {
  return (await client.query(statements.join(';\n'))) as unknown as QueryResult[]
}

/** Only beside nodes that speak the same protocol with the same length of lease. */
async function insertNode(
  client: PoolClient,
  { id, applied_seq, lease_ms, replaces }: Command & { kind: 'insert' },
  info: NodeInfo,
): Promise<SeenRow> {
  const text = (value: string) => client.escapeLiteral(value)
  const results = await inOneMessage(client, [
    `select pg_advisory_xact_lock(${joinLock})`,
    `delete from node where id = ${text(replaces ?? '')}`,
    `insert into node (id, applied_seq, renewals, protocol, lease_ms, name, version)
     select ${text(id)}, ${applied_seq}, 0, ${info.protocol}, ${lease_ms}, ${text(info.name)}, ${text(info.version)}
     where not exists (select from node where protocol <> ${info.protocol} or lease_ms <> ${lease_ms})`,
    `select ${seen}, exists (select from node where id = ${text(id)}) as joined`,
  ])
  return results.at(-1)?.rows[0]
}

/**
 * Marks the tokens and appends them to the log, in one transaction under the log's lock: sequence numbers become visible
 * in order. A wish that has been granted already is appended once more, so that the commit waits for a replica as the
 * first one should have.
 */
export async function append(client: PoolClient, wishes: Wish[]): Promise<Done> {
  const text = (value: string) => client.escapeLiteral(value)
  const asked = wishes.map(
    ({ revocation_id, jti, user_id, reason, now }) =>
      `(${text(revocation_id)}, ${text(jti)}, ${user_id === undefined ? 'null' : text(user_id)}, ${text(reason)}, ${now}::bigint)`,
  )
  const askedAt = new Map(wishes.map(({ revocation_id, now }) => [revocation_id, now]))
  const list = (values: string[]) => `(${values.map(text).join(', ') || 'null'})`
  const granted = `jti in ${list(wishes.map(({ jti }) => jti))} and revocation_id in ${list(wishes.map((wish) => wish.revocation_id))}`
  const results = await inOneMessage(client, [
    // The rows first, in an order that all share, and the lock last: whoever holds it waits for nobody.
    `select from token where jti in ${list(wishes.map(({ jti }) => jti))} order by jti for update`,
    `select pg_advisory_xact_lock(${logLock})`,
    ...(wishes.length === 0
      ? []
      : [
          `update token set revoked_at = asked.now, reason = asked.reason, revocation_id = asked.id
           from (values ${asked.join(', ')}) as asked (id, jti, user_id, reason, now)
           where token.jti = asked.jti and (asked.user_id is null or token.user_id = asked.user_id)
             and token.revoked_at is null and token.expires_at > asked.now - ${clockGrace_ms}`,
        ]),
    `insert into revocation (jti, expires_at) select jti, expires_at from token where ${granted}`,
    `select pg_notify('${logChannel}', '')`,
    `select ${seen}, (select coalesce(max(seq), 0) from revocation) as seq,
       (select coalesce(json_agg(json_build_array(revocation_id, jti, expires_at)), '[]')
        from token where ${granted}) as marked`,
  ])
  const row = results.at(-1)?.rows[0] as SeenRow & { seq: number; marked: [string, string, number][] }
  if (row.incarnation === null) await nameIncarnation(client)
  const entries = row.marked.map(([, jti, expires_at]) => ({ jti, expires_at }))
  return {
    answer: { kind: 'append', seq: Number(row.seq), entries },
    seen: seenIn(row),
    // One that had expired by the asker's own clock is in the log for others, and no token to the asker.
    granted: new Set(row.marked.filter(([id, , expires_at]) => expires_at > (askedAt.get(id) ?? 0)).map(([id]) => id)),
  }
}

/** Notes that no lease from before this incarnation runs. */
export async function settle(client: PoolClient, settled: string): Promise<void> {
  await client.query(`update fleet set settled = $1 where $1 = ${incarnation}`, [settled])
}

export async function leave(client: Pick<PoolClient, 'query'>, id: string): Promise<void> {
  await client.query('delete from node where id = $1', [id])
}

/** A transaction that stands still with the log's lock in hand, because its process does, is cut off after this long. */
const patience_ms = 250

/**
 * Appends in a transaction of the caller's, as its last act: the log's lock is held until it commits.
 * @returns the log's last number, and the database's incarnation
 */
export async function appendInside(trx: Trx, entries: readonly Entry[]): Promise<{ seq: number; seen: Seen }> {
  await sql`select set_config('idle_in_transaction_session_timeout', ${String(patience_ms)}, true),
    pg_advisory_xact_lock(${sql.lit(logLock)})`.execute(trx)
  await appendLog(trx, entries)
  await sql.raw(naming).execute(trx)
  const { rows } = await sql<SeenRow & { seq: number }>`
    select ${sql.raw(seen)}, (select coalesce(max(seq), 0) from revocation) as seq, pg_notify(${logChannel}, '')`.execute(
    trx,
  )
  const row = rows[0] as SeenRow & { seq: number }
  return { seq: row.seq, seen: seenIn(row) }
}

/** A row of `node`, for people and for those who want to join. */
export interface FleetRow extends NodeInfo, NodeRow {
  joined_at: Date
  /** Since its last renewal, by the database's clock. */
  renewed_ms_ago: number
  /** Entries of the log that it has not shown yet. */
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

/** The database's incarnation, which gets a name where it has none. */
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
