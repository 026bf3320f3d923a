import { createHash } from 'node:crypto'
import { nameFormats, normalizeEmail } from '../accounts/names.ts'
import { readImportedHash } from '../credentials/imported-hash.ts'
import { storeImported } from '../credentials/imported-password.ts'
import { isUuid } from '../tokens/claims.ts'
import { Flaw, orFlaw } from './entry.ts'

/** An account of another system, in the form of a row. */
export interface ImportedUser {
  id: string
  email: string
  username: string | null
  password_hash: string
  admin: 0 | 1
  email_verified: 0 | 1
  /** Milliseconds since 1970. Undefined: unknown. */
  created_at: number | undefined
}

/** Reads the fields of an account. Other fields are ignored. */
export function readUser(fields: Record<string, unknown>): ImportedUser | Flaw {
  return orFlaw(() => {
    const email = normalizeEmail(textOf('email', fields.email) ?? '')
    refuse('email', email, nameFormats.email)
    const username = textOf('username', fields.username) ?? null
    if (username !== null) refuse('username', username, nameFormats.username)
    return {
      id: idOf(fields.public_id, email),
      email,
      username,
      password_hash: hashOf(fields.password_hash),
      admin: flagOf('admin', fields.admin),
      email_verified: flagOf('email_verified', fields.email_verified),
      created_at: instantOf(textOf('created_at', fields.created_at)),
    }
  })
}

function refuse(field: string, value: string, { accepts, sentence }: (typeof nameFormats)['email' | 'username']): void {
  if (!accepts(value)) throw new Flaw(sentence(field, value === '' ? field : shorten(value)))
}

const mostShown_chars = 300

function shorten(value: string): string {
  return value.length > mostShown_chars ? `${value.slice(0, mostShown_chars)}…` : value
}

function textOf(field: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw new Flaw(`${field} must be a text`)
  // PostgreSQL stores neither.
  if (value.includes('\0') || !value.isWellFormed()) throw new Flaw(`${field} has characters that no text may have`)
  return value
}

function flagOf(field: string, value: unknown): 0 | 1 {
  if (value === undefined || value === null || value === false) return 0
  if (value === true) return 1
  throw new Flaw(`${field} must be true or false`)
}

function hashOf(value: unknown): string {
  const text = textOf('password_hash', value)
  if (text === undefined) throw new Flaw('password_hash is missing')
  // The form in which PostgreSQL shows bytes.
  const hash = /^\\x([0-9a-f]{2})+$/i.test(text) ? Buffer.from(text.slice(2), 'hex').toString('latin1') : text
  const read = readImportedHash(hash)
  if (typeof read === 'string') throw new Flaw(`password_hash ${read}`)
  return storeImported(hash)
}

/** Returns the account's `public_id`, or an id that depends on the address alone. @throws Flaw */
export function idOf(value: unknown, email: string): string {
  const text = textOf('public_id', value)
  if (text === undefined) return derivedId('user', email)
  const id = text.toLowerCase()
  if (!isUuid(id)) throw new Flaw('public_id must be a UUID')
  return id
}

/**
 * Returns the same UUID for the same name, so that a second import knows what the first has made. Version 8, because the bits
 * come from SHA-256 (RFC 9562 §5.8).
 */
export function derivedId(kind: 'user' | 'widget', name: string): string {
  const bytes = createHash('sha256').update(`latchkey import ${kind} ${name}`).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

const instantForm = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?) ?([Zz]|[+-]\d\d(?::?\d\d)?)?$/

/** Reads ISO 8601, also as databases write it. Without an offset the time is in UTC. @throws Flaw */
function instantOf(text: string | undefined): number | undefined {
  const instant = text === undefined ? undefined : parseInstant(text)
  if (text !== undefined && (instant === undefined || instant < 0))
    throw new Flaw('created_at must be an instant such as 2030-01-31T12:00:00Z')
  return instant
}

/** @returns milliseconds since 1970, or undefined if the text is not an instant */
export function parseInstant(text: string): number | undefined {
  const [, date, time, offset = 'Z'] = instantForm.exec(text) ?? []
  if (date === undefined) return undefined
  try {
    return Temporal.Instant.from(`${date}T${time}${offset}`).epochMilliseconds
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
