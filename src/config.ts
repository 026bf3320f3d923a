import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { availableParallelism } from 'node:os'
import { parseEnv } from 'node:util'

type Profile = 'development' | 'test' | 'production'

/** What a setting's default and its bounds may depend on. */
interface Circumstances {
  profile: Profile
  /** Size of libuv's thread pool. */
  threads: number
}

interface Setting<T> {
  /** How the value is written, for the README's table. */
  type: string
  /** What it is when nobody sets it. */
  fallback: (circumstances: Circumstances) => T
  /** The same for the README's table: in words where it differs by profile or machine. */
  fallback_text: string
  meaning: string
  /** @throws SettingsError saying what a good value looks like; the setting's name is put before it. */
  parse: (text: string, circumstances: Circumstances) => T
}

/** A setting that is unknown, malformed or unsafe; the message is one line that names it. */
export class SettingsError extends Error {
  override name = 'SettingsError'
  /** A line of advice. */
  readonly hint: string | undefined

  constructor(message: string, hint?: string) {
    super(message)
    this.hint = hint
  }
}

/** Its message goes behind the setting's name. */
function badValue(type: string, hint?: string): SettingsError {
  return new SettingsError(`must be ${type}`, hint)
}

function parseInteger(text: string, min: number, max: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= min && value <= max) return value
  throw badValue(`a whole number from ${min} to ${max}`)
}

function integer(fallback: number | Record<Profile, number>, min: number, max: number, meaning: string) {
  const byProfile = typeof fallback === 'number' ? undefined : fallback
  return {
    type: `${min} to ${max}`,
    fallback: ({ profile }) => byProfile?.[profile] ?? (fallback as number),
    fallback_text: byProfile
      ? Object.entries(byProfile)
          .map(([profile, value]) => `${value} (${profile})`)
          .join(', ')
      : String(fallback),
    meaning,
    parse: (text) => parseInteger(text, min, max),
  } satisfies Setting<number>
}

/** Says what is often wrong with a value like this one; never a part of the value, which may be secret. */
type Advise = (value: string) => string | undefined

const noAdvice: Advise = () => undefined

function text(fallback: string, meaning: string, type: string, accepts: (value: string) => boolean, advise = noAdvice) {
  const parse = (value: string) => {
    if (accepts(value)) return value
    throw badValue(type, advise(value))
  }
  return { type, fallback: () => fallback, fallback_text: fallback || 'none', meaning, parse } satisfies Setting<string>
}

function oneOf<const T extends string>(fallback: T, values: readonly T[], meaning: string) {
  const parse = (value: string) => {
    const found = values.find((each) => each === value)
    if (found !== undefined) return found
    throw badValue(`one of ${values.join(', ')}`)
  }
  return {
    type: values.join(', '),
    fallback: () => fallback,
    fallback_text: fallback,
    meaning,
    parse,
  } satisfies Setting<T>
}

function list(meaning: string, type: string, accepts: (part: string) => boolean, advise = noAdvice) {
  const parse = (value: string) => {
    const parts = value.split(',').map((part) => part.trim())
    if (parts.every(accepts)) return parts
    throw badValue(type, advise(value))
  }
  return { type, fallback: (): string[] => [], fallback_text: 'none', meaning, parse } satisfies Setting<string[]>
}

/** `sqlite://…` is refused: to some programs it names a relative path, to others an absolute one. */
function isDatabaseUrl(value: string): boolean {
  if (value.startsWith('sqlite:')) return /^sqlite:(?!\/\/)./.test(value)
  // What follows a # is no part of a URL that is sent anywhere: it is a password, cut off in the middle.
  return /^postgres(ql)?:\/\/[^#]+$/.test(value) && URL.canParse(value)
}

const adviseEncoding: Advise = (value) =>
  value.startsWith('postgres')
    ? 'in the user and the password, write special characters percent-encoded: # is %23, / is %2F, @ is %40'
    : undefined

const adviseOrigin: Advise = (value) =>
  value.split(',').some((part) => part.trim().endsWith('/')) ? 'an origin has no slash at its end' : undefined

/** As browsers write it in `Origin` (RFC 6454 §6.2): anything else would never match. */
function isOrigin(part: string): boolean {
  return /^https?:/.test(part) && URL.canParse(part) && new URL(part).origin === part
}

function isProxy(part: string): boolean {
  if (/^(loopback|linklocal|uniquelocal)$/.test(part)) return true
  const [, address = '', prefix] = /^([0-9a-fA-F:.]+)(?:\/(\d{1,3}))?$/.exec(part) ?? []
  const bits = { 4: 32, 6: 128 }[isIP(address)] ?? 0
  return bits > 0 && (prefix === undefined || (Number(prefix) >= 1 && Number(prefix) <= bits))
}

const hashConcurrency = {
  type: '1 to UV_THREADPOOL_SIZE − 1',
  fallback: ({ threads }) => Math.max(1, Math.min(availableParallelism() - 1, threads - 1)),
  fallback_text: 'cores − 1, at most UV_THREADPOOL_SIZE − 1',
  meaning:
    'password hashes computed at once; signatures are verified in the same thread pool and need one thread of it. `UV_THREADPOOL_SIZE` (4 unless set) is read from the environment only, not from `.env`',
  parse: (text, { threads }) => parseInteger(text, 1, threads - 1),
} satisfies Setting<number>

/** Every setting there is. The README's table is printed from this one. */
export const settingsTable = {
  HOST: text('127.0.0.1', 'address to listen on', 'an address or a name', (value) => /^[A-Za-z0-9.:%_-]+$/.test(value)),
  PORT: integer(5000, 0, 65535, 'port to listen on; 0 takes a free one'),
  DATABASE_URL: text(
    'sqlite:data/latchkey.db',
    'where the data is: one SQLite file, or a PostgreSQL server (15 or newer)',
    'sqlite:path or postgres://…',
    isDatabaseUrl,
    adviseEncoding,
  ),
  LATCHKEY_ENV: oneOf(
    'development',
    ['development', 'test', 'production'],
    'profile; production refuses to start on anything unsafe',
  ),
  TOKEN_TTL_SECONDS: integer({ development: 900, test: 5, production: 3600 }, 1, 86_400 * 30, 'lifetime of a token'),
  TOKEN_ALG: oneOf('ES256', ['ES256', 'EdDSA', 'RS256'], 'signature algorithm of new tokens (RFC 7518, RFC 8037)'),
  ISSUER: text('latchkey', '`iss` of every token', 'printable ASCII without spaces, at most 255', (value) =>
    /^[\x21-\x7e]{1,255}$/.test(value),
  ),
  REALM_DOMAIN: text('mydomain.com', 'domain in the `WWW-Authenticate` realm', 'a domain name', (value) =>
    /^[A-Za-z0-9.-]{1,253}$/.test(value),
  ),
  LATCHKEY_SECRET: text(
    '',
    'seals the signing keys in the database; required in production',
    '32 to 1024 characters',
    (value) => /^.{32,1024}$/su.test(value),
  ),
  SIGNING_KEY_FILE: text(
    '',
    'private key (JWK or PKCS #8 PEM) to sign with, in place of one that Latchkey makes itself',
    'a path',
    () => true,
  ),
  PASSWORD_MIN_LENGTH: integer(8, 1, 256, 'shortest password that can be registered, in characters'),
  ARGON2_MEMORY_KIB: integer(19_456, 8, 4_194_304, 'memory of one password hash (argon2id)'),
  ARGON2_PASSES: integer(2, 1, 100, 'passes of one password hash'),
  HASH_CONCURRENCY: hashConcurrency,
  LOGIN_LIMIT_ACCOUNT: integer(10, 0, 1_000_000, 'failed logins of one account in 15 minutes; 0 is off'),
  LOGIN_LIMIT_ADDRESS: integer(100, 0, 1_000_000, 'failed logins from one address in 15 minutes; 0 is off'),
  LEASE_MS: integer(
    1000,
    100,
    60_000,
    'PostgreSQL: how long a node may answer from memory after it last heard from the database, and how long a revocation waits for a node that is silent',
  ),
  ON_STALE: oneOf(
    'ask',
    ['ask', 'refuse'],
    'PostgreSQL: what a node does about a token while it cannot answer from memory: ask the database, or refuse with 503',
  ),
  RATE_LIMIT: integer(
    0,
    0,
    100_000_000,
    'requests of one address in a minute, but for the probes and `/metrics`; 0 is off',
  ),
  CORS_ORIGINS: list(
    'origins whose pages may call the API',
    'origins such as https://app.example, separated by commas, or *',
    (part) => part === '*' || isOrigin(part),
    adviseOrigin,
  ),
  TRUST_PROXY: list(
    'proxies whose `X-Forwarded-For` is believed',
    'addresses, CIDR ranges, loopback, linklocal or uniquelocal, separated by commas',
    isProxy,
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

type Environment = Record<string, string | undefined>

/**
 * Validates settings. An empty value counts as not set.
 * @throws SettingsError on a bad value, an unknown name that starts with LATCHKEY_, or a production profile that is unsafe.
 */
export function parseSettings(environment: Environment): Settings {
  for (const name of Object.keys(environment)) {
    if (name.startsWith('LATCHKEY_') && !isSetting(name)) throw new SettingsError(`${name} is not a setting`)
  }
  const threads = readThreads(environment.UV_THREADPOOL_SIZE)
  // The profile's own default depends on nothing.
  const profile = parseOne('LATCHKEY_ENV', environment, { profile: 'development', threads }) as Profile
  const entries = names.map((name) => [name, parseOne(name, environment, { profile, threads })] as const)
  const settings = Object.fromEntries(entries) as unknown as Settings
  if (profile === 'production') refuseUnsafe(settings)
  return settings
}

function isSetting(name: string): name is keyof Settings {
  return Object.hasOwn(settingsTable, name)
}

/** libuv reads it by itself, takes anything odd for 1 and bounds it at 1024; unset, it has 4. https://docs.libuv.org/en/v1.x/threadpool.html */
function readThreads(size: string | undefined): number {
  try {
    return size === undefined ? 4 : parseInteger(size, 2, 1024)
  } catch (error) {
    throw new SettingsError(`UV_THREADPOOL_SIZE ${(error as Error).message}`)
  }
}

function parseOne(name: keyof Settings, environment: Environment, circumstances: Circumstances): unknown {
  const given = environment[name]
  const setting: Setting<unknown> = settingsTable[name]
  if (given === undefined || given === '') return setting.fallback(circumstances)
  try {
    return setting.parse(given, circumstances)
  } catch (error) {
    const { message, hint } = error as SettingsError
    throw new SettingsError(`${name} ${message}`, hint)
  }
}

/** OWASP Password Storage Cheat Sheet, argon2id with p=1: least memory in KiB for 1, 2, 3, 4 and 5 or more passes. */
const owaspMinimum_kib = [47_104, 19_456, 12_288, 9_216, 7_168]

function refuseUnsafe(settings: Settings): void {
  const refuse = (why: string, hint?: string) => {
    throw new SettingsError(`${why} (LATCHKEY_ENV is production)`, hint)
  }
  if (settings.LATCHKEY_SECRET === '') {
    refuse('LATCHKEY_SECRET must be set: it seals the signing keys', 'make one with: openssl rand -base64 32')
  }
  const least_kib = owaspMinimum_kib[Math.min(settings.ARGON2_PASSES, 5) - 1] as number
  if (settings.ARGON2_MEMORY_KIB < least_kib) {
    refuse(`ARGON2_MEMORY_KIB must be at least ${least_kib} with ARGON2_PASSES=${settings.ARGON2_PASSES}`)
  }
  if (settings.PASSWORD_MIN_LENGTH < 8) refuse('PASSWORD_MIN_LENGTH must be at least 8')
  if (settings.CORS_ORIGINS.includes('*')) refuse('CORS_ORIGINS must name its origins')
  if (settings.DATABASE_URL === 'sqlite::memory:') refuse('DATABASE_URL must name a file or a server')
}

/**
 * The settings of this process: the environment over an optional `.env` file in the working directory.
 * @throws SettingsError as {@link parseSettings}, and on a name in the file that is no setting.
 */
export function readSettings(): Settings {
  return parseSettings({ ...withoutEmpty(readEnvFile('.env')), ...withoutEmpty(process.env) })
}

/** What is set to nothing must not hide what the file says: an empty LATCHKEY_ENV would undo `production`. */
function withoutEmpty(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name, value]) => value !== '' || !isSetting(name)))
}

function readEnvFile(path: string): Environment {
  const text = readIfThere(path)
  const line = findOtherLine(text)
  if (line !== undefined) throw new SettingsError(`line ${line} of ${path} is no NAME=value`)
  const values = parseEnv(text)
  const unknown = Object.keys(values).find((name) => !isSetting(name))
  if (unknown !== undefined) throw new SettingsError(`${unknown} in ${path} is not a setting`)
  return values
}

/** The number of the first line that says nothing: `parseEnv` passes over it. No setting needs more than a line. */
function findOtherLine(text: string): number | undefined {
  const lines = text.split('\n').map((line) => line.trim())
  const at = lines.findIndex((line) => line !== '' && !line.startsWith('#') && !line.includes('='))
  return at < 0 ? undefined : at + 1
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return ''
    throw new SettingsError(`${path} cannot be read (${code})`)
  }
}
