/** Entries stay this much longer than their tokens: a clock that is set back may make a token live again. */
export const clockGrace_ms = 300_000

/** One revoked token in the log; it matters until the token would have expired. */
export interface Entry {
  jti: string
  /** Milliseconds since 1970. */
  expires_at: number
}
