import { readEnvironment } from '../config/reader.ts'
import type { Settings } from '../config/table.ts'
import { deleteAllLinks } from '../credentials/links/records.ts'
import { endAllKeys } from '../keys/end-all.ts'
import { readKeyFile } from '../keys/load.ts'
import { isFileKey, selectKeys } from '../keys/records.ts'
import { deleteAllMessages } from '../mail/records.ts'
import { refuseRenewed, refuseRunningNodes } from '../revocation/postgres/compatibility.ts'
import { appendInside, selectFleet, unsettle } from '../revocation/postgres/records.ts'
import { selectEndedKeys } from '../revocation/records.ts'
import { openDatabase } from '../store/open.ts'
import type { PostgresDatabase } from '../store/postgres.ts'
import { currentSchema, presentTables } from '../store/postgres-backup.ts'
import { type Dump, inspectDump, restorePostgres } from '../store/postgres-restore.ts'
import type { Store } from '../store/schema.ts'
import { inspectSqliteBackup, restoreSqlite } from '../store/sqlite-restore.ts'
import { withoutCredentials } from './db.ts'
import { confirm } from './prompt.ts'
import { count, print } from './terminal.ts'
import { leaveLine } from './trail.ts'
import { withPorts } from './with-ports.ts'

/** Keys that a backup need not know. */
interface OtherKeys {
  kids: string[]
  /** Whether a server signs with one of them from its SIGNING_KEY_FILE. */
  fromFile: boolean
}

/** What a restore has done. */
interface Restored {
  accounts: number
  /** Number of ended keys. */
  keys: number
  /** Whether a server signed with one of the ended keys from its SIGNING_KEY_FILE. */
  fromFile: boolean
  /** Where the replaced SQLite file is now. */
  kept?: string | undefined
  /** Whether the keys of the replaced database could not be read. */
  unreadable: boolean
}

/** Replaces the database by a backup, and ends every key, so that every token is revoked. No server may run. */
export async function restore(settings: Settings, file: string, options: { yes?: true }): Promise<void> {
  const place = withoutCredentials(settings.DATABASE_URL)
  const own = await readOwnKey(settings)
  const act = settings.DATABASE_URL.startsWith('sqlite:')
    ? prepareFile(settings, file, own)
    : await prepareDump(settings, file, own)
  if (!options.yes) await confirm(`This replaces everything in ${place} by ${file} and revokes every token.`)
  const restored = await act()
  await withPorts(settings, (ports) => leaveLine(ports, 'restore', { file, accounts: restored.accounts }))
  print(describe(place, file, restored))
}

function describe(place: string, file: string, restored: Restored): string {
  const { accounts, keys, fromFile, kept, unreadable } = restored
  const lines = [
    `${place} is restored from ${file}: ${count(accounts, 'account')}`,
    `every token is revoked (${count(keys, 'signing key')} ended), so every user has to log in again`,
  ]
  if (kept !== undefined) lines.push(`the replaced database is now ${kept}; delete it when you do not need it`)
  if (unreadable) lines.push('the replaced database could not be read, so its own keys are not ended')
  if (fromFile || unreadable) lines.push('if a server has a SIGNING_KEY_FILE, put another key into it before the start')
  return lines.join('\n')
}

/** The key of SIGNING_KEY_FILE may have signed tokens after the backup was made. */
async function readOwnKey(settings: Settings): Promise<OtherKeys> {
  const key = await readKeyFile(settings)
  return { kids: key === undefined ? [] : [key.kid], fromFile: key !== undefined }
}

/** Keys that were made or revoked after the backup was made. */
async function readKeys(replaced: Store, own: OtherKeys): Promise<OtherKeys> {
  const keys = await selectKeys(replaced)
  const ended = await selectEndedKeys(replaced)
  const kids = [...own.kids, ...keys.map(({ kid }) => kid), ...ended]
  return { kids, fromFile: own.fromFile || keys.some(isFileKey) }
}

function prepareFile(settings: Settings, file: string, own: OtherKeys): () => Promise<Restored> {
  const path = settings.DATABASE_URL.slice('sqlite:'.length)
  inspectSqliteBackup(file, path)
  return async () => {
    const restored = await restoreSqlite(path, file, async (copy, replaced) => {
      const known = replaced && (await readKeys(replaced, own).catch(() => undefined))
      const others = known ?? own
      const { keys, fromFile } = await withPorts({ ...settings, DATABASE_URL: `sqlite:${copy}` }, (ports) =>
        ports.revocation.revoke(async (trx) => {
          // The messages were sent since the backup was made, and the links were used. A dump has neither.
          await deleteAllMessages(trx)
          await deleteAllLinks(trx)
          return endAllKeys(trx, others.kids, ports.clock())
        }),
      )
      return { keys, fromFile: fromFile || others.fromFile, isKnown: known !== undefined }
    })
    return { ...restored, unreadable: restored.kept !== undefined && !restored.isKnown }
  }
}

async function prepareDump(settings: Settings, file: string, own: OtherKeys): Promise<() => Promise<Restored>> {
  const dump = await inspectDump(file, readEnvironment())
  return async () => {
    const database = await openDatabase(settings.DATABASE_URL)
    if (database.kind !== 'postgres') throw new Error('not a PostgreSQL database')
    try {
      return await restoreDump(database, dump, own)
    } finally {
      await database.store.destroy()
    }
  }
}

async function restoreDump(database: PostgresDatabase, dump: Dump, own: OtherKeys): Promise<Restored> {
  const [node] = await presentTables(database.store, await currentSchema(database.store), ['node'])
  const dead = node === undefined ? [] : await refuseRunningNodes(database.pool)
  return restorePostgres(database, dump, {
    async before(trx, client, tables) {
      // A node may have joined before the tables were locked.
      if (tables.includes('node')) refuseRenewed(await selectFleet(client), dead)
      return tables.includes('signing_key') && tables.includes('revocation') ? readKeys(trx, own) : own
    },
    async after(trx, client, others) {
      const { entries, keys, fromFile } = await endAllKeys(trx, others.kids, Date.now())
      await unsettle(client)
      await appendInside(trx, entries)
      return { keys, fromFile: fromFile || others.fromFile, unreadable: false }
    },
  })
}
