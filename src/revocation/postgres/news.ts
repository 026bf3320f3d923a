import { createHash, timingSafeEqual } from 'node:crypto'
import { type Entry, type Position, start } from '../entry.ts'
import type { Event } from '../protocol/messages.ts'
import { logChannel } from './records.ts'

/** A notification. */
export type Hint = Event & { kind: 'hint' }

/** The text of a notification after its signature, as the function `tell` of the database writes the text. */
interface NewsJson {
  /** Of the log. */
  by: string | null
  after_seq: number | null
  after_mark: string | null
  entries: Entry[]
  /** Of a row. */
  id: string
  incarnation: string
  /** Of both. */
  seq: number
  mark: string
}

/** Hex digits in front of the text: the signature. */
const digits = 64

/**
 * Reads a notification. Any role that may connect to the database can send one, so a text counts only with its signature.
 * Without a text, or with a wrong signature, the notification says only that something has changed.
 * @param key the fleet's `notify_key`
 */
export function readHint(channel: string, payload: string, key: string): Hint {
  const of = channel === logChannel ? 'log' : 'rows'
  const text = payload.slice(digits)
  if (text === '' || !isSigned(text, payload.slice(0, digits), key)) return { kind: 'hint', of }
  const news = JSON.parse(text) as NewsJson
  const last = { seq: news.seq, mark: news.mark }
  if (of === 'rows') {
    return { kind: 'hint', of, shown: { id: news.id, applied: last, incarnation: news.incarnation } }
  }
  const { after_seq, after_mark, entries, by } = news
  return { kind: 'hint', of, news: { after: positionIn(after_seq, after_mark), entries, last, by: by ?? undefined } }
}

function positionIn(seq: number | null, mark: string | null): Position {
  return seq === null || mark === null ? start : { seq, mark }
}

/** The nested form keeps a signature from being extended to a longer text (RFC 2104 says why). */
function isSigned(text: string, signature: string, key: string): boolean {
  const inner = createHash('sha256').update(key).update(text).digest()
  const expected = createHash('sha256').update(key).update(inner).digest()
  const given = Buffer.from(signature, 'hex')
  return given.length === expected.length && timingSafeEqual(given, expected)
}
