import { once } from 'node:events'
import { createServer } from 'node:net'
import { hostname } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import type { FastifyInstance } from 'fastify'
import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import { createHasher } from './accounts/hasher.ts'
import { createProfiles } from './accounts/profiles.ts'
import { createThrottle } from './accounts/throttle.ts'
import type { Settings } from './config.ts'
import { housekeep } from './housekeeping.ts'
import { createLogger } from './log.ts'
import type { Ports } from './ports.ts'
import { openEmbeddedRevocation } from './revocation/embedded.ts'
import { openFleetRevocation } from './revocation/fleet.ts'
import type { Revocation } from './revocation/revocation.ts'
import { watchTrouble } from './revocation/trouble.ts'
import { migrate } from './store/migrate.ts'
import { type Database, openDatabase } from './store/open.ts'
import { type Keys, openKeys, unusedKeys } from './tokens/keys.ts'
import { loadKeys, readKeyFile } from './tokens/load-keys.ts'
import { createUsage } from './tokens/usage.ts'
import { version } from './version.ts'

/** All parts, put together; nothing listens. What the command line works with. */
export interface Parts {
  ports: Ports
  close: () => Promise<void>
}

/**
 * @param clock milliseconds since 1970; tests bring their own
 * @param role a command neither signs nor verifies, and makes no database: where there is none, its settings are wrong
 * @throws StoreError, KeyError
 */
export async function openParts(
  settings: Settings,
  clock: () => number = Date.now,
  role: 'server' | 'command' = 'server',
): Promise<Parts> {
  const database = await openDatabase(settings.DATABASE_URL, role === 'server' ? 'create' : 'refuse')
  try {
    await migrate(database.store)
    const fromFile = role === 'server' ? await readKeyFile(settings) : undefined
    const load = (starting: boolean) => loadKeys(database.store, settings, clock(), fromFile, starting)
    const log = createLogger(settings)
    const report = (why: string) => log.error({ why }, 'there is no key to sign with: logins are refused')
    const verified: Ports['verified'] = new LRUCache({ max: 20_000 })
    const keys = role === 'server' ? await openKeys(load, report, () => verified.clear()) : unusedKeys
    const ports = await connect(database, settings, clock, keys, verified, log)
    const close = async () => {
      await ports.revocation.stop()
      await database.store.destroy()
    }
    return { ports, close }
  } catch (error) {
    await database.store.destroy()
    throw error
  }
}

async function connect(
  database: Database,
  settings: Settings,
  clock: () => number,
  keys: Keys,
  verified: Ports['verified'],
  log: Logger,
): Promise<Ports> {
  const { store } = database
  const profiles = createProfiles()
  const forget = async () => {
    // Those of before do no harm: a login holds the row of its key, and the log names keys that were ended.
    await keys.reload().catch((error) => log.error({ err: error }, 'the keys could not be read again'))
    profiles.clear()
  }
  return {
    settings,
    store,
    keys,
    revocation: openRevocation(database, settings, log, keys.drop, forget),
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
    unknownTokens: watchTrouble(log, 'the state of tokens cannot be read', () => performance.now()),
    clock,
    log,
  }
}

function openRevocation(
  database: Database,
  settings: Settings,
  log: Logger,
  dropKey: (kid: string) => void,
  forget: () => Promise<void>,
): Revocation {
  if (database.kind === 'sqlite') return openEmbeddedRevocation(database, dropKey, forget)
  const info = { name: `${hostname()}:${process.pid}`, version }
  return openFleetRevocation(database, { lease_ms: settings.LEASE_MS, on_stale: settings.ON_STALE, info, log, dropKey })
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

/**
 * Takes the address and gives it back: a start that cannot listen must not have replaced the key that another server,
 * perhaps the one that listens there, signs with.
 */
async function tryAddress({ HOST, PORT }: Settings): Promise<void> {
  const server = createServer().listen(PORT, HOST)
  await once(server, 'listening')
  server.close()
  await once(server, 'close')
}

/** @throws what listening throws (EADDRINUSE, …), after everything that was opened is closed again */
export async function startService(settings: Settings, clock?: () => number): Promise<Service> {
  if (settings.PORT !== 0) await tryAddress(settings)
  const { ports, close } = await openParts(settings, clock)
  // Loaded here, since it takes as long as all the rest and commands do without.
  const { buildApp } = await import('./http/app.ts')
  const app = await buildApp(ports, version)
  const stopHousekeeping = housekeep(ports)
  const stop = async () => {
    // Fastify closes the connections that are idle now; those that become idle later would stay for the keep-alive time.
    app.server.keepAliveTimeout = 1
    app.server.keepAliveTimeoutBuffer = 0
    await app.close()
    await stopHousekeeping()
    await close()
  }
  try {
    // V8's default, which bin/latchkey.js holds down during the start. A million rows come out of a file without pause, and
    // without room for them checks were 8 % slower ever after; a node that joins a fleet would keep 70 MB of such room.
    const makeRoom = () => setFlagsFromString('--semi-space-growth-factor=2')
    const embedded = settings.DATABASE_URL.startsWith('sqlite:')
    if (embedded) makeRoom()
    await ports.revocation.start()
    if (!embedded) makeRoom()
    const address = await app.listen({ host: settings.HOST, port: settings.PORT })
    ports.log.info({ address }, `listening at ${address}`)
    return { app, ports, address, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
