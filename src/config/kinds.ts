import { isIP } from 'node:net'
import { availableParallelism } from 'node:os'
import { withoutSlashes } from '../format.ts'

export type Profile = 'development' | 'test' | 'production'

/** What a default value, or the range of a value, may depend on. */
export interface Circumstances {
  profile: Profile
  /** Size of libuv's thread pool. */
  threads: number
}

/** One setting: how its text becomes a value, and what docs/settings.md says about it. */
export interface Setting<T> {
  /** The accepted values, in words. */
  type: string
  /** The value of a setting that is not set. */
  fallback: (circumstances: Circumstances) => T
  /** The default in words, for the settings whose default depends on the profile or the machine. */
  fallback_text: string
  meaning: string
  /** @throws SettingsError that describes an accepted value. The reader puts the name of the setting before it. */
  parse: (text: string, circumstances: Circumstances) => T
}

/** A setting that is unknown, malformed or unsafe. The message is one line that names the setting. */
export class SettingsError extends Error {
  override name = 'SettingsError'
  /** A line of advice. */
  readonly hint: string | undefined

  constructor(message: string, hint?: string) {
    super(message)
    this.hint = hint
  }
}

function badValue(type: string, hint?: string): SettingsError {
  return new SettingsError(`must be ${type}`, hint)
}

export function parseInteger(text: string, min: number, max: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= min && value <= max) return value
  throw badValue(`a whole number from ${min} to ${max}`)
}

function describeFallback(fallback: string | number | Record<Profile, string | number>): string {
  if (typeof fallback !== 'object') return String(fallback)
  return Object.entries(fallback)
    .map(([profile, value]) => `${value} (${profile})`)
    .join(', ')
}

/** @param fallback one default, or one for each profile */
export function integer(fallback: number | Record<Profile, number>, min: number, max: number, meaning: string) {
  const byProfile = typeof fallback === 'number' ? undefined : fallback
  return {
    type: `${min} to ${max}`,
    fallback: ({ profile }) => byProfile?.[profile] ?? (fallback as number),
    fallback_text: describeFallback(fallback),
    meaning,
    parse: (text) => parseInteger(text, min, max),
  } satisfies Setting<number>
}

/** Names a common mistake in a rejected value. The advice never contains a part of the value, which may be secret. */
type Advise = (value: string) => string | undefined

const noAdvice: Advise = () => undefined

/** @param rule `accepts` decides about a value; `type` describes the accepted values */
export function text(
  fallback: string,
  meaning: string,
  rule: { type: string; accepts: (value: string) => boolean; advise?: Advise },
) {
  const parse = (value: string) => {
    if (rule.accepts(value)) return value
    throw badValue(rule.type, (rule.advise ?? noAdvice)(value))
  }
  return {
    type: rule.type,
    fallback: () => fallback,
    fallback_text: fallback || 'none',
    meaning,
    parse,
  } satisfies Setting<string>
}

/** @param fallback one default, or one for each profile */
export function oneOf<const T extends string>(fallback: T | Record<Profile, T>, values: readonly T[], meaning: string) {
  const parse = (value: string) => {
    const found = values.find((each) => each === value)
    if (found !== undefined) return found
    throw badValue(`one of ${values.join(', ')}`)
  }
  return {
    type: values.join(', '),
    fallback: ({ profile }) => (typeof fallback === 'string' ? fallback : fallback[profile]),
    fallback_text: describeFallback(fallback),
    meaning,
    parse,
  } satisfies Setting<T>
}

/** A list of values, separated by commas. @param rule `accepts` decides about one value of the list */
export function list(
  meaning: string,
  rule: { type: string; accepts: (part: string) => boolean; most?: number; advise?: Advise },
) {
  const parse = (value: string) => {
    const parts = value.split(',').map((part) => part.trim())
    if (parts.every(rule.accepts) && parts.length <= (rule.most ?? Number.POSITIVE_INFINITY)) return parts
    throw badValue(rule.type, (rule.advise ?? noAdvice)(value))
  }
  return {
    type: rule.type,
    fallback: (): string[] => [],
    fallback_text: 'none',
    meaning,
    parse,
  } satisfies Setting<string[]>
}

const maxPublicUrl_chars = 200

/** The address under which clients reach the service, without a slash at its end. Empty: the address it listens on. */
export const publicUrl = {
  type: `an http or https URL without query, fragment and credentials, at most ${maxPublicUrl_chars} characters`,
  fallback: () => '',
  fallback_text: 'the address that it listens on',
  meaning: 'how clients reach Latchkey, with the path of a proxy if there is one; the servers of a fleet need the same',
  parse(value) {
    const url = URL.parse(value)
    // A backslash, a tab or a missing slash would be corrected silently, and clients would compare another text.
    const isPlain = /^https?:\/\/[\x21\x23-\x5b\x5d-\x7e]+$/.test(value) && value.length <= maxPublicUrl_chars
    if (url === null || !isPlain || /[?#@]/.test(value)) throw badValue(this.type)
    return withoutSlashes(url.href)
  },
} satisfies Setting<string>

export const adviseOrigin: Advise = (value) =>
  value.split(',').some((part) => part.trim().endsWith('/')) ? 'an origin has no slash at its end' : undefined

/** Accepts an origin as browsers write it in `Origin` (RFC 6454 §6.2). Another spelling would match no request. */
export function isOrigin(part: string): boolean {
  return /^https?:/.test(part) && URL.canParse(part) && new URL(part).origin === part
}

export function isProxy(part: string): boolean {
  if (/^(loopback|linklocal|uniquelocal)$/.test(part)) return true
  const [, address = '', prefix] = /^([0-9a-fA-F:.]+)(?:\/(\d{1,3}))?$/.exec(part) ?? []
  const bits = { 4: 32, 6: 128 }[isIP(address)] ?? 0
  return bits > 0 && (prefix === undefined || (Number(prefix) >= 1 && Number(prefix) <= bits))
}

export const hashConcurrency = {
  type: '1 to UV_THREADPOOL_SIZE − 1',
  fallback: ({ threads }) => Math.max(1, Math.min(availableParallelism() - 1, threads - 1)),
  fallback_text: 'cores − 1, at most UV_THREADPOOL_SIZE − 1',
  meaning:
    'password hashes computed at once; signatures are verified in the same thread pool and need one thread of it. `UV_THREADPOOL_SIZE` (4 unless set) is read from the environment only, not from `.env`',
  parse: (text, { threads }) => parseInteger(text, 1, threads - 1),
} satisfies Setting<number>
