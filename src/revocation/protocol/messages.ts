import type { Entry, Position } from '../entry.ts'

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
  /** JSON for the audit trail. The protocol does not read it. */
  fact?: string | undefined
}

/**
 * What every answer says about the database itself.
 *
 * `incarnation` is opaque. It changes whenever the database starts, and whenever committed work may have been lost: after a
 * crash, a failover or a restore.
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
  /** The entry that the node has read last is not in the log: the log has gone back since the node's last renewal. */
  lost: boolean
  /** Number of verifiers that held a lease of the node at its last renewal. */
  verifiers: number
}

/** Entries that one append has added to the log, next to each other. */
export interface Appended {
  /** The entry before them. */
  after: Position
  entries: readonly Entry[]
  last: Position
}

/** What a notification says about the log. Only a process that can read the fleet's tables can make such a notification. */
export interface News extends Appended {
  /** Id of the node that has appended. Undefined: a process that has not joined. */
  by: string | undefined
}

/**
 * What a notification says about a row. The log had the entry `applied` in the transaction that wrote the row. Only a process
 * that can write rows can make such a notification.
 */
export interface Shown {
  id: string
  applied: Position
  /** The incarnation in which the row was written. */
  incarnation: string
}

/** What the log had after a verifier's own position, which was in the log. */
export interface Resumed {
  entries: Entry[]
  last: Position
  /** {@link Node.log} of the node before the log was asked. A server on SQLite compares `last` instead. */
  log?: number
}

/**
 * One message to the database, complete in one round trip, so that a paused client never holds a lock.
 * The answer repeats `op`. The database may execute a command late, even after the node has abandoned it. Each command is
 * safe then.
 */
export type Command =
  /** Reads the entries after a position, in order, at most `limit`. */
  | { kind: 'read'; op: number; after: Position; limit: number }
  /**
   * Inserts a row with `renewals` 0, unless a row with another `lease_ms` or another version of the protocol exists. The same
   * statement deletes the row `replaces`, whose lease this process has given up.
   */
  | { kind: 'insert'; op: number; id: string; applied: Position; lease_ms: number; replaces: string | undefined }
  /**
   * Updates the row `id` if `renewals < renewal`: a late statement must not set the row back. `tells`: the same transaction
   * notifies the other processes.
   */
  | { kind: 'renew'; op: number; id: string; applied: Position; renewal: number; verifiers: number; tells: boolean }
  /**
   * Ends the requested tokens and appends their entries, in one transaction under the log's lock. A repeated append must do
   * no harm, and must write something each time: a commit that writes nothing does not wait for a replica, and would
   * confirm an entry that only the primary has. The same transaction notifies the other processes. `by` is the node's id.
   */
  | { kind: 'append'; op: number; requests: RevocationRequest[]; by: string | undefined }
  /** Reads all node rows, and whether the log still has the entries `known`, in one snapshot that begins after the sending. */
  | { kind: 'look'; op: number; known: Position[] }
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
   * `continues`: the log has the entry at `after`, with the same mark, so it has all that was read before. Without this the
   * entries say nothing. `last` is the last entry, or `after` if there was none. `more`: the limit was reached. Entries
   * below the horizon may have been trimmed, but never the newest entry: a read of the whole log must end at the log's end.
   * Otherwise a node that knows everything would seem to be behind, and would lose its row.
   */
  | { kind: 'read'; continues: boolean; entries: Iterable<Entry>; last: Position; more: boolean }
  /** `joined` false: the fleet has another length of lease, or speaks another version of this protocol. */
  | { kind: 'insert'; joined: boolean }
  /** `present` false: the row is gone, so the renewal did not count. */
  | { kind: 'renew'; present: boolean }
  /**
   * `last` is the log's last entry when the transaction ended. No entry of the requests comes later. `after` is the entry before
   * the first of `ended`. `busy`: ids of the requests whose token another transaction has locked. Nothing is said about them yet.
   */
  | { kind: 'append'; after: Position; last: Position; ended: EndedToken[]; busy: string[] }
  /** `continues`: the log has all entries `known`. */
  | { kind: 'look'; continues: boolean; rows: NodeRow[] }
  | { kind: 'remove' }
  /** `removed`: names of the deleted rows. */
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
  /** The log may have changed. May be late, repeated or missing. With `news`: what was appended. */
  | { kind: 'hint'; of: 'log'; news?: News }
  /** The node rows may have changed. May be late, repeated or missing. With `shown`: what one row shows. */
  | { kind: 'hint'; of: 'rows'; shown?: Shown }
  /** A caller wants a token ended. The answer is an effect `effective` or `unconfirmed` with the request's id as `ticket`. */
  | { kind: 'revoke'; request: RevocationRequest }
  /** A transaction of the caller's own has appended entries. The caller waits for the fleet in the same way. */
  | ({ kind: 'committed'; ticket: string; database: DatabaseState } & Appended)
  | { kind: 'answer'; op: number; answer: Answer; database: DatabaseState }
  /** The database may have executed the command or not. `read_only`: it takes no writes for now, so to wait is useless. */
  | { kind: 'failed'; op: number; read_only?: boolean }
  | VerifierEvent

/** What a verifier does. `verifier` is an id that no other connection ever had. */
export type VerifierEvent =
  /** A verifier has connected. */
  | { kind: 'follow'; verifier: string; service: string; resumed: Resumed | undefined }
  /** The connection is gone. */
  | { kind: 'unfollow'; verifier: string }
  /** The verifier asks for a lease. `n` counts its questions. */
  | { kind: 'ask'; verifier: string; n: number }
  /** The verifier has applied everything up to this number. */
  | { kind: 'applied'; verifier: string; seq: number }
  /** The verifier has given up all its leases. */
  | { kind: 'ended'; verifier: string }

/** How far a revocation had gone when it was answered. */
export interface Receipt {
  /** Nodes whose rows showed the revocation. */
  nodes: number
  /** Time from the log's answer to the fleet's. */
  waited_ms: number
  /** Verifiers of all nodes that held a lease. */
  verifiers: number
  /** Ids of the nodes that never showed the revocation: their leases were waited out, or they left while it waited. */
  waited_out: string[]
}

/** What has to be sent to verifiers. All messages to one verifier keep this order. */
export type VerifierEffect =
  /** Send what a new verifier lacks: `entries`, or everything that the set has. The verifier then holds everything up to `last`. */
  | { kind: 'begin'; verifier: string; entries: Entry[] | undefined; last: Position }
  /** Send the entries to every verifier that has begun. */
  | { kind: 'publish'; entries: Entry[]; last: Position }
  /** The answer to question `n`. 0: no lease now. */
  | { kind: 'grant'; verifier: string; n: number; for_ms: number }
  /** Ask the verifier to give up its leases. */
  | { kind: 'end'; verifier: string }
  /** Close the connection. */
  | { kind: 'cut'; verifier: string; why: string }

/** What a node wants done. The driver does exactly this and nothing more. */
export type Effect =
  | Command
  | VerifierEffect
  /** No one waits for this command any more: close its connection and drop its answer. */
  | { kind: 'abandon'; op: number }
  /** Tell the other processes what a caller's own transaction has appended. The loss of the message costs only time. */
  | { kind: 'notify'; news: News }
  /** From now on no node accepts the tokens. `ended`: the request has ended a token that lived by the caller's clock. */
  | { kind: 'effective'; ticket: string; receipt: Receipt; ended: boolean }
  /** The revocation was given up. It may be in the log. To ask again does no harm. */
  | { kind: 'unconfirmed'; ticket: string }
  /** The node has left: its row is deleted, or the attempt to delete the row is over. */
  | { kind: 'left' }
