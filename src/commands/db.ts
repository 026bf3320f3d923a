import { appendFact } from '../audit/append.ts'
import { describePostgresUrl } from '../config/postgres-url.ts'
import type { Settings } from '../config/table.ts'
import { keyEntry, userEntry } from '../revocation/entry.ts'
import { emptyTables } from '../store/empty.ts'
import { migrateDatabase } from '../store/migrate.ts'
import { openDatabase } from '../store/open.ts'
import { confirm } from './prompt.ts'
import { count, print, warn } from './terminal.ts'
import { leaveLine } from './trail.ts'
import { withPorts } from './with-ports.ts'

/** Applies the missing migrations. */
export async function migrate(settings: Settings): Promise<void> {
  const waiting = { timeout_s: settings.START_TIMEOUT_S, say: warn }
  const database = await openDatabase(settings.DATABASE_URL, { waiting })
  try {
    const applied = await migrateDatabase(database)
    if (applied.length > 0) {
      await leaveLine({ store: database.store, clock: Date.now }, 'db migrate', { applied: applied.join(', ') })
    }
    print(applied.length === 0 ? 'the schema is up to date' : `applied ${applied.join(', ')}`)
  } finally {
    await database.store.destroy()
  }
}

/** Deletes everything and revokes every token, on running servers too. */
export async function reset(settings: Settings, options: { yes?: true }): Promise<void> {
  const place = withoutCredentials(settings.DATABASE_URL)
  const revoked = await withPorts(settings, async (ports) => {
    const { revocation, clock } = ports
    if (!options.yes) await confirm(`This deletes every account, service, token, key and widget in ${place}.`)
    const { tokens } = await revocation.revoke(async (trx) => {
      const { owners, kids, tokens } = await emptyTables(trx, clock())
      await appendFact(trx, ports, { action: 'database.reset', subject: null, details: { tokens } })
      return { tokens, entries: [...owners.map(userEntry), ...kids.map(keyEntry)] }
    })
    await leaveLine(ports, 'db reset', { tokens })
    return tokens
  })
  print(`${place} is empty; ${count(revoked, 'token')} revoked`)
}

/** Names the database. */
export function withoutCredentials(url: string): string {
  return url.startsWith('sqlite:') ? url : describePostgresUrl(url)
}
