import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import { StoreError } from '../../store/store-error.ts'
import { waitOut } from '../check/lease.ts'
import { deleteIdle, type FleetRow, type NodeInfo, selectFleet, selectIncarnation } from './records.ts'

/**
 * Refuses to join nodes with another length of lease or another protocol. A fleet has one length of lease, so that an
 * operator can say how long a revocation may take. Rows of dead nodes do not count: the process waits until they have stood
 * still for their lease, and deletes them.
 * @throws StoreError that names LEASE_MS or the protocol
 */
export async function refuseOtherLease(pool: Pool, info: NodeInfo): Promise<void> {
  // Read first, because a crash between this line and the deletion may set rows back to what is seen here.
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

/** @throws StoreError that names both protocols */
export function refuseOtherProtocol(rows: readonly NodeInfo[], { protocol }: NodeInfo): void {
  const other = rows.find((row) => row.protocol !== protocol)
  if (other === undefined) return
  throw new StoreError(
    `the fleet in this database speaks protocol ${other.protocol} (Latchkey ${other.version}), this one ${protocol}`,
  )
}

/**
 * Makes sure that no node runs. A row that stands still for its lease stands for no node that may answer from memory.
 * @returns the rows of dead nodes
 * @throws StoreError that names a node that runs
 */
export async function refuseRunningNodes(pool: Pick<Pool, 'query'>): Promise<FleetRow[]> {
  const rows = await selectFleet(pool)
  if (rows.length === 0) return rows
  await sleep(waitOut(Math.max(...rows.map((row) => row.lease_ms))))
  return refuseRenewed(await selectFleet(pool), rows)
}

/** @throws StoreError that names a node whose row has changed since `before` */
export function refuseRenewed(rows: FleetRow[], before: readonly FleetRow[]): FleetRow[] {
  const running = rows.find((row) => !before.some(({ id, renewals }) => row.id === id && row.renewals === renewals))
  if (running === undefined) return rows
  throw new StoreError(`the node ${running.name} uses the database; stop every server first`)
}
