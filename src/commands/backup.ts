import { readEnvironment } from '../config/reader.ts'
import type { Settings } from '../config/table.ts'
import { openDatabase } from '../store/open.ts'
import { backupPostgres } from '../store/postgres-backup.ts'
import { backupSqlite, type Report } from '../store/sqlite-backup.ts'
import { withoutCredentials } from './db.ts'
import { count, print } from './terminal.ts'
import { leaveLine, warnUnlogged } from './trail.ts'

/** Copies the database into a new file. Servers may run beside the command. */
export async function backup(settings: Settings, file: string): Promise<void> {
  const url = settings.DATABASE_URL
  const { bytes, accounts } = await withProgress((report) =>
    url.startsWith('sqlite:')
      ? backupSqlite(url.slice('sqlite:'.length), file, report)
      : dumpPostgres(url, file, report),
  )
  await leaveBackupLine(url, { file, accounts })
  print(`${file} is a backup of ${withoutCredentials(url)}: ${size(bytes)}, ${count(accounts, 'account')}`)
}

/** A backup reads everything, so the trail says who has made one. A database of an earlier version may have no trail. */
async function leaveBackupLine(url: string, made: { file: string; accounts: number }): Promise<void> {
  try {
    const { store } = await openDatabase(url, { missing: 'refuse' })
    try {
      const tables = await store.introspection.getTables()
      if (!tables.some(({ name }) => name === 'command_log')) return
      await leaveLine({ store, clock: Date.now }, 'backup', made)
    } finally {
      await store.destroy()
    }
  } catch (error) {
    warnUnlogged(error as Error)
  }
}

async function dumpPostgres(url: string, target: string, report: Report) {
  const database = await openDatabase(url)
  if (database.kind !== 'postgres') throw new Error('not a PostgreSQL database')
  try {
    return await backupPostgres(database, { url, target }, readEnvironment(), report)
  } finally {
    await database.store.destroy()
  }
}

/** Shows on a terminal how much is copied. */
async function withProgress<T>(act: (report: Report) => Promise<T>): Promise<T> {
  const terminal = process.stderr
  const report: Report = (done, total) => {
    const of = total === undefined ? '' : ` of ${size(total)}`
    terminal.write(`\r\x1b[K${size(done)}${of} copied`)
  }
  try {
    return await act(terminal.isTTY ? report : () => {})
  } finally {
    if (terminal.isTTY) terminal.write('\r\x1b[K')
  }
}

function size(bytes: number): string {
  return bytes < 1e5 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}
