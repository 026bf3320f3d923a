import type { Claims } from '../tokens/claims.ts'
import type { RouteOptions } from './rights.ts'

/** What is known about an accepted token. */
export interface Verified {
  claims: Claims
}

/** Checks Latchkey's tokens in this process. */
export interface Verifier {
  /**
   * Resolves when the keys and the snapshot are there and a lease runs.
   * @throws Error if the server refuses the credential, or if the verifier was closed
   */
  ready: () => Promise<void>
  /**
   * Decides about a token: signature and claims, expiry, revocation.
   * @throws VerifierError
   */
  verify: (token: string) => Promise<Verified>
  /** The same for a token that was seen before, while a lease runs. Undefined: call `verify`. */
  verifySync: (token: string) => Verified | undefined
  /**
   * Decides about a request of the Fetch API by its `Authorization` header (RFC 6750 §2.1).
   * @returns the claims; null for a request without a token, if `optional` is set
   * @throws VerifierError
   */
  verifyRequest: ((request: WithHeaders, options: RouteOptions & { optional: true }) => Promise<Claims | null>) &
    ((request: WithHeaders, options?: RouteOptions) => Promise<Claims>)
  /** Figures for metrics. */
  stats: () => VerifierStats
  /** Gives the lease up, so that no revocation waits for it, and ends everything. */
  close: () => Promise<void>
}

/** A `Request` of the Fetch API, or anything with its headers. */
export interface WithHeaders {
  headers: Pick<Headers, 'get'>
}

export interface VerifierStats {
  /** Milliseconds that the lease still runs. 0: no lease runs. */
  lease_ms: number
  /** Revocations in memory. */
  entries: number
  /** Tokens that the server was asked about, because no lease ran. */
  asked: number
  /** Refused tokens by the code of the error. */
  refused: Record<string, number>
}
