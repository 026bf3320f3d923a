import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { Refusal } from '../refusal.ts'
import { type Server, StoreError } from '../store/open.ts'
import { applyTo, clockGrace_ms, type Entry } from './entry.ts'
import {
  appendInside,
  deleteIdle,
  type FleetRow,
  type NodeInfo,
  selectFleet,
  selectIncarnation,
} from './fleet-records.ts'
import { createFollower, Unconfirmed } from './follow.ts'
import { waitOut } from './lease.ts'
import type { Receipt as FleetReceipt } from './messages.ts'
import { selectStatus, trimLog } from './records.ts'
import type { Effective, FleetFigures, Revocation } from './revocation.ts'
import { createRevokedSet } from './revoked-set.ts'

interface Options {
  lease_ms: number
  on_stale: 'ask' | 'refuse'
  info: Omit<NodeInfo, 'protocol' | 'lease_ms'>
  log: Logger
  /** Called with each key that the log ends, before the node says that it has read so far. */
  dropKey: (kid: string) => void
}

/**
 * A server that is short of time takes longest to connect. Who cuts that off and tries again never gets through, and
 * keeps it short of time: so these do not shrink with the lease.
 */
const connect_ms = 3000
const leastAnswer_ms = 1000

/** The protocol's version. Nodes of different versions do not share a fleet. */
const protocol = 1

/**
 * One of many nodes on one PostgreSQL: the set of revoked tokens is complete while a lease runs, and a revocation waits
 * until every node has it or can accept nothing any more. The rules are in member.ts; docs/revocation.md explains them.
 */
export function openFleetRevocation(server: Server, options: Options): Revocation {
  const { log, lease_ms } = options
  const set = createRevokedSet()
  const applied = applyTo(set, options.dropKey)
  const times = { connect_ms, answer_ms: Math.max(lease_ms, leastAnswer_ms) }
  const pool = server.openPool({ max: 8, ...times })
  const asking = server.openPool({ max: 8, ...times })
  const info: NodeInfo = { protocol, lease_ms, ...options.info }
  const follower = createFollower(pool, info, applied, log)
  let started = false
  const figures: FleetFigures = {
    asked: 0,
    refused: 0,
    waited_out: 0,
    onFence: () => {},
    leaseAge_ms: () => lease_ms + performance.now() - (follower.heard.lease?.mono_ms ?? Number.NEGATIVE_INFINITY),
    lag: () => Math.max(0, follower.heard.last_seq - follower.member.membership.applied_seq),
    nodes: () => follower.heard.nodes,
  }

  const ask = async (jti: string) => {
    figures.asked++
    if (options.on_stale === 'ask') {
      const { live, endedKeys } = await askWithin(lease_ms, asking, jti).catch((error) => {
        figures.refused++
        throw error
      })
      for (const kid of endedKeys) options.dropKey(kid)
      return live ? ('live' as const) : ('revoked' as const)
    }
    figures.refused++
    throw new Error('the lease has lapsed')
  }
  /** Who only revokes, as the command line does, was not asked when it joined. */
  const understandFleet = async () => {
    if (!started) refuseOtherProtocol(await selectFleet(server.pool), info)
  }
  const effective = ({ nodes, waited_ms, waited_out }: FleetReceipt): Effective => {
    figures.onFence(waited_ms)
    figures.waited_out += waited_out.length
    if (waited_out.length > 0) log.warn({ waited_out, waited_ms }, 'nodes that did not follow were waited out')
    return { nodes: Math.max(1, nodes), waited_ms: Math.ceil(waited_ms), waited_out }
  }

  return {
    figures,
    async check(jti, expires_at) {
      const verdict = await follower.check(jti, expires_at)
      return verdict === 'ask' ? ask(jti) : verdict
    },
    async revokeToken({ jti, user_id }, reason, now) {
      await understandFleet()
      const wish = { revocation_id: randomUUID(), jti, user_id, reason, now }
      const { receipt, granted } = await follower.revoke(wish).catch(refuse)
      return granted ? { effective: effective(receipt) } : undefined
    },
    async revoke(mark) {
      await understandFleet()
      const { marked, appended } = await server.store.transaction().execute(async (trx) => {
        const marked = await mark(trx)
        return { marked, appended: await appendInside(trx, marked.entries) }
      })
      const receipt = await follower.confirm(appended, marked.entries as Entry[]).catch(refuse)
      return { ...marked, effective: effective(receipt) }
    },
    async start() {
      await refuseOtherLease(server.pool, info)
      started = true
      await follower.join()
    },
    async stop() {
      await follower.leave()
      await Promise.all([pool.end(), asking.end()])
    },
    isReady: follower.holdsLease,
    size: set.size,
    async prune(now) {
      set.dropExpired(now - clockGrace_ms)
      while ((await trimLog(server.store, now, 500)) === 500) await new Promise(setImmediate)
    },
  }
}

/** Asks about a token for as long as its request waits; nothing is sent for one that has given up. */
async function askWithin(wait_ms: number, pool: Server['pool'], jti: string): ReturnType<typeof selectStatus> {
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

function refuse(error: unknown): never {
  throw error instanceof Unconfirmed ? new Refusal('revocation_unconfirmed') : error
}

/**
 * A fleet has one length of lease, so that people can say how long a revocation may take, and one protocol. Rows of nodes
 * that are gone do not count, once they have not moved for as long as their lease can last.
 * @throws StoreError naming LEASE_MS
 */
async function refuseOtherLease(pool: Server['pool'], info: NodeInfo): Promise<void> {
  // First: a crash between this and the deletion may set rows back to what is seen here.
  const incarnation = await selectIncarnation(pool)
  const rows = await selectFleet(pool)
  const others = rows.filter((row) => row.lease_ms !== info.lease_ms || row.protocol !== info.protocol)
  if (others.length === 0) return
  await sleep(waitOut(Math.max(...others.map((row) => row.lease_ms))))
  await deleteIdle(pool, others, incarnation)
  const [other] = (await selectFleet(pool)).filter((row) => others.some(({ id }) => id === row.id))
  if (other === undefined) return
  refuseOtherProtocol([other], info)
  throw new StoreError(
    `LEASE_MS is ${info.lease_ms} here, but the fleet in this database runs with ${other.lease_ms}; a fleet has one length of lease`,
  )
}

/** @throws StoreError */
function refuseOtherProtocol(rows: FleetRow[], { protocol }: NodeInfo): void {
  const other = rows.find((row) => row.protocol !== protocol)
  if (other === undefined) return
  throw new StoreError(
    `the fleet in this database speaks protocol ${other.protocol} (Latchkey ${other.version}), this one ${protocol}`,
  )
}
