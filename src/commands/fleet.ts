import type { Settings } from '../config/table.ts'
import { type FleetRow, selectFleet } from '../revocation/postgres/records.ts'
import { migrateDatabase } from '../store/migrate.ts'
import { openDatabase } from '../store/open.ts'
import { type Column, iso, print, printList, warn } from './terminal.ts'

/** Lists the nodes that share the database. */
export async function fleet(settings: Settings, options: { json?: true }): Promise<void> {
  const waiting = { timeout_s: settings.START_TIMEOUT_S, say: warn }
  const database = await openDatabase(settings.DATABASE_URL, { missing: 'refuse', waiting })
  try {
    await migrateDatabase(database)
    if (database.kind === 'postgres') printList((await selectFleet(database.pool)).map(describe), columns, options)
    else if (options.json) print('[]')
    else print('a fleet needs PostgreSQL; an SQLite file has one node, the server that has opened it')
  } finally {
    await database.store.destroy()
  }
}

/** `lease_left_ms` is an upper bound: a lease begins shortly before the renewal that the database sees. */
function describe(row: FleetRow) {
  const { id, name, version, protocol, lease_ms, renewed_ms_ago, lag, verifiers, joined_at } = row
  const lease_left_ms = Math.max(0, lease_ms - renewed_ms_ago)
  return {
    id,
    name,
    version,
    protocol,
    lease_ms,
    renewed_ms_ago,
    lease_left_ms,
    lag,
    verifiers,
    joined_at: iso(joined_at),
  }
}

const columns: Column<ReturnType<typeof describe>>[] = [
  ['NAME', (node) => node.name],
  ['VERSION', (node) => node.version],
  ['PROTOCOL', (node) => String(node.protocol)],
  ['LEASE', (node) => `${node.lease_ms} ms`],
  ['RENEWED', (node) => `${node.renewed_ms_ago} ms ago`],
  ['LEFT', (node) => (node.lease_left_ms > 0 ? `${node.lease_left_ms} ms` : 'expired')],
  ['LAG', (node) => String(node.lag)],
  ['VERIFIERS', (node) => String(node.verifiers)],
  ['JOINED', (node) => node.joined_at],
  ['ID', (node) => node.id],
]
