/** Entries stay this much longer than their tokens: a clock that is set back may make a token live again. */
export const clockGrace_ms = 600_000

/** One revoked token in the log; it matters until the token would have expired. */
export interface Entry {
  jti: string
  /** Milliseconds since 1970. */
  expires_at: number
}

/** The expiry of an entry that ends a key: it matters for ever. */
export const never = Number.MAX_SAFE_INTEGER

/**
 * The entry that ends a signing key: its `jti` is the key's `kid`. Whoever has a stolen key can sign tokens with ids that
 * nobody has written down, so that the key itself has to be forgotten.
 */
export function keyEntry(kid: string): Entry {
  return { jti: kid, expires_at: never }
}

/** Where entries of the log take effect. */
export interface Applied {
  add: (entry: Entry) => void
  /** Of tokens only. @param expires_at the token's own expiry: the same that its entry has */
  has: (jti: string, expires_at: number) => boolean
}

/** Puts the entries of tokens into the set, and has the keys of the others forgotten, each before it returns. */
export function applyTo(set: Applied, dropKey: (kid: string) => void): Applied {
  return {
    add: (entry) => (entry.expires_at === never ? dropKey(entry.jti) : set.add(entry)),
    has: set.has,
  }
}
