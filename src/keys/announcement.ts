/** How long clients may keep a key set, in seconds (RFC 9111 §5.2.2.1). */
export const keySetMaxAge_s = 300

/** For a slow answer, and for the differences between the clocks of the nodes. */
const margin_ms = 60_000

/**
 * When every key set that lacks the key has expired, in milliseconds since 1970. Then the key may sign.
 * @param created_at when the key was made. Every key set that is read later has the key
 */
export function announcedAt({ created_at }: { created_at: number }): number {
  return created_at + keySetMaxAge_s * 1000 + margin_ms
}
