import { type Entry, horizon, type Position } from '../../../../src/revocation/entry.ts'
import type { Answer, Command, DatabaseState, NodeRow } from '../../../../src/revocation/protocol/messages.ts'
import { claimsOf } from './claims.ts'

/**
 * PostgreSQL as the protocol sees it. Each statement takes effect in one instant: an update of one row, or a delete
 * that checks its condition again on the locked row. The log's latch orders the appends.
 */
export interface Database extends Content {
  up: boolean
  incarnation: number
  settled: boolean
  /** The old row of each change, oldest first, so that a crash can undo the last changes. */
  undo: { id: string; before: Row | undefined }[]
  /** Number of marks that entries got. A mark is never used again, even if the database forgets its entry. */
  marks: number
  /** How often the database went back to an earlier state. */
  restores: number
}

/** What a backup has. */
export interface Content {
  rows: Map<string, Row>
  log: LogEntry[]
  last_seq: number
  /** The request that has ended each token: the first one. A token's row keeps the id of this request. */
  ended_by: Map<string, string>
  /** Housekeeping has deleted the rows of the tokens that expire at this time or earlier. */
  pruned_ms: number
}

/** A node's row, with the mark of the entry that the node has applied last. */
export interface Row extends Omit<NodeRow, 'lost'> {
  mark: string
}

export interface LogEntry extends Entry, Position {
  /** A replica has the entry, so no crash loses it. No caller learns of an entry before that. */
  replicated: boolean
}

/** Statements other than the append, which takes time. */
export type Statements = { [K in Exclude<Command['kind'], 'append'>]: Statement<K> }
type Statement<K> = (database: Database, command: Command & { kind: K }) => Answer & { kind: K }

export function createDatabase(settled: boolean): Database {
  const content = { rows: new Map(), log: [], last_seq: 0, ended_by: new Map(), pruned_ms: 0 }
  return { ...content, up: true, incarnation: 1, settled, undo: [], marks: 0, restores: 0 }
}

export function stateOf({ incarnation, settled }: Database): DatabaseState {
  return { incarnation: `incarnation ${incarnation}`, settled }
}

export function put(database: Database, row: Row): void {
  database.undo.push({ id: row.id, before: database.rows.get(row.id) })
  database.rows.set(row.id, row)
}

export function remove(database: Database, row: Row): void {
  database.undo.push({ id: row.id, before: row })
  database.rows.delete(row.id)
}

export function hasEntry({ log }: Database, { seq, mark }: Position): boolean {
  return seq === 0 || log.some((entry) => entry.seq === seq && entry.mark === mark)
}

export const statements: Statements = {
  read(database, { after, limit }) {
    const entries = database.log.filter((entry) => entry.seq > after.seq).slice(0, limit)
    const { seq, mark } = entries.at(-1) ?? after
    const continues = hasEntry(database, after)
    return { kind: 'read', continues, entries, last: { seq, mark }, more: entries.length === limit }
  },
  insert(database, { id, applied, lease_ms, replaces }) {
    const old = database.rows.get(replaces ?? '')
    if (old !== undefined) remove(database, old)
    const joined = [...database.rows.values()].every((row) => row.lease_ms === lease_ms)
    if (joined) put(database, { id, applied_seq: applied.seq, mark: applied.mark, renewals: 0, lease_ms, verifiers: 0 })
    return { kind: 'insert', joined }
  },
  renew(database, { id, applied, renewal, verifiers }) {
    const row = database.rows.get(id)
    if (row === undefined || row.renewals >= renewal) return { kind: 'renew', present: false }
    put(database, { ...row, applied_seq: applied.seq, mark: applied.mark, renewals: renewal, verifiers })
    return { kind: 'renew', present: true }
  },
  look(database, { known }) {
    const rows = [...database.rows.values()].map(({ mark, ...row }): NodeRow => {
      return { ...row, lost: !hasEntry(database, { seq: row.applied_seq, mark }) }
    })
    return { kind: 'look', continues: known.every((position) => hasEntry(database, position)), rows }
  },
  remove(database, { incarnation, below_seq, except }) {
    if (incarnation !== stateOf(database).incarnation) return { kind: 'remove' }
    for (const row of database.rows.values()) {
      if (row.applied_seq < below_seq && row.id !== except) remove(database, row)
    }
    return { kind: 'remove' }
  },
  sweep(database, { incarnation, idle }) {
    if (incarnation !== stateOf(database).incarnation) return { kind: 'sweep', removed: [] }
    const rows = idle.flatMap(({ id, renewals }) => {
      const row = database.rows.get(id)
      return row?.renewals === renewals ? [row] : []
    })
    for (const row of rows) remove(database, row)
    return { kind: 'sweep', removed: rows.map(({ id }) => id) }
  },
  settle(database, { incarnation }) {
    if (incarnation === stateOf(database).incarnation) database.settled = true
    return { kind: 'settle' }
  },
  leave(database, { id }) {
    const row = database.rows.get(id)
    if (row !== undefined) remove(database, row)
    return { kind: 'leave' }
  },
}

/** Inserts entries in the order of their numbers. */
export function insertEntries(database: Database, entries: LogEntry[]): void {
  database.log.push(...entries)
  database.log.sort((a, b) => a.seq - b.seq)
}

/** Commits are replicated in order. */
export function replicateLog({ log }: Database, up_to_seq: number): void {
  for (const entry of log) if (entry.seq <= up_to_seq) entry.replicated = true
}

/** Whether the database tells a node that the token lives. */
export function isLive({ ended_by, pruned_ms }: Database, jti: string): boolean {
  return !ended_by.has(jti) && claimsOf(jti).exp * 1000 > pruned_ms
}

/**
 * Deletes, if the log has the horizon, the rows of tokens up to the horizon and the entries below the horizon that every node has applied. The newest
 * entry stays: it marks the log's end.
 */
export function trim(
  database: Database,
  horizon_ms: number,
  { needsHorizon, keepsNewest }: { needsHorizon: boolean; keepsNewest: boolean },
): void {
  const { rows } = database
  if (needsHorizon && !database.log.some((entry) => entry.jti === horizon && entry.expires_at >= horizon_ms)) return
  database.pruned_ms = Math.max(database.pruned_ms, horizon_ms)
  const applied_by_all = Math.min(...[...rows.values()].map((row) => row.applied_seq))
  const newest = keepsNewest ? database.log.at(-1) : undefined
  database.log = database.log.filter(
    (entry) => entry.seq >= applied_by_all || entry === newest || entry.expires_at >= horizon_ms,
  )
}

/** A copy of what the database has. */
export function backUp({ rows, log, last_seq, ended_by, pruned_ms }: Content): Content {
  return { rows: new Map(rows), log: [...log], last_seq, ended_by: new Map(ended_by), pruned_ms }
}

/** The database goes back to a backup. A restore by hand may leave the node rows as they are, and goes unnoticed by itself. */
export function restore(database: Database, backup: Content, byHand: boolean): void {
  const { rows } = database
  Object.assign(database, backUp(backup), byHand ? { rows } : { settled: false })
  if (!byHand) database.incarnation++
  database.undo = []
  database.restores++
}

/**
 * A crash, or a failover to a replica without the last commits. The last changes of rows are undone, including joins
 * and removals. The last entries that no replica has are lost, and later entries may get their numbers.
 */
export function loseLastCommits(database: Database, changes: number, entries: number): void {
  for (let i = 0; i < changes; i++) {
    const change = database.undo.pop()
    if (change === undefined) break
    if (change.before === undefined) database.rows.delete(change.id)
    else database.rows.set(change.id, change.before)
  }
  for (let i = 0; i < entries && database.log.at(-1)?.replicated === false; i++) {
    const { jti } = database.log.pop() as LogEntry
    if (!database.log.some((entry) => entry.jti === jti)) database.ended_by.delete(jti)
  }
  database.last_seq = Math.max(...database.log.map(({ seq }) => seq), 0)
  database.incarnation++
  database.settled = false
}
