/** How much clocks may differ. Entries outlive their tokens by this time, so no clock revives a token. */
export const clockGrace_ms = 600_000

/** One revoked token in the log. The entry matters until the token would have expired. */
export interface Entry {
  jti: string
  /** Milliseconds since 1970. */
  expires_at: number
}

/** The expiry of an entry that ends a signing key. Such an entry matters forever. */
export const never = Number.MAX_SAFE_INTEGER

/**
 * The entry that ends a signing key: its `jti` is the key's `kid`. A thief who has the key can sign tokens with ids
 * that no row knows, so every node must forget the key itself.
 */
export function keyEntry(kid: string): Entry {
  return { jti: kid, expires_at: never }
}

/** What a node knows about a token. */
export type Verdict = 'live' | 'revoked'

/** The set that the entries of the log are applied to. */
export interface EntrySet {
  /** Applies the entry before it returns. */
  add: (entry: Entry) => void
  /** Whether the token is revoked. @param expires_at the token's own expiry, which its entry has too */
  has: (jti: string, expires_at: number) => boolean
}

/** Adds the entries of tokens to `set`, and calls `dropKey` for the entries of keys. */
export function createEntrySet(set: EntrySet, dropKey: (kid: string) => void): EntrySet {
  return {
    add: (entry) => (entry.expires_at === never ? dropKey(entry.jti) : set.add(entry)),
    has: set.has,
  }
}
