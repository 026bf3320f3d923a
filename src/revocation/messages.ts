import type { Entry } from './entry.ts'

/**
 * What every answer of the database says about the database itself.
 *
 * `incarnation` is opaque and changes whenever committed work may have been lost: a crash, a failover, a restore.
 * `settled` is stored beside it by the first node that has waited out all leases of the incarnations before.
 */
export interface Seen {
  incarnation: string
  settled: boolean
}

/** A fleet member as the database knows it. */
export interface NodeRow {
  id: string
  /** The node holds every entry up to this one. */
  applied_seq: number
  /** The number of its last renewal. */
  renewals: number
  /** How long a lease of its node's lasts. A fleet has one length, but nodes of two may meet at the ends of a partition. */
  lease_ms: number
}

/**
 * One statement for the database, complete in one round trip: a client that is paused must never hold a lock.
 * `op` comes back with the answer. Statements may be executed late, even after they were abandoned; each is safe then.
 */
export type Command =
  /** The entries with `seq > after_seq`, in order, at most `limit`. */
  | { kind: 'read'; op: number; after_seq: number; limit: number }
  /**
   * A new row with `renewals` 0, unless a row of another `lease_ms` is there; the row `replaces`, whose lease this process
   * has given up, goes in the same statement.
   */
  | { kind: 'insert'; op: number; id: string; applied_seq: number; lease_ms: number; replaces: string | undefined }
  /** Sets both where `id` is there and `renewals < renewal`: a late statement must not set a row back. */
  | { kind: 'renew'; op: number; id: string; applied_seq: number; renewal: number; advanced: boolean }
  /**
   * Appends what the tickets stand for in one transaction under the log's lock. Doing so twice must do no harm, and must
   * write something each time: a commit that writes nothing does not wait for a replica, so that it would confirm an
   * entry that only the primary has.
   */
  | { kind: 'append'; op: number; tickets: string[] }
  /** All node rows, in one snapshot that begins after the command was given. */
  | { kind: 'look'; op: number }
  /**
   * Deletes every row with `applied_seq < below_seq`, except the caller's own; in another incarnation nothing, for what
   * was seen of the rows may have been undone.
   */
  | { kind: 'remove'; op: number; incarnation: string; below_seq: number; except: string | undefined }
  /** Deletes those of the rows whose `renewals` is still the same; in another incarnation nothing. */
  | { kind: 'sweep'; op: number; incarnation: string; idle: NodeRow[] }
  /** Notes beside the incarnation, if it is still this one, that no lease from before it runs. Its answer is not used. */
  | { kind: 'settle'; op: number; incarnation: string }
  /** Deletes the own row; the lease has been given up. Its answer is not used. */
  | { kind: 'leave'; op: number; id: string }

/** What the database answered to the command of the same kind. */
export type Answer =
  /**
   * `last_seq` is the last entry's, or `after_seq` if there was none; `more`: the limit was reached. Expired entries may
   * have been trimmed, but never the newest of all: a read of the whole log must end at the log's end, or a node that
   * knows everything would seem to be behind and lose its row.
   */
  | { kind: 'read'; entries: Iterable<Entry>; last_seq: number; more: boolean }
  /** `joined` false: the fleet has another length of lease, or speaks a version of this protocol that this node does not. */
  | { kind: 'insert'; joined: boolean }
  /** `present` false: the row is gone, so this was no renewal. */
  | { kind: 'renew'; present: boolean }
  /** `seq` is the log's last when the transaction ended, at least that of every entry the tickets stand for. */
  | { kind: 'append'; seq: number; entries: Entry[] }
  | { kind: 'look'; rows: NodeRow[] }
  | { kind: 'remove' }
  | { kind: 'sweep' }

/** What may happen to a member. */
export type Event =
  /** Follow the log and hold a lease. Without it a member can only revoke, as a command line tool does. */
  | { kind: 'join' }
  | { kind: 'leave' }
  /** The time of `wakeAt` has come. */
  | { kind: 'tick' }
  /** Someone says that the log, or the node rows, have changed. May be wrong, late, repeated or missing. */
  | { kind: 'hint'; of: 'log' | 'rows' }
  /** A caller wants what `ticket` stands for appended and waited for. */
  | { kind: 'revoke'; ticket: string }
  /** The same, but already appended in a transaction of the caller's own. */
  | { kind: 'committed'; ticket: string; seq: number; entries: Entry[]; seen: Seen }
  | { kind: 'answer'; op: number; answer: Answer; seen: Seen }
  /** The command may have been executed or not. */
  | { kind: 'failed'; op: number }

/** What a revocation was worth: sent to the caller with the answer. */
export interface Receipt {
  /** Nodes whose rows showed the revocation when it was answered. */
  nodes: number
  /** From the log's answer to the fleet's. */
  waited_ms: number
  /** Nodes that never showed it, so that their leases had to be waited out. */
  waited_out: string[]
}

/** What a member wants done. */
export type Effect =
  | Command
  /** Nobody waits for this command any more: close the connection it runs on, drop its answer. */
  | { kind: 'abandon'; op: number }
  /** From now on no node accepts these tokens. */
  | { kind: 'effective'; ticket: string; receipt: Receipt }
  /** Given up. `stored` says that it is in the log; otherwise it may be. Asking again does no harm. */
  | { kind: 'unconfirmed'; ticket: string; stored: boolean }
