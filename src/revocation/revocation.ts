import type { Trx } from '../store/schema.ts'
import type { Entry, Verdict } from './entry.ts'

/** How far a revocation has gone when it is answered. */
export interface Effective {
  /** Nodes that refuse the tokens from now on, including the node that answers. */
  nodes: number
  /** Time that the revocation waited for the fleet. */
  waited_ms: number
  /** Ids of the nodes that did not show the revocation. They have left, or their lease was waited out. */
  waited_out: string[]
}

/** What a revocation returns. A single node on SQLite has no fleet to report. */
export interface Receipt {
  effective?: Effective
}

/** Makes, stores and looks up revocations. Each kind of database has one implementation. */
export interface Revocation {
  /**
   * Whether the token has been revoked.
   * @param expires_at the token's own `exp`, in milliseconds since 1970
   * @throws Error if memory does not suffice and the database does not answer. The token must then be refused
   */
  check: (jti: string, expires_at: number) => Promise<Verdict>
  /**
   * Ends one token. When the promise resolves, the revocation is on disk and no node accepts the token.
   * @param token `user_id`: the user who must own the token; without `user_id`, any user's token
   * @param now milliseconds since 1970
   * @returns undefined if the token is unknown, another user's, or no longer live
   * @throws Refusal revocation_unconfirmed
   */
  revokeToken: (token: { jti: string; user_id?: string }, reason: string, now: number) => Promise<Receipt | undefined>
  /**
   * Runs `mark` and appends the log entries that `mark` returns, in one transaction. When the promise resolves, the
   * revocation is on disk and no node accepts the tokens.
   * @throws Refusal revocation_unconfirmed
   */
  revoke: <T extends Marked>(mark: (trx: Trx) => Promise<T>) => Promise<T & Receipt>
  /** Follows the log. Resolves when this node can answer for tokens. Without `start` the node can only revoke. */
  start: () => Promise<void>
  /** Gives up everything that lets this node answer from memory. */
  stop: () => Promise<void>
  /** Whether this node can answer for tokens from memory, now. */
  isReady: () => boolean
  /** Number of entries in memory, for the metrics. */
  size: () => number
  /** Deletes what has expired, from memory and from the log. */
  prune: (now: number) => Promise<void>
  /** Only on PostgreSQL. */
  fleet?: FleetMetrics
}

/** What one node of a fleet has counted and knows, for the metrics. */
export interface FleetMetrics {
  /** Checks that memory could not answer. */
  asked: number
  /** Checks that were refused, because the database did not answer or ON_STALE is `refuse`. */
  refused: number
  /** Number of leases that revocations had to wait out. */
  waited_out: number
  /** Called with the duration of each fence. */
  onFence: (waited_ms: number) => void
  /** Time since the node's state was certain. Above LEASE_MS, no lease runs. Infinite before the first lease. */
  leaseAge_ms: () => number
  /** Entries of the log that the node knows of but has not read. */
  lag: () => number
  /** Rows of the fleet at the last look. */
  nodes: () => number
}

/** What a transaction that ends tokens returns: at least the entries of the tokens that it has ended. */
export interface Marked {
  entries: readonly Entry[]
}
