import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseEnv } from 'node:util'

/** The three profiles: what a setting's default may depend on. */
type Profile = 'development' | 'test' | 'production'

interface Setting<T> {
  /** How the value is written, for the README's table. */
  type: string
  /** What it is when nobody sets it; in words where it is computed or differs by profile. */
  fallback: (profile: Profile) => T
  fallback_text: string
  meaning: string
  /** @throws Error saying what a good value looks like; the setting's name is put before it. */
  parse: (text: string) => T
}

/** A setting that is unknown, malformed or unsafe; the message is one line that names it. */
export class SettingsError extends Error {
  override name = 'SettingsError'
}

function integer(fallback: number | Record<Profile, number>, min: number, max: number, meaning: string) {
  const of = (profile: Profile) => (typeof fallback === 'number' ? fallback : fallback[profile])
  const parse = (text: string) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= min && value <= max) return value
    throw new Error(`must be a whole number from ${min} to ${max}`)
  }
  const fallback_text =
    typeof fallback === 'number'
      ? String(fallback)
      : Object.entries(fallback)
          .map(([profile, value]) => `${value} (${profile})`)
          .join(', ')
  return { type: `${min} to ${max}`, fallback: of, fallback_text, meaning, parse } satisfies Setting<number>
}

function text(fallback: string, meaning: string, form = /^[^\0]+$/s, form_text = 'a text') {
  const parse = (value: string) => {
    if (form.test(value)) return value
    throw new Error(`must be ${form_text}`)
  }
  return {
    type: form_text,
    fallback: () => fallback,
    fallback_text: fallback,
    meaning,
    parse,
  } satisfies Setting<string>
}

function oneOf<const T extends string>(fallback: T, values: readonly T[], meaning: string) {
  const parse = (value: string) => {
    const found = values.find((each) => each === value)
    if (found !== undefined) return found
    throw new Error(`must be one of ${values.join(', ')}`)
  }
  return {
    type: values.join(', '),
    fallback: () => fallback,
    fallback_text: fallback,
    meaning,
    parse,
  } satisfies Setting<T>
}

function list(meaning: string, form: RegExp, form_text: string) {
  const parse = (value: string) => {
    const parts = value.split(',').map((part) => part.trim())
    if (parts.every((part) => form.test(part))) return parts
    throw new Error(`must be ${form_text}, separated by commas`)
  }
  const type = `${form_text}, separated by commas`
  return { type, fallback: (): string[] => [], fallback_text: 'none', meaning, parse } satisfies Setting<string[]>
}

/** libuv's pool also verifies signatures: hashes may never fill it (see ARCHITECTURE.md, the hot path). */
const threads = Number(process.env.UV_THREADPOOL_SIZE ?? 4)

/** Every setting there is. The README's table is printed from this one. */
export const settingsTable = {
  HOST: text('127.0.0.1', 'address to listen on'),
  PORT: integer(5000, 0, 65535, 'port to listen on; 0 takes a free one'),
  DATABASE_URL: text(
    'sqlite:data/latchkey.db',
    'where the data is: one SQLite file, or a PostgreSQL server (15 or newer)',
    /^(sqlite:.+|postgres(ql)?:\/\/.+)$/s,
    '`sqlite:path` or `postgres://…`',
  ),
  LATCHKEY_ENV: oneOf(
    'development',
    ['development', 'test', 'production'],
    'profile; production refuses to start on anything unsafe',
  ),
  TOKEN_TTL_SECONDS: integer({ development: 900, test: 5, production: 3600 }, 1, 86_400 * 30, 'lifetime of a token'),
  TOKEN_ALG: oneOf('ES256', ['ES256', 'EdDSA', 'RS256'], 'signature algorithm of new tokens (RFC 7518, RFC 8037)'),
  ISSUER: text('latchkey', '`iss` of every token', /^[\x21-\x7e]{1,255}$/, 'printable ASCII without spaces'),
  REALM_DOMAIN: text(
    'mydomain.com',
    'domain in the `WWW-Authenticate` realm',
    /^[A-Za-z0-9.-]{1,253}$/,
    'a domain name',
  ),
  LATCHKEY_SECRET: text(
    '',
    'seals the signing keys in the database; required in production',
    /^.{32,1024}$/su,
    '32 to 1,024 characters',
  ),
  SIGNING_KEY_FILE: text(
    '',
    'private key (JWK or PKCS #8 PEM) to sign with, in place of one that Latchkey makes itself',
  ),
  PASSWORD_MIN_LENGTH: integer(8, 1, 256, 'shortest password that can be registered, in characters'),
  ARGON2_MEMORY_KIB: integer(19_456, 8, 4_194_304, 'memory of one password hash (argon2id)'),
  ARGON2_PASSES: integer(2, 1, 100, 'passes of one password hash'),
  HASH_CONCURRENCY: integer(
    Math.min(Math.max(1, availableParallelism() - 1), threads - 1),
    1,
    threads - 1,
    'password hashes computed at once; the upper bound is UV_THREADPOOL_SIZE − 1',
  ),
  LOGIN_LIMIT_ACCOUNT: integer(10, 0, 1_000_000, 'failed logins of one account in 15 minutes; 0 is off'),
  LOGIN_LIMIT_ADDRESS: integer(100, 0, 1_000_000, 'failed logins from one address in 15 minutes; 0 is off'),
  RATE_LIMIT: integer(0, 0, 100_000_000, 'requests of one address in a minute; 0 is off'),
  CORS_ORIGINS: list(
    'origins whose pages may call the API',
    /^(\*|https?:\/\/[^\s/,]+)$/,
    'origins such as https://app.example, or *',
  ),
  TRUST_PROXY: list(
    'proxies whose `X-Forwarded-For` is believed',
    /^(loopback|linklocal|uniquelocal|[0-9a-fA-F:.]+(\/\d+)?)$/,
    'addresses, CIDR ranges, loopback, linklocal or uniquelocal',
  ),
  LOG_LEVEL: oneOf(
    'info',
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    'least level that is logged',
  ),
} satisfies Record<string, Setting<unknown>>

type Table = typeof settingsTable
/** The validated settings, by their names in the environment. */
export type Settings = { readonly [Name in keyof Table]: ReturnType<Table[Name]['parse']> }

const names = Object.keys(settingsTable) as (keyof Settings)[]

/**
 * Validates settings. An empty value counts as not set.
 * @throws SettingsError on a bad value, an unknown name that starts with LATCHKEY_, or a production profile that is unsafe.
 */
export function parseSettings(environment: Record<string, string | undefined>): Settings {
  for (const name of Object.keys(environment)) {
    if (name.startsWith('LATCHKEY_') && !(name in settingsTable)) throw new SettingsError(`${name} is not a setting`)
  }
  const profile = parseOne('LATCHKEY_ENV', environment, 'development') as Profile
  const entries = names.map((name) => [name, parseOne(name, environment, profile)] as const)
  const settings = Object.fromEntries(entries) as unknown as Settings
  if (profile === 'production') refuseUnsafe(settings)
  return settings
}

function parseOne(name: keyof Settings, environment: Record<string, string | undefined>, profile: Profile): unknown {
  const given = environment[name]
  const setting: Setting<unknown> = settingsTable[name]
  if (given === undefined || given === '') return setting.fallback(profile)
  try {
    return setting.parse(given)
  } catch (error) {
    throw new SettingsError(`${name} ${(error as Error).message}`)
  }
}

/** OWASP Password Storage Cheat Sheet, argon2id with p=1: least memory in KiB for 1, 2, 3, 4 and 5 or more passes. */
const owaspMinimum_kib = [47_104, 19_456, 12_288, 9_216, 7_168]

function refuseUnsafe(settings: Settings): void {
  const refuse = (why: string) => {
    throw new SettingsError(`${why} (LATCHKEY_ENV is production)`)
  }
  if (settings.LATCHKEY_SECRET === '') refuse('LATCHKEY_SECRET must be set: it seals the signing keys')
  const least_kib = owaspMinimum_kib[Math.min(settings.ARGON2_PASSES, 5) - 1] as number
  if (settings.ARGON2_MEMORY_KIB < least_kib) {
    refuse(`ARGON2_MEMORY_KIB must be at least ${least_kib} with ${settings.ARGON2_PASSES} passes`)
  }
  if (settings.PASSWORD_MIN_LENGTH < 8) refuse('PASSWORD_MIN_LENGTH must be at least 8')
  if (settings.CORS_ORIGINS.includes('*')) refuse('CORS_ORIGINS must name its origins')
}

/**
 * The settings of this process: the environment over an optional `.env` file in the working directory.
 * @throws SettingsError as {@link parseSettings}, and on a name in the file that is no setting.
 */
export function readSettings(): Settings {
  return parseSettings({ ...readEnvFile('.env'), ...process.env })
}

function readEnvFile(path: string): Record<string, string | undefined> {
  if (!existsSync(path)) return {}
  const values = parseEnv(readFileSync(path, 'utf8'))
  for (const name of Object.keys(values)) {
    if (!(name in settingsTable)) throw new SettingsError(`${name} in ${path} is not a setting`)
  }
  return values
}
