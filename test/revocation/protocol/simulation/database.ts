import type { Entry } from '../../../../src/revocation/entry.ts'
import type { Answer, Command, DatabaseState, NodeRow } from '../../../../src/revocation/protocol/messages.ts'

/**
 * PostgreSQL as the protocol sees it. Each statement takes effect in one instant: an update of one row, or a delete
 * that checks its condition again on the locked row. The advisory lock orders the appends.
 */
export interface Database {
  up: boolean
  incarnation: number
  settled: boolean
  rows: Map<string, NodeRow>
  log: LogEntry[]
  last_seq: number
  /** The old row of each change, oldest first, so that a crash can undo the last changes. */
  undo: { id: string; before: NodeRow | undefined }[]
  /** The request that has ended each token: the first one. A token's row keeps the id of this request. */
  ended_by: Map<string, string>
}

export interface LogEntry extends Entry {
  seq: number
  /** A replica has the entry, so no crash loses it. No caller learns of an entry before that. */
  replicated: boolean
}

/** Statements other than the append, which takes time. */
export type Statements = { [K in Exclude<Command['kind'], 'append'>]: Statement<K> }
type Statement<K> = (database: Database, command: Command & { kind: K }) => Answer

export function createDatabase(settled: boolean): Database {
  return { up: true, incarnation: 1, settled, rows: new Map(), log: [], last_seq: 0, undo: [], ended_by: new Map() }
}

export function stateOf({ incarnation, settled }: Database): DatabaseState {
  return { incarnation: `incarnation ${incarnation}`, settled }
}

export function put(database: Database, row: NodeRow): void {
  database.undo.push({ id: row.id, before: database.rows.get(row.id) })
  database.rows.set(row.id, row)
}

export function remove(database: Database, row: NodeRow): void {
  database.undo.push({ id: row.id, before: row })
  database.rows.delete(row.id)
}

export const statements: Statements = {
  read({ log }, { after_seq, limit }) {
    const entries = log.filter((entry) => entry.seq > after_seq).slice(0, limit)
    return { kind: 'read', entries, last_seq: entries.at(-1)?.seq ?? after_seq, more: entries.length === limit }
  },
  insert(database, { id, applied_seq, lease_ms, replaces }) {
    const old = database.rows.get(replaces ?? '')
    if (old !== undefined) remove(database, old)
    const joined = [...database.rows.values()].every((row) => row.lease_ms === lease_ms)
    if (joined) put(database, { id, applied_seq, renewals: 0, lease_ms })
    return { kind: 'insert', joined }
  },
  renew(database, { id, applied_seq, renewal }) {
    const row = database.rows.get(id)
    if (row === undefined || row.renewals >= renewal) return { kind: 'renew', present: false }
    put(database, { ...row, applied_seq, renewals: renewal })
    return { kind: 'renew', present: true }
  },
  look: ({ rows }) => ({ kind: 'look', rows: [...rows.values()] }),
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

export function isLogged({ log }: Database, jti: string): boolean {
  return log.some((entry) => entry.jti === jti)
}

/** Deletes the entries of expired tokens that every node has applied. The newest stays: it marks the log's end. */
export function trim(database: Database, isExpired: (jti: string) => boolean, keepsNewest: boolean): void {
  const applied_by_all = Math.min(...[...database.rows.values()].map((row) => row.applied_seq))
  const newest = keepsNewest ? database.log.at(-1) : undefined
  database.log = database.log.filter((entry) => entry.seq > applied_by_all || entry === newest || !isExpired(entry.jti))
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
    if (!isLogged(database, jti)) database.ended_by.delete(jti)
  }
  database.last_seq = Math.max(...database.log.map(({ seq }) => seq), 0)
  database.incarnation++
  database.settled = false
}
