import type { Entry } from '../entry.ts'

/**
 * The revoked tokens that have not expired yet. Sorted into slices by expiry, so that a check looks into one slice and
 * what has expired leaves a slice at a time; within a slice, ids lie as 16 bytes each in an open-addressing table
 * (linear probing, at most 2/3 full): 24 to 48 bytes an entry.
 */
export interface RevokedSet {
  add: (entry: Entry) => void
  /** @param expires_at the token's own expiry: the same that its entry has; before what was dropped, everything is revoked */
  has: (jti: string, expires_at: number) => boolean
  /** Drops slices that lie wholly before `now`. */
  dropExpired: (now: number) => void
  size: () => number
}

/** A minute: few slices for short lifetimes, and expired entries stay for a minute at most. */
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
      // What was dropped may have held it, should the clock be set back.
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

/** `words` holds four words an id. The second one holds the UUID's version, so it is zero only where a place is free. */
interface Slice {
  words: Uint32Array
  places: number
  used: number
}

function createSlice(places: number): Slice {
  return { words: new Uint32Array(places * 4), places, used: 0 }
}

/** The words of the id being looked at; one at a time, since nothing here waits. */
const id = new Uint32Array(4)

/** Parses a UUID without allocating: hexadecimal digits at fixed places, hyphens between. */
function read(jti: string): void {
  id[0] = (quarter(jti, 0) << 16) | quarter(jti, 4)
  id[1] = (quarter(jti, 9) << 16) | quarter(jti, 14)
  id[2] = (quarter(jti, 19) << 16) | quarter(jti, 24)
  id[3] = (quarter(jti, 28) << 16) | quarter(jti, 32)
}

/** The value of four digits. */
function quarter(jti: string, at: number): number {
  return (digit(jti, at) << 12) | (digit(jti, at + 1) << 8) | (digit(jti, at + 2) << 4) | digit(jti, at + 3)
}

function digit(jti: string, at: number): number {
  const code = jti.charCodeAt(at)
  return code <= 57 ? code - 48 : (code | 32) - 87
}

/** The place of the id in `id`: where it is, or where it would go. */
function findPlace({ words, places }: Slice): number {
  // By index: taking a typed array apart by pattern goes through its iterator, at several times the cost.
  const a = id[0] as number
  const b = id[1] as number
  const c = id[2] as number
  const d = id[3] as number
  // The last words of a version 7 UUID are random (RFC 9562 §5.7), so they are hash enough.
  let place = (c ^ d) & (places - 1)
  for (;;) {
    const at = place * 4
    if (words[at + 1] === 0) return at
    if (words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d) return at
    place = (place + 1) & (places - 1)
  }
}

function contains(slice: Slice, jti: string): boolean {
  read(jti)
  return slice.words[findPlace(slice) + 1] !== 0
}

function insert(slice: Slice, jti: string): void {
  if (slice.used * 3 >= slice.places * 2) grow(slice)
  read(jti)
  const at = findPlace(slice)
  if (slice.words[at + 1] !== 0) return
  slice.words.set(id, at)
  slice.used++
}

function grow(slice: Slice): void {
  const larger = createSlice(slice.places * 2)
  for (let at = 0; at < slice.words.length; at += 4) {
    if (slice.words[at + 1] === 0) continue
    id.set(slice.words.subarray(at, at + 4))
    larger.words.set(id, findPlace(larger))
  }
  slice.words = larger.words
  slice.places = larger.places
}
