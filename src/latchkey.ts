import type { AddressInfo, Server } from 'node:net'
import { hostname } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import { prepareMail } from './accounts/prepare-mail.ts'
import { createProfiles, type Profile } from './accounts/profiles.ts'
import { requireAdminFactor } from './accounts/require-admin-factor.ts'
import { createReceipts } from './audit/receipts.ts'
import { sourceOf } from './config/reader.ts'
import { type Settings, settingsTable } from './config/table.ts'
import { createStreams, type Streams } from './console/streams.ts'
import { createHasher } from './credentials/io/hasher.ts'
import { createThrottle, limitWindow_s } from './credentials/io/throttle.ts'
import { createVault } from './credentials/vault.ts'
import { createListeners, tryToListen } from './http/listen.ts'
import { openKeys, unusedKeys } from './keys/io/keys.ts'
import type { KeyError, Keys } from './keys/keys.ts'
import { loadKeys, readKeyFile } from './keys/load.ts'
import { createRemembered } from './keys/remembered.ts'
import { openMailer } from './mail/io/mailer.ts'
import { readTemplates } from './mail/io/templates.ts'
import { isMailOn } from './mail/queue.ts'
import { startSender } from './mail/sender.ts'
import { watchAvailability } from './operation/availability.ts'
import { housekeep } from './operation/housekeeping.ts'
import { createLogger } from './operation/log.ts'
import { watchProblem } from './operation/problem.ts'
import type { Ports } from './ports.ts'
import type { Forgetting } from './revocation/entry.ts'
import { openPostgresRevocation } from './revocation/postgres/revocation.ts'
import type { Revocation } from './revocation/revocation.ts'
import { openSqliteRevocation } from './revocation/sqlite/revocation.ts'
import { migrateDatabase } from './store/migrate.ts'
import { type Database, openDatabase } from './store/open.ts'
import { pingStore, requireUsable } from './store/requirements.ts'
import { isDatabaseUnavailable } from './store/unavailable.ts'
import type { Claims } from './tokens/claims.ts'
import { adviseIdentity, type Identity, identityOf, urlOfAddress } from './tokens/identity.ts'
import { selectOwners } from './tokens/records.ts'
import { createUsage } from './tokens/usage.ts'
import { growYoungGeneration } from './v8.ts'
import { version } from './version.ts'

/** The assembled service, without a listener. Commands work with these parts. */
export interface Parts {
  ports: Ports
  close: () => Promise<void>
}

/** `command`: a process that neither signs nor verifies, and never creates a database. */
type Role = 'server' | 'command'

/** Bounds of the caches, in entries. */
const maxVerified = 20_000
const maxProfiles = 20_000
const maxNoted = 10_000

/**
 * Opens and migrates the database, and assembles the parts.
 * @param clock milliseconds since 1970; tests use their own
 * @param say says that this waits for the database; by default in the log
 * @throws StoreError, KeyError
 */
export async function openParts(
  settings: Settings,
  clock: () => number = Date.now,
  role: Role = 'server',
  say?: (line: string) => void,
): Promise<Parts> {
  const log = createLogger(settings)
  const database = await openDatabase(settings.DATABASE_URL, {
    missing: role === 'server' ? 'create' : 'refuse',
    waiting: { timeout_s: settings.START_TIMEOUT_S, say: say ?? ((line) => log.warn(line)) },
  })
  try {
    if (role === 'server' && database.kind === 'sqlite') database.refuseDamaged()
    await migrateDatabase(database)
    if (role === 'server') await requireUsable(database.store)
    const ports = await connect(database, { settings, clock, log }, role)
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

type Basics = Pick<Ports, 'settings' | 'clock' | 'log'>

async function connect(database: Database, basics: Basics, role: Role): Promise<Ports> {
  const { settings, clock, log } = basics
  const remembered = createRemembered<Claims>(new LRUCache({ max: maxVerified }))
  const profiles = createProfiles(new LRUCache<string, Profile>({ max: maxProfiles }))
  const keys = role === 'server' ? await openServerKeys(database, basics, remembered) : unusedKeys
  const ping = () => (database.kind === 'sqlite' ? database.ping() : pingStore(database.store))
  const availability = watchAvailability(log, isDatabaseUnavailable, ping)
  const changed = () => {
    profiles.clear()
    // No check waits for this, because it may have to write a new key. Old keys do no harm: a login locks the row of its
    // key, and the log names the revoked keys.
    keys.reload().catch((error) => {
      if (!availability.noticed(error)) log.error({ err: error }, 'the signing keys could not be reloaded')
    })
  }
  const streams: Streams = createStreams({
    findOwners: (jtis) => selectOwners(database.store, jtis),
    look: (claims) => revocation.check(claims),
    announce(userId) {
      if (settings.CONSOLE === 'on') revocation.tellMade?.(userId)
    },
    clock,
  })
  const forgetting: Forgetting = {
    dropKey(kid) {
      remembered.dropKey(kid)
      streams.allChanged()
    },
    dropUser(userId) {
      profiles.forget(userId)
      streams.userChanged(userId)
    },
    dropToken: streams.tokenEnded,
  }
  const revocation: Revocation = openRevocation(
    database,
    basics,
    { ...forgetting, onMade: streams.userChanged },
    changed,
  )
  const usage = createUsage()
  const cost = { memory_kib: settings.ARGON2_MEMORY_KIB, passes: settings.ARGON2_PASSES }
  const identity = identityOf(settings, urlOfAddress(settings.HOST, settings.PORT))
  const limits = {
    failures_account: settings.LOGIN_LIMIT_ACCOUNT,
    failures_address: settings.LOGIN_LIMIT_ADDRESS,
    logins_account: settings.LOGIN_LIMIT_SUCCESS,
    logins_address: settings.LOGIN_LIMIT_SUCCESS_ADDRESS,
    registrations_address: settings.REGISTRATION_LIMIT_ADDRESS,
  }
  return {
    ...basics,
    identity,
    store: database.store,
    availability,
    keys,
    revocation,
    verification: {
      expected: identity,
      findKey: keys.find,
      check: revocation.check,
      remembered,
      clock,
      onUse: usage.touch,
      unknownState: watchProblem(log, 'the state of tokens cannot be read', () => performance.now()),
    },
    profiles,
    streams,
    usage,
    hasher: createHasher(cost, settings.HASH_CONCURRENCY),
    throttle: createThrottle(limits, database.kind === 'postgres' ? database.pool : undefined),
    origin: { actor: null, address: null, request_id: null },
    receipts: createReceipts(),
    vault: createVault(settings.LATCHKEY_SECRET),
    limitsNoted: new LRUCache<string, true>({ max: maxNoted, ttl: limitWindow_s * 1000 }),
  }
}

async function openServerKeys(
  { store }: Database,
  { settings, clock, log }: Basics,
  remembered: Ports['verification']['remembered'],
): Promise<Keys> {
  const fromFile = await readKeyFile(settings)
  const load = async (starting: boolean) => {
    const ring = await loadKeys(store, { settings, fromFile, starting, now: clock() })
    if (starting && ring.changes_at !== undefined) {
      log.info({ at: new Date(ring.changes_at) }, 'the announced next key will sign from then on')
    }
    return ring
  }
  const report = (line: string) => (why: KeyError) => log.error({ why: why.message, hint: why.hint }, line)
  const reports = {
    trouble: report('there is no usable signing key: logins are refused'),
    next_trouble: report('the next key cannot be used: logins will be refused when it signs'),
  }
  return openKeys(load, reports, remembered)
}

function openRevocation(
  database: Database,
  { settings, log }: { settings: Settings; log: Logger },
  forgetting: Forgetting & { onMade: (userId: string) => void },
  changed: () => void,
): Revocation {
  if (database.kind === 'sqlite') {
    return openSqliteRevocation(database, { lease_ms: settings.LEASE_MS, ...forgetting, changed })
  }
  return openPostgresRevocation(database, {
    lease_ms: settings.LEASE_MS,
    on_stale: settings.ON_STALE,
    join_ms: Math.max(settings.START_TIMEOUT_S, leastJoin_s) * 1000,
    info: { name: `${hostname()}:${process.pid}`, version },
    log,
    ...forgetting,
    onBroken: crash,
  })
}

/** A node that reads millions of entries takes some seconds to join, so a lower START_TIMEOUT_S does not count here. */
const leastJoin_s = 30

/** Ends the process as an uncaught exception does, so that a supervisor starts another one. */
function crash(error: Error): void {
  setImmediate(() => {
    throw error
  })
}

/** One folder up, both in a clone (src) and in the package (dist). */
const standardTemplates = fileURLToPath(new URL('../templates', import.meta.url))

/** A service that listens. */
export interface Service {
  app: FastifyInstance
  ports: Ports
  /** Where the service listens, such as `http://127.0.0.1:5000`. */
  address: string
  /** Lets running requests finish, then closes everything. */
  stop: () => Promise<void>
}

/**
 * Starts a service that listens.
 * @param isFirst whether this process does what one process of several does: advice for the operator, and the end of tokens without a factor
 * @throws StoreError, KeyError, TemplateError, or the error of listening (EADDRINUSE, …), after everything is closed again
 */
export async function startService(settings: Settings, clock?: () => number, isFirst = true): Promise<Service> {
  // A start that cannot listen must not replace the signing key of another server, which may already listen here.
  if (settings.PORT !== 0) await tryToListen(settings.HOST, settings.PORT)
  const mail = isMailOn(settings) ? readTemplates(settings.MAIL_TEMPLATES, standardTemplates) : undefined
  const { ports, close } = await openParts(settings, clock)
  // Imported here, because the import takes half of a start and commands do not need it.
  const { buildApp } = await import('./app.ts')
  const app = await buildApp(ports, version)
  const listeners = createListeners(app)
  const stopHousekeeping = housekeep(ports)
  let stopSender = async () => {}
  const stop = async () => {
    // Fastify closes the connections that are idle now. A connection that becomes idle later needs this timeout.
    app.server.keepAliveTimeout = 1
    app.server.keepAliveTimeoutBuffer = 0
    await listeners.close()
    await stopHousekeeping()
    await stopSender()
    await close()
  }
  try {
    await startRevocation(ports.revocation, settings)
    if (isFirst) await requireAdminFactor(ports)
    learnAddress(app.server, ports.identity, settings)
    const addresses = await listeners.listen(settings.HOST, settings.PORT)
    const [address] = addresses
    ports.log.info({ address }, `listening at ${addresses.join(' and ')}`)
    // From now on the links in messages have the address of this service.
    if (mail !== undefined) stopSender = startSender(ports, openMailer(settings, ports.log), mail, prepareMail)
    const advice = adviseIdentity(ports.identity, settings, settingsTable.REALM_DOMAIN.fallback_text)
    if (settings.LATCHKEY_ENV === 'production' && sourceOf('REGISTRATION') === 'default') {
      advice.push('REGISTRATION is not set, so anyone may register: set it to open, invite or closed')
    }
    if (isFirst) for (const line of advice) ports.log.warn(line)
    return { app, ports, address, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Completes the identity at the moment that the server listens, which is before the first request. */
function learnAddress(server: Server, identity: Identity, settings: Settings): void {
  server.once('listening', () => {
    const { address, port } = server.address() as AddressInfo
    Object.assign(identity, identityOf(settings, urlOfAddress(address, port)))
  })
}

async function startRevocation(revocation: Revocation, { DATABASE_URL }: Settings): Promise<void> {
  const isFile = DATABASE_URL.startsWith('sqlite:')
  if (isFile) growYoungGeneration()
  await revocation.start()
  if (!isFile) growYoungGeneration()
}
