import type { Entry } from '../entry.ts'

/** A token that a caller wants to end. */
export interface RevocationRequest {
  /** Names this request. An append that is repeated recognises by the id which token the request has ended. */
  id: string
  jti: string
  /** The user whose token it must be. Undefined: any user's token. */
  user_id: string | undefined
  reason: string
  /** Milliseconds since 1970, by the clock of the node that was asked. */
  now: number
}

/**
 * What every answer says about the database itself.
 *
 * `incarnation` is opaque. It changes whenever committed work may have been lost: after a crash, a failover or a restore.
 * `settled` is stored beside the incarnation by the first node that has waited out all leases of earlier incarnations.
 */
export interface DatabaseState {
  incarnation: string
  settled: boolean
}

/** A node of the fleet as the database knows it. */
export interface NodeRow {
  id: string
  /** The node holds every entry up to this number. */
  applied_seq: number
  /** Number of the node's last renewal. */
  renewals: number
  /** Length of the node's leases. A fleet has one length, but after a partition nodes with two lengths may meet. */
  lease_ms: number
}

/**
 * One message to the database, complete in one round trip, so that a paused client never holds a lock.
 * The answer repeats `op`. The database may execute a command late, even after the node has abandoned it. Each command is
 * safe then.
 */
export type Command =
  /** Reads the entries with `seq > after_seq`, in order, at most `limit`. */
  | { kind: 'read'; op: number; after_seq: number; limit: number }
  /**
   * Inserts a row with `renewals` 0, unless a row with another `lease_ms` or another version of the protocol exists. The same
   * statement deletes the row `replaces`, whose lease this process has given up.
   */
  | { kind: 'insert'; op: number; id: string; applied_seq: number; lease_ms: number; replaces: string | undefined }
  /** Updates the row `id` if `renewals < renewal`: a late statement must not set the row back. */
  | { kind: 'renew'; op: number; id: string; applied_seq: number; renewal: number; advanced: boolean }
  /**
   * Ends the requested tokens and appends their entries, in one transaction under the log's lock. A repeated append must do
   * no harm, and must write something each time: a commit that writes nothing does not wait for a replica, and would
   * confirm an entry that only the primary has.
   */
  | { kind: 'append'; op: number; requests: RevocationRequest[] }
  /** Reads all node rows, in one snapshot that begins after the command was sent. */
  | { kind: 'look'; op: number }
  /**
   * Deletes every row with `applied_seq < below_seq`, except the caller's own. Does nothing in another incarnation, because
   * a crash may have undone what was seen of the rows.
   */
  | { kind: 'remove'; op: number; incarnation: string; below_seq: number; except: string | undefined }
  /** Deletes those of the rows whose `renewals` is still the same. Does nothing in another incarnation. */
  | { kind: 'sweep'; op: number; incarnation: string; idle: NodeRow[] }
  /** Stores that no lease of an earlier incarnation runs, if the database still has this incarnation. */
  | { kind: 'settle'; op: number; incarnation: string }
  /** Deletes the node's own row. The node has given up its lease before. */
  | { kind: 'leave'; op: number; id: string }

/** A token that an append has ended, or that the same request had ended before. */
export interface EndedToken extends Entry {
  request_id: string
}

/** What the database answered to the command of the same kind. */
export type Answer =
  /**
   * `last_seq` is the number of the last entry, or `after_seq` if there was none. `more`: the limit was reached. Expired
   * entries may have been trimmed, but never the newest entry: a read of the whole log must end at the log's end. Otherwise
   * a node that knows everything would seem to be behind, and would lose its row.
   */
  | { kind: 'read'; entries: Iterable<Entry>; last_seq: number; more: boolean }
  /** `joined` false: the fleet has another length of lease, or speaks another version of this protocol. */
  | { kind: 'insert'; joined: boolean }
  /** `present` false: the row is gone, so the renewal did not count. */
  | { kind: 'renew'; present: boolean }
  /** `seq` is the log's last number when the transaction ended. Every entry of the requests has this number or a lower one. */
  | { kind: 'append'; seq: number; ended: EndedToken[] }
  | { kind: 'look'; rows: NodeRow[] }
  | { kind: 'remove' }
  /** `removed`: ids of the deleted rows. */
  | { kind: 'sweep'; removed: string[] }
  | { kind: 'settle' }
  | { kind: 'leave' }

/** What may happen to a node. */
export type Event =
  /** Follow the log and hold a lease. A node that has not joined can only revoke, as the command line does. */
  | { kind: 'join' }
  /** Give up the lease, delete the row, and give up every revocation that still waits. */
  | { kind: 'leave' }
  /** The time of `wakeAt` has come. */
  | { kind: 'tick' }
  /** Another process says that the log, or the node rows, have changed. May be wrong, late, repeated or missing. */
  | { kind: 'hint'; of: 'log' | 'rows' }
  /** A caller wants a token ended. The answer is an effect `effective` or `unconfirmed` with the request's id as `ticket`. */
  | { kind: 'revoke'; request: RevocationRequest }
  /** A transaction of the caller's own has appended entries. The caller waits for the fleet in the same way. */
  | { kind: 'committed'; ticket: string; seq: number; entries: readonly Entry[]; database: DatabaseState }
  | { kind: 'answer'; op: number; answer: Answer; database: DatabaseState }
  /** The database may have executed the command or not. */
  | { kind: 'failed'; op: number }

/** How far a revocation had gone when it was answered. */
export interface Receipt {
  /** Nodes whose rows showed the revocation. */
  nodes: number
  /** Time from the log's answer to the fleet's. */
  waited_ms: number
  /** Ids of the nodes that never showed the revocation: their leases were waited out, or they left while it waited. */
  waited_out: string[]
}

/** What a node wants done. The driver does exactly this and nothing more. */
export type Effect =
  | Command
  /** No one waits for this command any more: close its connection and drop its answer. */
  | { kind: 'abandon'; op: number }
  /** From now on no node accepts the tokens. `ended`: the request has ended a token that lived by the caller's clock. */
  | { kind: 'effective'; ticket: string; receipt: Receipt; ended: boolean }
  /** The revocation was given up. It may be in the log. To ask again does no harm. */
  | { kind: 'unconfirmed'; ticket: string }
  /** The node has left: its row is deleted, or the attempt to delete the row is over. */
  | { kind: 'left' }
