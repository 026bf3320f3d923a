import type { Entry } from '../entry.ts'

/**
 * The revoked tokens that have not expired. Entries are grouped into slices by expiry. A check reads one slice, and
 * expired entries are dropped one slice at a time. A slice is an open-addressing hash table of 16-byte ids (linear
 * probing, at most 2/3 full), which takes 24 to 48 bytes for each entry.
 */
export interface RevokedSet {
  add: (entry: Entry) => void
  /**
   * Whether the token is revoked. Every token of a dropped slice counts as revoked.
   * @param expires_at the token's own expiry, which its entry has too
   */
  has: (jti: string, expires_at: number) => boolean
  /** Drops the slices that end before `now`. */
  dropExpired: (now: number) => void
  size: () => number
}

/** One minute. Short lifetimes need few slices, and an expired entry stays for at most a minute. */
const slice_ms = 60_000

export function createRevokedSet(): RevokedSet {
  const slices = new Map<number, Slice>()
  let horizon = Number.NEGATIVE_INFINITY
  return {
    add({ jti, expires_at }) {
      const at = Math.floor(expires_at / slice_ms)
      const slice = slices.get(at) ?? createSlice(16)
      slices.set(at, slice)
      insert(slice, jti)
    },
    has(jti, expires_at) {
      const at = Math.floor(expires_at / slice_ms)
      // If the clock was set back, a dropped slice may have had the token's entry.
      if (at < horizon) return true
      const slice = slices.get(at)
      return slice !== undefined && contains(slice, jti)
    },
    dropExpired(now) {
      horizon = Math.max(horizon, Math.floor(now / slice_ms))
      for (const at of slices.keys()) if (at < horizon) slices.delete(at)
    },
    size() {
      let size = 0
      for (const slice of slices.values()) size += slice.used
      return size
    },
  }
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
