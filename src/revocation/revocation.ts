import type { Trx } from '../store/schema.ts'
import type { Entry } from './entry.ts'

/** What a node knows about a token. */
export type Verdict = 'live' | 'revoked'

/** How far a revocation has gone when it is answered. */
export interface Effective {
  /** Nodes that refuse the tokens from here on; the one that answers is among them. */
  nodes: number
  /** How long the fleet was waited for. */
  waited_ms: number
  /** Nodes that did not show the revocation and can accept nothing any more: their lease was waited out, or they left. */
  waited_out: string[]
}

/** What a revocation comes back with; one node by itself has no fleet to speak of. */
export interface Receipt {
  effective?: Effective
}

/** How revocations are made, remembered and looked up; one implementation a kind of database. */
export interface Revocation {
  /**
   * Whether the token has been revoked. Rejects where memory did not suffice and the database that had to be asked did
   * not answer: then the token must not be accepted.
   * @param expires_at the token's own `exp`, in milliseconds since 1970
   */
  check: (jti: string, expires_at: number) => Promise<Verdict>
  /**
   * Ends one token. Once this resolves, the revocation is on disk and no node accepts the token.
   * @param token `user_id`: whose token it must be; without it, anybody's
   * @param now milliseconds since 1970
   * @returns undefined if the token is unknown, somebody else's, or dead already
   * @throws Refusal revocation_unconfirmed
   */
  revokeToken: (token: { jti: string; user_id?: string }, reason: string, now: number) => Promise<Receipt | undefined>
  /**
   * Runs `mark` in one transaction together with the log entries that it returns. Once this resolves, the revocation is
   * on disk and no node accepts those tokens.
   * @throws Refusal revocation_unconfirmed
   */
  revoke: <T extends Marked>(mark: (trx: Trx) => Promise<T>) => Promise<T & Receipt>
  /** Begins to follow the log; resolves when this node can answer for tokens. Without it, it can only revoke. */
  start: () => Promise<void>
  /** Gives up whatever lets this node answer from memory. */
  stop: () => Promise<void>
  /** Whether this node can answer for tokens from memory, now. */
  isReady: () => boolean
  /** Entries held in memory, for the metrics. */
  size: () => number
  /** Drops what has expired, from memory and from the log. */
  prune: (now: number) => Promise<void>
  /** Only in a fleet. */
  figures?: FleetFigures
}

/** What a fleet member has met and knows, for the metrics. */
export interface FleetFigures {
  /** Checks that memory could not answer. */
  asked: number
  /** Of these, those that the database did not answer either, or was not to be asked about. */
  refused: number
  /** Nodes that did not follow, so that a revocation had to wait until they could accept nothing. */
  waited_out: number
  /** Told of each fence that was waited for. */
  onFence: (waited_ms: number) => void
  /** Since what the node knows was up to date for certain: more than LEASE_MS means that it has no lease. Infinite before the first. */
  leaseAge_ms: () => number
  /** Entries of the log that the node knows of and has not read yet. */
  lag: () => number
  /** Rows of the fleet when it was last looked at. */
  nodes: () => number
}

/** What a transaction that ends tokens hands back: at least the tokens it ended. */
export interface Marked {
  entries: readonly Entry[]
}
