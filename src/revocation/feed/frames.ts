// The messages of the feed, as docs/feed.md defines them: JSON objects, one in each WebSocket text message.

import { type Entry, horizon, horizonEntry, keyEntry, never, type Position } from '../entry.ts'

/** The WebSocket subprotocol (RFC 6455 §1.9). A later version gets another name. */
export const subprotocol = 'latchkey.revocations.v1'

/** Bytes in a message of the client. The server cuts a client that sends more. */
export const clientFrameLimit = 1024

/** Entries in one message of a snapshot. What the server reads at once has at most 10,000, so no message has 1 MiB. */
export const entriesPerFrame = 4000

/** A message of the client. */
export type ClientFrame =
  /** The first message. `after`: the client holds everything up to this position, so only the rest is sent. */
  | { type: 'follow'; after?: Position }
  /** Asks for a lease. `n` counts the questions on this connection, from 1. */
  | { type: 'renew'; n: number }
  /** The client has applied everything up to the entry with this number. */
  | { type: 'applied'; seq: number }
  /** The client has given up every lease of this connection. */
  | { type: 'ended' }

/** A message of the server. */
export type ServerFrame =
  /** The first message. `lease_ms`: the longest lease that this server grants. */
  | { type: 'welcome'; lease_ms: number }
  /** Entries of the log, in order. `last`: the client now holds everything up to this position. Undefined: more follows. */
  | { type: 'entries'; entries: Entry[]; last: Position | undefined }
  /** The answer to question `n`: a lease of this length, which counts from before the question. 0: no lease now. */
  | { type: 'lease'; n: number; for_ms: number }
  /** The server leaves. The client gives its lease up and answers `ended`. */
  | { type: 'end' }

/** Returns the text of a server's message. */
export function formatFrame(frame: ServerFrame): string {
  return JSON.stringify(frame.type === 'entries' ? formatEntries(frame) : frame)
}

/** Entries as JSON. `tokens` groups the ids of tokens by expiry, in seconds since 1970 (RFC 7519 §4.1.4). */
interface EntriesJson {
  type: 'entries'
  tokens?: Record<string, string[]>
  users?: { sub: string; below_generation: number; exp: number }[]
  keys?: string[]
  /** Every token that expires at this time or earlier is revoked. */
  horizon?: number
  seq?: number
  mark?: string
}

function formatEntries({ entries, last }: ServerFrame & { type: 'entries' }): EntriesJson {
  const json: EntriesJson = { type: 'entries' }
  for (const entry of entries) addEntry(json, entry)
  return { ...json, ...last }
}

function addEntry(json: EntriesJson, { jti, expires_at, below_generation }: Entry): void {
  if (expires_at === never) {
    json.keys ??= []
    json.keys.push(jti)
  } else if (jti === horizon) {
    json.horizon = Math.max(json.horizon ?? 0, Math.floor(expires_at / 1000))
  } else if (below_generation != null) {
    json.users ??= []
    json.users.push({ sub: jti, below_generation, exp: Math.ceil(expires_at / 1000) })
  } else {
    json.tokens ??= {}
    const exp = Math.ceil(expires_at / 1000)
    const sameExpiry = json.tokens[exp] ?? []
    sameExpiry.push(jti)
    json.tokens[exp] = sameExpiry
  }
}

/** Reads a client's message. @returns undefined if the text is no message of this version */
export function parseClientFrame(text: string): ClientFrame | undefined {
  const json = parseObject(text)
  if (json === undefined) return undefined
  const { type, after, n, seq } = json
  if (type === 'follow' && after === undefined) return { type }
  if (type === 'follow') return isPosition(after) ? { type, after: { seq: after.seq, mark: after.mark } } : undefined
  if (type === 'renew') return isCount(n) && n > 0 ? { type, n } : undefined
  if (type === 'applied') return isCount(seq) ? { type, seq } : undefined
  return type === 'ended' ? { type } : undefined
}

/** Reads a server's message. @returns undefined if the text is no message of this version */
export function parseServerFrame(text: string): ServerFrame | undefined {
  const json = parseObject(text)
  if (json === undefined) return undefined
  const { type, lease_ms, n, for_ms } = json
  if (type === 'welcome') return isLength(lease_ms) && lease_ms > 0 ? { type, lease_ms } : undefined
  if (type === 'lease') return isCount(n) && isLength(for_ms) ? { type, n, for_ms } : undefined
  if (type === 'entries') return parseEntries(json)
  return type === 'end' ? { type } : undefined
}

function parseEntries(json: Record<string, unknown>): ServerFrame | undefined {
  const { tokens = {}, users = [], keys = [], horizon: up_to, seq, mark } = json
  if (!isObject(tokens) || !Array.isArray(users) || !Array.isArray(keys)) return undefined
  if (up_to !== undefined && !isCount(up_to)) return undefined
  const last = seq === undefined ? undefined : { seq, mark }
  if (last !== undefined && !isPosition(last)) return undefined
  const entries: Entry[] = []
  for (const [exp, ids] of Object.entries(tokens)) {
    const expires_at = Number(exp) * 1000
    if (!isCount(expires_at) || !Array.isArray(ids) || !ids.every(isId)) return undefined
    for (const jti of ids) entries.push({ jti, expires_at })
  }
  for (const user of users) {
    if (!isObject(user)) return undefined
    const { sub, below_generation, exp } = user
    if (!isId(sub) || !isCount(below_generation) || !isCount(exp)) return undefined
    entries.push({ jti: sub, expires_at: exp * 1000, below_generation })
  }
  for (const kid of keys) {
    if (typeof kid !== 'string') return undefined
    entries.push(keyEntry(kid))
  }
  if (up_to !== undefined) entries.push(horizonEntry(up_to * 1000))
  return { type: 'entries', entries, last }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(text)
    return isObject(json) ? json : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isLength(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/

function isId(value: unknown): value is string {
  return typeof value === 'string' && uuid.test(value)
}

function isPosition(value: unknown): value is Position {
  return isObject(value) && isCount(value.seq) && typeof value.mark === 'string' && value.mark.length <= 64
}
