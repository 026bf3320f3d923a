/** One revoked token in the log; it matters until the token would have expired. */
export interface Entry {
  jti: string
  /** Milliseconds since 1970. */
  expires_at: number
}
