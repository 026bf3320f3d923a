import type { Trx } from '../store/schema.ts'
import type { Entry } from './entry.ts'

/** What a node knows about a token. */
export type Verdict = 'live' | 'revoked'

/** How revocations are made, remembered and looked up; one implementation a kind of database. */
export interface Revocation {
  /**
   * Whether the token has been revoked. Answers at once where memory suffices; rejects where the database had to be
   * asked and did not answer, and then the token must not be accepted.
   * @param expires_at the token's own `exp`, in milliseconds since 1970
   */
  check: (jti: string, expires_at: number) => Verdict | Promise<Verdict>
  /**
   * Runs `mark` in one transaction together with the log entries that it returns. Once this resolves, the revocation is
   * on disk and no node accepts those tokens.
   */
  revoke: <T extends Marked>(mark: (trx: Trx) => Promise<T>) => Promise<T>
  /** Entries held in memory, for the metrics. */
  size: () => number
  /** Drops what has expired, from memory and from the log. */
  prune: (now: number) => Promise<void>
}

/** What a transaction that ends tokens hands back: at least the tokens it ended. */
export interface Marked {
  entries: readonly Entry[]
}
