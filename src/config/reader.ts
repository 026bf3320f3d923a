import { totalmem } from 'node:os'
import { readEnvFile } from './env-file.ts'
import { type Circumstances, type Profile, parseInteger, type Setting, SettingsError } from './kinds.ts'
import { type Settings, settingsTable } from './table.ts'

const names = Object.keys(settingsTable) as (keyof Settings)[]

type Environment = Record<string, string | undefined>

/**
 * Reads the settings of this process: the environment, then an optional `.env` file in the working directory for the names
 * that the environment does not set.
 * @throws SettingsError as {@link parseSettings}, and for a name in the file that is not a setting
 */
export function readSettings(): Settings {
  return parseSettings({ ...withoutEmpty(readDotEnv()), ...withoutEmpty(process.env) }, machineMemory_bytes())
}

/** Says where a setting's value comes from. */
export function sourceOf(name: keyof Settings): 'environment' | '.env' | 'default' {
  if ((process.env[name] ?? '').trim() !== '') return 'environment'
  return (readDotEnv()[name] ?? '').trim() === '' ? 'default' : '.env'
}

/** Gives a setting a value that the command line has, for this process and for its workers. */
export function overrideSetting(name: keyof Settings, value: string): void {
  process.env[name] = value
}

/** The environment for a program that this process starts. */
export function readEnvironment(): Environment {
  return { ...process.env }
}

/**
 * Validates settings. An empty value counts as not set, and white space around a value does not count.
 * @param memory_bytes what this process can have
 * @throws SettingsError for a bad value, for an unknown name that starts with LATCHKEY_, for what this machine cannot do,
 *   and for an unsafe setting in production
 */
export function parseSettings(environment: Environment, memory_bytes = Number.POSITIVE_INFINITY): Settings {
  for (const [name, value = ''] of Object.entries(environment)) {
    if (!name.startsWith('LATCHKEY_') || isSetting(name) || isForeign(name, value)) continue
    const meant = name.slice('LATCHKEY_'.length)
    throw new SettingsError(`${name} is not a setting`, isSetting(meant) ? `the setting is ${meant}` : undefined)
  }
  const threads = readThreads(environment.UV_THREADPOOL_SIZE)
  // The default of LATCHKEY_ENV depends on no profile.
  const profile = parseOne('LATCHKEY_ENV', environment, { profile: 'development', threads }) as Profile
  const entries = names.map((name) => [name, parseOne(name, environment, { profile, threads })] as const)
  const settings = Object.fromEntries(entries) as Settings
  refuseImpossible(settings, memory_bytes)
  if (settings.SMTP_URL !== '' && settings.MAIL_FROM === '')
    throw new SettingsError('MAIL_FROM must be set, because SMTP_URL is set')
  if (profile === 'production') refuseUnsafe(settings)
  return settings
}

/** The variables of verifiers and of the gate, which may run beside the server. */
const ofVerifiers = /^LATCHKEY_(URL|CLIENT_ID|CLIENT_SECRET)$/
/** The variables that Kubernetes, and Docker for a link, set for a Service whose name begins with `latchkey`. */
const ofServices = /^LATCHKEY_(\w+_)?(SERVICE_(HOST|PORT(_\w+)?)|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?|NAME)$/
const ofServicePorts = /^LATCHKEY_(\w+_)?PORT$/

/** Whether another program sets this variable, for a purpose of its own. */
function isForeign(name: string, value: string): boolean {
  return (
    ofVerifiers.test(name) || ofServices.test(name) || (ofServicePorts.test(name) && /^(tcp|udp|sctp):\/\//.test(value))
  )
}

function isSetting(name: string): name is keyof Settings {
  return Object.hasOwn(settingsTable, name)
}

/**
 * Reads UV_THREADPOOL_SIZE as libuv does: 4 if unset, at most 1024. libuv takes a malformed value for 1; here it is an error.
 * https://docs.libuv.org/en/v1.x/threadpool.html
 */
function readThreads(size: string | undefined): number {
  try {
    return size === undefined ? 4 : parseInteger(size, 2, 1024)
  } catch (error) {
    throw new SettingsError(`UV_THREADPOOL_SIZE ${(error as Error).message}`)
  }
}

function parseOne(name: keyof Settings, environment: Environment, circumstances: Circumstances): unknown {
  const given = environment[name]?.trim()
  const setting: Setting<unknown> = settingsTable[name]
  if (given === undefined || given === '') return setting.fallback(circumstances)
  if (/^["']/.test(given)) {
    throw new SettingsError(
      `${name} begins with a quotation mark`,
      'docker run --env-file keeps quotes: leave them out',
    )
  }
  try {
    return setting.parse(given, circumstances)
  } catch (error) {
    const { message, hint } = error as SettingsError
    throw new SettingsError(`${name} ${message}`, hint)
  }
}

/** The memory of this machine, or of its container. */
function machineMemory_bytes(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY)
}

function refuseImpossible({ ARGON2_MEMORY_KIB, HASH_CONCURRENCY }: Settings, memory_bytes: number): void {
  if (ARGON2_MEMORY_KIB * HASH_CONCURRENCY * 1024 < memory_bytes) return
  const has = `${Math.floor(memory_bytes / 1024)} KiB`
  throw new SettingsError(`ARGON2_MEMORY_KIB × HASH_CONCURRENCY is more than the memory of this machine (${has})`)
}

/** OWASP Password Storage Cheat Sheet, argon2id with p=1: least memory in KiB for 1, 2, 3, 4 and 5 or more passes. */
const owaspMinimum_kib = [47_104, 19_456, 12_288, 9_216, 7_168]

function refuseUnsafe(settings: Settings): void {
  const refuse = (why: string, hint?: string) => {
    throw new SettingsError(`${why} (LATCHKEY_ENV is production)`, hint)
  }
  if (settings.LATCHKEY_SECRET === '') {
    refuse('LATCHKEY_SECRET must be set: it seals the signing keys', 'make one with: npx latchkey secret')
  }
  const least_kib = owaspMinimum_kib[Math.min(settings.ARGON2_PASSES, 5) - 1] as number
  if (settings.ARGON2_MEMORY_KIB < least_kib) {
    refuse(`ARGON2_MEMORY_KIB must be at least ${least_kib} with ARGON2_PASSES=${settings.ARGON2_PASSES}`)
  }
  if (settings.PASSWORD_MIN_LENGTH < 8) refuse('PASSWORD_MIN_LENGTH must be at least 8')
  if (settings.CORS_ORIGINS.includes('*')) refuse('CORS_ORIGINS must name its origins')
  if (settings.EMAIL_VERIFICATION !== 'off' && settings.SMTP_URL === '') {
    refuse(`EMAIL_VERIFICATION=${settings.EMAIL_VERIFICATION} needs SMTP_URL`)
  }
  if (settings.SMTP_URL !== '' && settings.PUBLIC_URL === '') {
    refuse('PUBLIC_URL must be set: the links in messages begin with it')
  }
  if (settings.DATABASE_URL === 'sqlite::memory:') refuse('DATABASE_URL must name a file or a server')
}

/** Drops empty values, so that an empty LATCHKEY_ENV in the environment does not hide `production` in the file. */
function withoutEmpty(environment: Environment): Environment {
  return Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => value?.trim() !== '' || !isSetting(name)),
  )
}

function readDotEnv(): Environment {
  const values = readEnvFile('.env')
  const unknown = Object.keys(values).find((name) => !isSetting(name) && !isForeign(name, values[name] ?? ''))
  if (unknown !== undefined) throw new SettingsError(`${unknown} in .env is not a setting`)
  return values
}
