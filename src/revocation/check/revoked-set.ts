import { type Entry, horizon, horizonEntry, type TokenClaims } from '../entry.ts'

/**
 * The revoked tokens that have not expired. Entries of tokens are grouped into slices by expiry. A check reads one slice, and
 * expired entries are dropped one slice at a time. A slice is an open-addressing hash table of 16-byte ids (linear
 * probing, at most 2/3 full), which takes 24 to 48 bytes for each entry.
 */
export interface RevokedSet {
  add: (entry: Entry) => void
  /** Whether the token is revoked. Every token that expires at the horizon or earlier counts as revoked. */
  has: (claims: TokenClaims) => boolean
  /** Number of entries in memory. */
  size: () => number
  /** In milliseconds since 1970. */
  horizon: () => number
  /** Tokens of the user with a lower generation are revoked. 0: the set knows of none. */
  generation: (userId: string) => number
  /**
   * Everything that the set has, as entries for another set. The expiry of a token is the end of its slice. The set may change
   * in between: each entry that is in the set from the first step to the last is among them.
   */
  entries: () => Generator<Entry>
}

/** One minute. Short lifetimes need few slices, and an expired entry stays for at most a minute below the horizon. */
const slice_ms = 60_000

export function createRevokedSet(): RevokedSet {
  const slices = new Map<number, Slice>()
  const users = new Map<string, RevokedUser>()
  let horizon_ms = Number.NEGATIVE_INFINITY
  const raiseHorizon = (to_ms: number) => {
    horizon_ms = to_ms
    for (const at of slices.keys()) if ((at + 1) * slice_ms <= to_ms) slices.delete(at)
    for (const [id, { expires_at }] of users) if (expires_at <= to_ms) users.delete(id)
  }
  return {
    add({ jti, expires_at, below_generation }) {
      if (expires_at <= horizon_ms) return
      if (jti === horizon) raiseHorizon(expires_at)
      else if (below_generation != null) addUser(users, jti, { below_generation, expires_at })
      else insert(sliceOf(slices, expires_at), jti)
    },
    has({ jti, sub, gen, exp }) {
      const expires_at = exp * 1000
      if (expires_at <= horizon_ms) return true
      // Most fleets have no such user at most times, and a look-up by a text of 36 characters costs more than this number.
      if (users.size > 0 && gen < (users.get(sub)?.below_generation ?? 0)) return true
      const slice = slices.get(Math.floor(expires_at / slice_ms))
      return slice !== undefined && contains(slice, jti)
    },
    size() {
      let size = users.size
      for (const slice of slices.values()) size += slice.used
      return size
    },
    horizon: () => horizon_ms,
    generation: (userId) => users.get(userId)?.below_generation ?? 0,
    *entries() {
      if (horizon_ms > 0) yield horizonEntry(horizon_ms)
      for (const [jti, user] of users) yield { jti, ...user }
      for (const [at, { words }] of slices) {
        for (const jti of idsIn(words)) yield { jti, expires_at: (at + 1) * slice_ms - 1000 }
      }
    },
  }
}

/** A user whose tokens were revoked together. */
interface RevokedUser {
  below_generation: number
  expires_at: number
}

function addUser(users: Map<string, RevokedUser>, id: string, added: RevokedUser): void {
  const known = users.get(id) ?? added
  users.set(id, {
    below_generation: Math.max(known.below_generation, added.below_generation),
    expires_at: Math.max(known.expires_at, added.expires_at),
  })
}

function sliceOf(slices: Map<number, Slice>, expires_at: number): Slice {
  const at = Math.floor(expires_at / slice_ms)
  const slice = slices.get(at) ?? createSlice(16)
  slices.set(at, slice)
  return slice
}

/** `words` has four words for each id. The second word has the UUID's version, so it is zero only in a free slot. */
interface Slice {
  words: Uint32Array
  slots: number
  used: number
}

function createSlice(slots: number): Slice {
  return { words: new Uint32Array(slots * 4), slots, used: 0 }
}

/** The words of the current id. One buffer is enough, because nothing here is asynchronous. */
const id = new Uint32Array(4)

/** Parses a UUID into `id` without allocating. */
function parseId(jti: string): void {
  id[0] = (parseWord16(jti, 0) << 16) | parseWord16(jti, 4)
  id[1] = (parseWord16(jti, 9) << 16) | parseWord16(jti, 14)
  id[2] = (parseWord16(jti, 19) << 16) | parseWord16(jti, 24)
  id[3] = (parseWord16(jti, 28) << 16) | parseWord16(jti, 32)
}

/** Parses four hexadecimal digits. */
function parseWord16(jti: string, at: number): number {
  return (
    (parseDigit(jti, at) << 12) |
    (parseDigit(jti, at + 1) << 8) |
    (parseDigit(jti, at + 2) << 4) |
    parseDigit(jti, at + 3)
  )
}

function parseDigit(jti: string, at: number): number {
  const code = jti.charCodeAt(at)
  return code <= 57 ? code - 48 : (code | 32) - 87
}

/** Finds the slot that has the id in `id`, or else the free slot for it. @returns an index into `words` */
function findSlot({ words, slots }: Slice): number {
  // By index, because destructuring a typed array uses its iterator and costs several times as much.
  const a = id[0] as number
  const b = id[1] as number
  const c = id[2] as number
  const d = id[3] as number
  // The last words of a version 7 UUID are random (RFC 9562 §5.7), so they serve as the hash.
  let slot = (c ^ d) & (slots - 1)
  for (;;) {
    const at = slot * 4
    if (words[at + 1] === 0) return at
    if (words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d) return at
    slot = (slot + 1) & (slots - 1)
  }
}

function* idsIn(words: Uint32Array): Generator<string> {
  for (let at = 0; at < words.length; at += 4) if (words[at + 1] !== 0) yield formatId(words, at)
}

/** Returns the UUID in four words. */
function formatId(words: Uint32Array, at: number): string {
  let digits = ''
  for (let word = 0; word < 4; word++) digits += (words[at + word] as number).toString(16).padStart(8, '0')
  const groups = [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)]
  return groups.join('-')
}

function contains(slice: Slice, jti: string): boolean {
  parseId(jti)
  return slice.words[findSlot(slice) + 1] !== 0
}

function insert(slice: Slice, jti: string): void {
  if (slice.used * 3 >= slice.slots * 2) grow(slice)
  parseId(jti)
  const at = findSlot(slice)
  if (slice.words[at + 1] !== 0) return
  slice.words.set(id, at)
  slice.used++
}

function grow(slice: Slice): void {
  const larger = createSlice(slice.slots * 2)
  for (let at = 0; at < slice.words.length; at += 4) {
    if (slice.words[at + 1] === 0) continue
    id.set(slice.words.subarray(at, at + 4))
    larger.words.set(id, findSlot(larger))
  }
  slice.words = larger.words
  slice.slots = larger.slots
}
