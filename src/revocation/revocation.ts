import type { PendingRow } from '../audit/row.ts'
import type { Trx } from '../store/schema.ts'
import type { Entry, Position, TokenClaims, Verdict } from './entry.ts'
import type { Resumed, VerifierEffect, VerifierEvent } from './protocol/messages.ts'

/** How far a revocation has gone when it is answered. */
export interface Effective {
  /** Nodes that refuse the tokens from now on, including the node that answers. */
  nodes: number
  /** Verifiers that held a lease, and refuse the tokens from now on. */
  verifiers: number
  /** Time that the revocation waited for the fleet. */
  waited_ms: number
  /** Names of the nodes, as `latchkey fleet` shows them, that did not show the revocation. They have left, or their lease was waited out. */
  waited_out: string[]
}

/** What a revocation returns. A single node on SQLite, without a verifier, has nothing to report. */
export interface Receipt {
  effective?: Effective
}

/** Makes, stores and looks up revocations. Each kind of database has one implementation. */
export interface Revocation {
  /**
   * Whether the token has been revoked.
   * @throws Error if memory does not suffice and the database does not answer. The token must then be refused
   */
  check: (claims: TokenClaims) => Promise<Verdict>
  /**
   * Ends one token. When the promise resolves, the revocation is on disk and no node accepts the token.
   * @param token `user_id`: the user who must own the token; without `user_id`, any user's token
   * @param now milliseconds since 1970
   * @param fact for the audit trail, if a token is ended. The owner of the token becomes its subject
   * @returns undefined if the token is unknown, another user's, or no longer live
   * @throws Refusal revocation_unconfirmed
   */
  revokeToken: (
    token: { jti: string; user_id?: string },
    reason: string,
    now: number,
    fact: PendingRow,
  ) => Promise<Receipt | undefined>
  /**
   * Runs `mark` and appends the log entries that `mark` returns, in one transaction. When the promise resolves, the
   * revocation is on disk and no node accepts the tokens, nor any token that the log had ended before: so without entries,
   * the call waits for the revocations of others.
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
  /** Every token that expires at this time or earlier counts as revoked. Milliseconds since 1970. */
  horizon: () => number
  /** The lowest generation of the user's tokens that this node knows of as not revoked. */
  generation: (userId: string) => number
  /** Deletes the entries below the horizon that no node needs. @param horizon every node must know it */
  trim: (horizon: number) => Promise<void>
  feed: Feed
  /** Tells the other nodes, for those who watch, that a user has a new token. A hint that may get lost. Only on PostgreSQL. */
  tellMade?: (userId: string) => void
  /** Only on PostgreSQL. */
  fleet?: FleetMetrics
  /** Reads the nodes that share the database. Only on PostgreSQL. */
  nodes?: () => Promise<FleetNode[]>
}

/** How verifiers follow the log through this process. */
export interface Feed {
  /** The longest lease that a verifier gets. */
  lease_ms: number
  /** Says where messages to verifiers go. Called once. */
  attach: (send: (effect: VerifierEffect) => void) => void
  /** Takes what a verifier does. */
  take: (event: VerifierEvent) => void
  /** What the log has after a verifier's position. Undefined: the log does not have this position, or has too much after it. */
  resume: (after: Position) => Promise<Resumed | undefined>
  /** Everything that a new verifier needs. */
  entries: () => Iterable<Entry>
  /** Number of verifiers that hold a lease of this process. */
  holders: () => number
  /** Undefined before the first verifier. */
  metrics?: FeedMetrics
}

/** What the server of the feed has counted, for the metrics. */
export interface FeedMetrics {
  connected: () => number
  /** Verifiers that were cut, by reason. */
  cut: Map<string, number>
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

/** A node of a fleet, for people. */
export interface FleetNode {
  id: string
  name: string
  version: string
  protocol: number
  lease_ms: number
  /** Time since the last renewal, by the database's clock. */
  renewed_ms_ago: number
  /** Entries of the log that the node does not show yet. */
  lag: number
  verifiers: number
  /** Milliseconds since 1970. */
  joined_at: number
}

/** What a transaction that ends tokens returns: at least the entries of the tokens that it has ended. */
export interface Marked {
  entries: readonly Entry[]
}
