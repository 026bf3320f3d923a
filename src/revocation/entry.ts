/**
 * How much clocks may differ. A row or an entry is deleted only after its token has expired by this time, by the earlier of
 * two clocks.
 */
export const clockGrace_ms = 600_000

/** One line of the log. An entry ends a token, the tokens of a user, a signing key, or everything up to the horizon. */
export interface Entry {
  /** Id of the token; or id of the user, with `below_generation`; or `kid` of the key; or {@link horizon}. */
  jti: string
  /** When the last token that the entry ends expires, in milliseconds since 1970. Later the horizon replaces the entry. */
  expires_at: number
  /** The user's tokens with a lower generation are ended. Null or missing: the entry does not name a user. */
  below_generation?: number | null
}

/** Where a reader of the log stands: the last entry that was read. */
export interface Position {
  /** 0: before the first entry. */
  seq: number
  /**
   * A random text that the entry got when it was written. A database that goes back to an earlier state may give the same
   * number to another entry, but never the same mark. Empty before the first entry.
   */
  mark: string
}

/** Before the first entry. Every log continues from here. */
export const start: Position = { seq: 0, mark: '' }

/** The expiry of an entry that ends a signing key. Such an entry matters forever. */
export const never = Number.MAX_SAFE_INTEGER

/**
 * The entry that ends a signing key: its `jti` is the key's `kid`. A thief who has the key can sign tokens with ids
 * that no row knows, so every node must forget the key itself.
 */
export function keyEntry(kid: string): Entry {
  return { jti: kid, expires_at: never }
}

/** The entry that ends every token that was issued to the user in this generation or before. */
export function userEntry(user: { id: string; generation: number; tokens_expire_at: number }): Entry {
  return { jti: user.id, expires_at: user.tokens_expire_at, below_generation: user.generation + 1 }
}

/**
 * The entry that says that the account of a user has changed. It ends no token: the user's tokens already have this generation.
 * As every entry of a user, it makes every node forget what the node remembers of the account.
 * @param user `expires_at`: must be above the horizon, so that every node reads the entry
 */
export function changedEntry(user: { id: string; generation: number; expires_at: number }): Entry {
  return { jti: user.id, expires_at: user.expires_at, below_generation: user.generation }
}

/** The `jti` of an entry that raises the horizon. */
export const horizon = 'horizon'

/**
 * The entry that ends every token that expires at `expires_at` or earlier. Only such tokens may lose their rows and
 * entries, so a wrong clock can end tokens too early, but no token comes back.
 */
export function horizonEntry(expires_at: number): Entry {
  return { jti: horizon, expires_at }
}

/** The claims of a token that decide which entries end the token. */
export interface TokenClaims {
  jti: string
  /** Id of the user. */
  sub: string
  /** The user's generation when the token was issued. */
  gen: number
  /** Seconds since 1970. */
  exp: number
}

/** What a node knows about a token. */
export type Verdict = 'live' | 'revoked'

/** The set that the entries of the log are applied to. */
export interface EntrySet {
  /** Applies the entry before it returns. */
  add: (entry: Entry) => void
  /** Whether the token is revoked. */
  has: (claims: TokenClaims) => boolean
}

/** A set that also remembers the keys that the log has ended. */
export interface WholeSet extends EntrySet {
  /** Everything that was added and still matters. */
  entries: () => Generator<Entry>
}

/** What a process forgets when it applies an entry, before it says that it has applied the entry. */
export interface Forgetting {
  /** The log has ended this key. */
  dropKey: (kid: string) => void
  /** The account has changed: the log ends its tokens, or names a generation that has no tokens. */
  dropUser: (userId: string) => void
  /** The log has ended this one token. */
  dropToken: (jti: string) => void
}

/** Adds the entries of tokens to `set`, and calls the function for the kind of the entry. */
export function createEntrySet(set: WholeSet, { dropKey, dropUser, dropToken }: Partial<Forgetting>): WholeSet {
  const endedKeys = new Set<string>()
  return {
    add(entry) {
      if (entry.expires_at !== never) {
        set.add(entry)
        if (entry.below_generation != null) dropUser?.(entry.jti)
        else if (entry.jti !== horizon) dropToken?.(entry.jti)
        return
      }
      endedKeys.add(entry.jti)
      dropKey?.(entry.jti)
    },
    has: set.has,
    *entries() {
      for (const kid of endedKeys) yield keyEntry(kid)
      yield* set.entries()
    },
  }
}
