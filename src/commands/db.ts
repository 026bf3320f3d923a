import type { Settings } from '../config/table.ts'
import { keyEntry } from '../revocation/entry.ts'
import { emptyTables } from '../store/empty.ts'
import { migrate as migrateStore } from '../store/migrate.ts'
import { openDatabase } from '../store/open.ts'
import { confirm } from './prompt.ts'
import { count, print } from './terminal.ts'
import { withPorts } from './with-ports.ts'

/** Applies the missing migrations. */
export async function migrate(settings: Settings): Promise<void> {
  const { store } = await openDatabase(settings.DATABASE_URL)
  try {
    const applied = await migrateStore(store)
    print(applied.length === 0 ? 'the schema is up to date' : `applied ${applied.join(', ')}`)
  } finally {
    await store.destroy()
  }
}

/** Deletes everything and revokes every token, on running servers too. */
export async function reset(settings: Settings, options: { yes?: true }): Promise<void> {
  const place = withoutCredentials(settings.DATABASE_URL)
  const revoked = await withPorts(settings, async ({ revocation, clock }) => {
    if (!options.yes) await confirm(`This deletes every account, token, key and widget in ${place}.`)
    const { tokens } = await revocation.revoke(async (trx) => {
      const { tokens, kids } = await emptyTables(trx)
      return { tokens, entries: [...tokens, ...kids.map(keyEntry)] }
    })
    return tokens.filter(({ expires_at }) => expires_at > clock()).length
  })
  print(`${place} is empty; ${count(revoked, 'token')} revoked`)
}

function withoutCredentials(url: string): string {
  return url.startsWith('sqlite:') ? url : `PostgreSQL at ${new URL(url).host}${new URL(url).pathname}`
}
