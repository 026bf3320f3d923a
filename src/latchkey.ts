import type { FastifyInstance } from 'fastify'
import { LRUCache } from 'lru-cache'
import { type Logger, pino } from 'pino'
import { createHasher } from './accounts/hasher.ts'
import { createProfiles } from './accounts/profiles.ts'
import { createThrottle } from './accounts/throttle.ts'
import type { Settings } from './config.ts'
import { housekeep } from './housekeeping.ts'
import { buildApp } from './http/app.ts'
import type { Ports } from './ports.ts'
import { openRowRevocation } from './revocation/by-row.ts'
import { openEmbeddedRevocation } from './revocation/embedded.ts'
import { migrate } from './store/migrate.ts'
import { type Database, openDatabase } from './store/open.ts'
import type { Claims } from './tokens/claims.ts'
import { openKeys } from './tokens/keys.ts'
import { loadKeys } from './tokens/load-keys.ts'
import { createUsage } from './tokens/usage.ts'
import { version } from './version.ts'

/** All parts, put together; nothing listens. What the command line works with. */
export interface Parts {
  ports: Ports
  close: () => Promise<void>
}

/** @param clock milliseconds since 1970; tests bring their own */
export async function openParts(settings: Settings, clock: () => number = Date.now): Promise<Parts> {
  const database = await openDatabase(settings.DATABASE_URL)
  try {
    await migrate(database.store)
    const ports = await connect(database, settings, clock)
    return { ports, close: () => database.store.destroy() }
  } catch (error) {
    await database.store.destroy()
    throw error
  }
}

async function connect(database: Database, settings: Settings, clock: () => number): Promise<Ports> {
  const { store } = database
  const keys = await openKeys(() => loadKeys(store, settings, clock()))
  const verified = new LRUCache<string, Claims>({ max: 20_000 })
  const profiles = createProfiles()
  const forget = async () => {
    await keys.reload()
    verified.clear()
    profiles.clear()
  }
  return {
    settings,
    store,
    keys,
    revocation: database.kind === 'sqlite' ? await openEmbeddedRevocation(database, forget) : openRowRevocation(store),
    verified,
    profiles,
    usage: createUsage(),
    hasher: createHasher(
      { memory_kib: settings.ARGON2_MEMORY_KIB, passes: settings.ARGON2_PASSES },
      settings.HASH_CONCURRENCY,
    ),
    throttle: createThrottle(
      { account: settings.LOGIN_LIMIT_ACCOUNT, address: settings.LOGIN_LIMIT_ADDRESS },
      database.kind === 'postgres' ? database.pool : undefined,
    ),
    clock,
    log: createLogger(settings),
  }
}

function createLogger({ LOG_LEVEL }: Settings): Logger {
  return pino({ level: LOG_LEVEL, timestamp: pino.stdTimeFunctions.isoTime })
}

/** A service that listens. */
export interface Service {
  app: FastifyInstance
  ports: Ports
  /** Where it listens, such as `http://127.0.0.1:5000`. */
  address: string
  /** Lets running requests finish, then closes everything. */
  stop: () => Promise<void>
}

/** @throws what listening throws (EADDRINUSE, …), after everything that was opened is closed again */
export async function startService(settings: Settings, clock?: () => number): Promise<Service> {
  const { ports, close } = await openParts(settings, clock)
  const app = await buildApp(ports, version)
  const stopHousekeeping = housekeep(ports)
  const stop = async () => {
    await app.close()
    await stopHousekeeping()
    await close()
  }
  try {
    const address = await app.listen({ host: settings.HOST, port: settings.PORT })
    return { app, ports, address, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
