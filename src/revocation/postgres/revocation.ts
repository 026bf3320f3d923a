import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { PendingRow } from '../../audit/row.ts'
import { Refusal } from '../../refusal.ts'
import type { PostgresDatabase } from '../../store/postgres.ts'
import type { Trx } from '../../store/schema.ts'
import { holds } from '../check/lease.ts'
import { oncePerTurn } from '../check/once-per-turn.ts'
import { createRevokedSet, type RevokedSet } from '../check/revoked-set.ts'
import { createEntrySet, type Forgetting, type Position, type Verdict, type WholeSet } from '../entry.ts'
import type { Receipt as FleetReceipt, Resumed } from '../protocol/messages.ts'
import { check } from '../protocol/node.ts'
import { countHolders } from '../protocol/verifiers.ts'
import type { Effective, Feed, FleetMetrics, Marked, Receipt, Revocation } from '../revocation.ts'
import { refuseOtherLease, refuseOtherProtocol } from './compatibility.ts'
import { confirm, createDriver, type Driver, dispatch, join, leave, readClocks, revoke, Unconfirmed } from './driver.ts'
import { createListener, type Listener } from './listener.ts'
import { appendInside, type NodeInfo, notifyMade, selectAfter, selectFleet, selectStatus, trimLog } from './records.ts'

interface Options extends Forgetting {
  /** A user has a new token. */
  onMade: (userId: string) => void
  lease_ms: number
  on_stale: 'ask' | 'refuse'
  /** How long a start waits for the first lease. */
  join_ms: number
  info: Omit<NodeInfo, 'protocol' | 'lease_ms'>
  log: Logger
  /** Called if this node breaks an invariant of the protocol. */
  onBroken: (error: Error) => void
}

/**
 * A server that is overloaded takes longest to connect. A client that gives up and tries again adds to the load and never
 * connects, so these times do not shrink with the lease.
 */
const connect_ms = 3000
const leastAnswer_ms = 1000

/** The version of the protocol. Nodes with different versions do not share a fleet. */
const protocol = 2

/** Entries in one deletion. */
const deleteLimit = 500

/**
 * One of many nodes on one PostgreSQL. The set of revoked tokens is complete while a lease runs. A revocation waits until
 * every node has it or can accept nothing any more. The rules are in ../protocol; docs/revocation.md explains them.
 */
export function openPostgresRevocation(database: PostgresDatabase, options: Options): Revocation {
  const fleet = openFleet(database, options)
  const { set, driver, listener, askingPool, metrics } = fleet
  const clocks = oncePerTurn(readClocks)
  return {
    fleet: metrics,
    nodes: () => selectFleet(database.pool),
    tellMade(userId) {
      // The token is made. A console of the user shows it when the console reads the list again.
      notifyMade(database.pool, fleet.sender, userId).catch(() => {})
    },
    async check(claims) {
      const verdict = check(driver.node, claims, await clocks())
      return verdict === 'ask' ? askDatabase(fleet, claims.jti) : verdict
    },
    revokeToken: (token, reason, now, fact) => revokeToken(fleet, token, { reason, now, fact }),
    revoke: (mark) => revokeMarked(fleet, mark),
    async start() {
      await refuseOtherLease(database.pool, driver.info)
      fleet.started = true
      await listener.start()
      await join(driver, options.join_ms)
    },
    async stop() {
      listener.stop()
      await leave(driver)
      await Promise.all([driver.pool.end(), askingPool.end()])
    },
    isReady: () => holds(driver.node.renewal.lease, readClocks()),
    size: set.size,
    horizon: set.horizon,
    generation: set.generation,
    feed: createFeed(fleet),
    async trim(horizon) {
      while ((await trimLog(database.store, horizon, deleteLimit)) === deleteLimit) await new Promise(setImmediate)
    },
  }
}

/** The parts of this node. */
interface Fleet {
  database: PostgresDatabase
  options: Options
  set: RevokedSet
  /** The set that the log's entries are applied to. */
  entries: WholeSet
  driver: Driver
  listener: Listener
  /** Names this process in what it tells about new tokens. */
  sender: string
  /** Connections for checks that memory cannot answer. */
  askingPool: PostgresDatabase['pool']
  metrics: FleetMetrics
  started: boolean
}

function openFleet(database: PostgresDatabase, options: Options): Fleet {
  const { lease_ms, log } = options
  const set = createRevokedSet()
  const poolOptions = { max: 8, connect_ms, answer_ms: Math.max(lease_ms, leastAnswer_ms) }
  const pool = database.openPool(poolOptions)
  const info: NodeInfo = { protocol, lease_ms, ...options.info }
  const entries = createEntrySet(set, options)
  const driver = createDriver(pool, info, entries, log, options.onBroken)
  const sender = randomUUID()
  const onMade = (by: string, userId: string) => {
    if (by !== sender) options.onMade(userId)
  }
  return {
    database,
    options,
    set,
    entries,
    driver,
    listener: createListener(pool, log, { hint: (hint) => dispatch(driver, hint), onMade }),
    sender,
    askingPool: database.openPool(poolOptions),
    metrics: createMetrics(driver),
    started: false,
  }
}

function createMetrics({ node, seen }: Driver): FleetMetrics {
  const { lease_ms } = node.timing
  return {
    asked: 0,
    refused: 0,
    waited_out: 0,
    onFence: () => {},
    leaseAge_ms: () => lease_ms + performance.now() - (seen.lease?.mono_ms ?? Number.NEGATIVE_INFINITY),
    lag: () => Math.max(0, seen.last_seq - node.renewal.applied.seq),
    nodes: () => seen.nodes,
  }
}

function createFeed({ driver, entries, askingPool, options }: Fleet): Feed {
  return {
    lease_ms: options.lease_ms / 2,
    attach(send) {
      driver.toVerifiers = send
    },
    take: (event) => dispatch(driver, event),
    resume: (after) => resume(driver, askingPool, after),
    entries: entries.entries,
    holders: () => countHolders(driver.node.verifiers, performance.now()),
  }
}

/** More entries than this are as much as everything that most verifiers need. */
const resumeLimit = 50_000

async function resume({ node }: Driver, pool: PostgresDatabase['pool'], after: Position): Promise<Resumed | undefined> {
  const { log } = node
  const { continues, entries, last, more } = await selectAfter(pool, after, resumeLimit)
  return continues && !more ? { entries: [...entries], last, log } : undefined
}

/** Decides about a token while the node has no lease. */
async function askDatabase({ options, askingPool, metrics }: Fleet, jti: string): Promise<Verdict> {
  metrics.asked++
  try {
    if (options.on_stale === 'refuse') throw new Error('the lease has lapsed')
    const { live, endedKeys } = await askWithin(options.lease_ms, askingPool, jti)
    for (const kid of endedKeys) options.dropKey(kid)
    return live ? 'live' : 'revoked'
  } catch (error) {
    metrics.refused++
    throw error
  }
}

/** Asks about a token for as long as its request waits. After that time nothing is sent any more. */
async function askWithin(
  wait_ms: number,
  pool: PostgresDatabase['pool'],
  jti: string,
): ReturnType<typeof selectStatus> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>()
  let over = false
  const timer = setTimeout(() => {
    over = true
    reject(new Error(`the database did not answer within ${wait_ms} ms`))
  }, wait_ms)
  const ask = async () => {
    const client = await pool.connect()
    let broken = false
    try {
      if (over) return await tooLate
      broken = true
      const status = await selectStatus(client, jti)
      broken = false
      return status
    } finally {
      client.release(broken)
    }
  }
  return Promise.race([ask(), tooLate]).finally(() => clearTimeout(timer))
}

async function revokeToken(
  fleet: Fleet,
  { jti, user_id }: { jti: string; user_id?: string },
  { reason, now, fact }: { reason: string; now: number; fact: PendingRow },
): Promise<Receipt | undefined> {
  await checkProtocol(fleet)
  const request = { id: randomUUID(), jti, user_id, reason, now, fact: JSON.stringify(fact) }
  const { receipt, ended } = await revoke(fleet.driver, request).catch(refuse)
  return ended ? { effective: report(fleet, receipt) } : undefined
}

async function revokeMarked<T extends Marked>(fleet: Fleet, mark: (trx: Trx) => Promise<T>): Promise<T & Receipt> {
  await checkProtocol(fleet)
  const { marked, committed } = await fleet.database.store.transaction().execute(async (trx) => {
    const marked = await mark(trx)
    return { marked, committed: await appendInside(trx, marked.entries) }
  })
  const receipt = await confirm(fleet.driver, committed).catch(refuse)
  return { ...marked, effective: report(fleet, receipt) }
}

/** A process that only revokes, as the command line does, has not compared protocols by joining. */
async function checkProtocol({ started, database, driver }: Fleet): Promise<void> {
  if (!started) refuseOtherProtocol(await selectFleet(database.pool), driver.info)
}

function report({ metrics, options, driver }: Fleet, receipt: FleetReceipt): Effective {
  const { nodes, verifiers, waited_ms } = receipt
  const waited_out = receipt.waited_out.map(driver.names.of)
  metrics.onFence(waited_ms)
  metrics.waited_out += waited_out.length
  if (waited_out.length > 0) {
    options.log.warn({ waited_out, waited_ms }, 'a revocation waited until the leases of silent nodes were over')
  }
  return { nodes: Math.max(1, nodes), verifiers, waited_ms: Math.ceil(waited_ms), waited_out }
}

function refuse(error: unknown): never {
  throw error instanceof Unconfirmed ? new Refusal('revocation_unconfirmed') : error
}
