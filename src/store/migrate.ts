import { sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { up as initial } from './migrations/0001-initial.ts'
import { up as fleet } from './migrations/0002-fleet.ts'
import { up as indexes } from './migrations/0003-indexes.ts'
import { up as functions } from './migrations/0004-functions.ts'
import { up as fileKeys } from './migrations/0005-file-keys.ts'
import type { Store } from './schema.ts'
import { StoreError } from './store-error.ts'

const migrations: Record<string, Migration> = {
  '0001-initial': { up: initial },
  '0002-fleet': { up: fleet },
  '0003-indexes': { up: indexes },
  '0004-functions': { up: functions },
  '0005-file-keys': { up: fileKeys },
}

/**
 * Brings the schema up to date, in one transaction that excludes other migrating processes.
 * @returns the names of the migrations that were applied
 * @throws StoreError if a newer version of Latchkey has already migrated the database
 */
export async function migrate(store: Store): Promise<string[]> {
  await refuseNewer(store)
  const migrator = new Migrator({ db: store, provider: { getMigrations: async () => migrations } })
  const { error, results } = await migrator.migrateToLatest()
  if (error !== undefined) throw new StoreError(`the database could not be migrated: ${(error as Error).message}`)
  return (results ?? []).map((result) => result.migrationName)
}

async function refuseNewer(store: Store): Promise<void> {
  const tables = await store.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some((table) => table.name === 'kysely_migration')) return
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(store)
  const unknown = rows.find((row) => !(row.name in migrations))
  if (unknown) {
    throw new StoreError(`the database was migrated by a newer version of Latchkey (${unknown.name}); upgrade Latchkey`)
  }
}
