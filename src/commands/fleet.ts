import type { Settings } from '../config/table.ts'
import { type FleetRow, selectFleet } from '../revocation/postgres/records.ts'
import { migrate } from '../store/migrate.ts'
import { openDatabase } from '../store/open.ts'
import { type Column, iso, print, printList } from './terminal.ts'

/** Lists the nodes that share the database. */
export async function fleet(settings: Settings, options: { json?: true }): Promise<void> {
  const database = await openDatabase(settings.DATABASE_URL, 'refuse')
  try {
    await migrate(database.store)
    if (database.kind === 'postgres') printList((await selectFleet(database.pool)).map(describe), columns, options)
    else if (options.json) print('[]')
    else print('a fleet needs PostgreSQL; an SQLite file has one node, the server that has opened it')
  } finally {
    await database.store.destroy()
  }
}

/** `lease_left_ms` is an upper bound: a lease begins shortly before the renewal that the database sees. */
function describe(row: FleetRow) {
  const { id, name, version, protocol, lease_ms, renewed_ms_ago, lag, joined_at } = row
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
    joined_at: iso(joined_at.getTime()),
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
  ['JOINED', (node) => node.joined_at],
  ['ID', (node) => node.id],
]
