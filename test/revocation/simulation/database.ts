import type { Entry } from '../../../src/revocation/entry.ts'
import type { Answer, Command, NodeRow, Seen } from '../../../src/revocation/messages.ts'

/**
 * PostgreSQL as the protocol sees it: each statement takes effect in one instant (a single-row update or a delete with
 * its condition checked again on the row it locked; appends one after the other, by the advisory lock).
 */
export interface Database {
  up: boolean
  incarnation: number
  settled: boolean
  rows: Map<string, NodeRow>
  log: LogEntry[]
  last_seq: number
  /** How each change of a row can be undone, oldest first. */
  undo: { id: string; before: NodeRow | undefined }[]
  /** Appending a token that is in the log already adds nothing, as a unique index would have it. */
  unique: boolean
}

export interface LogEntry extends Entry {
  seq: number
  /** From then on the entry survives everything; before that nobody is told of it. */
  replicated: boolean
}

/** Statements other than the append, which takes time. */
export type Statements = { [K in Exclude<Command['kind'], 'append'>]: Statement<K> }
type Statement<K> = (database: Database, command: Command & { kind: K }) => Answer | undefined

export function createDatabase(settled: boolean, unique: boolean): Database {
  return { up: true, incarnation: 1, settled, rows: new Map(), log: [], last_seq: 0, undo: [], unique }
}

export function seen({ incarnation, settled }: Database): Seen {
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
    if (incarnation !== seen(database).incarnation) return { kind: 'remove' }
    for (const row of database.rows.values()) {
      if (row.applied_seq < below_seq && row.id !== except) remove(database, row)
    }
    return { kind: 'remove' }
  },
  sweep(database, { incarnation, idle }) {
    if (incarnation !== seen(database).incarnation) return { kind: 'sweep' }
    for (const { id, renewals } of idle) {
      const row = database.rows.get(id)
      if (row !== undefined && row.renewals === renewals) remove(database, row)
    }
    return { kind: 'sweep' }
  },
  settle(database, { incarnation }) {
    if (incarnation === seen(database).incarnation) database.settled = true
    return undefined
  },
  leave(database, { id }) {
    const row = database.rows.get(id)
    if (row !== undefined) remove(database, row)
    return undefined
  },
}

/** Puts entries where their numbers belong. */
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

/** Deletes the entries of expired tokens that every node has passed; the newest stays, since it tells where the log ends. */
export function trim(database: Database, isExpired: (jti: string) => boolean, keepsNewest: boolean): void {
  const passed = Math.min(...[...database.rows.values()].map((row) => row.applied_seq))
  const newest = keepsNewest ? database.log.at(-1) : undefined
  database.log = database.log.filter((entry) => entry.seq > passed || entry === newest || !isExpired(entry.jti))
}

/**
 * A crash, or a failover to a replica that lacks the last commits: the last changes of rows are undone, joins and
 * removals included, and so are the last entries that no replica has. The numbers of those may be given out again.
 */
export function loseLastCommits(database: Database, changes: number, entries: number): void {
  for (let i = 0; i < changes; i++) {
    const change = database.undo.pop()
    if (change === undefined) break
    if (change.before === undefined) database.rows.delete(change.id)
    else database.rows.set(change.id, change.before)
  }
  for (let i = 0; i < entries && database.log.at(-1)?.replicated === false; i++) database.log.pop()
  database.last_seq = Math.max(...database.log.map(({ seq }) => seq), 0)
  database.incarnation++
  database.settled = false
}
