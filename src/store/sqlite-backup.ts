import { closeSync, createReadStream, createWriteStream, existsSync, openSync, readSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { backup as copyPages, DatabaseSync } from 'node:sqlite'
import { pipeline } from 'node:stream/promises'
import { migrationTable } from './migrate.ts'
import { realPath, sqliteSuffixes, writeNewFile } from './new-file.ts'
import { noDatabase } from './sqlite-file.ts'
import { StoreError } from './store-error.ts'

/** Called with the size of the part that is copied, and of the whole. */
export type Report = (done_bytes: number, total_bytes?: number) => void

/** Pages in one step of a copy. Between steps the process can handle a signal. */
const stepPages = 1000

/** The tables without which a file is no database of Latchkey. */
const tables = ['user', 'token', 'revocation', 'signing_key', migrationTable]

/**
 * Copies the database into a new file, while servers may use the database. The file does not exist until the copy is complete,
 * on disk and checked.
 * @returns the size of the new file, and the number of accounts in it
 * @throws StoreError
 */
export async function backupSqlite(
  path: string,
  target: string,
  report: Report,
): Promise<{ bytes: number; accounts: number }> {
  if (path === ':memory:') throw new StoreError('DATABASE_URL names a database in memory: there is no file to copy')
  if (!existsSync(path)) throw noDatabase(resolve(path))
  return writeNewFile(target, async (temporary) => {
    await copyDatabase(realPath(path), temporary, report)
    return { accounts: checkSqlite(temporary, path), bytes: statSync(temporary).size }
  })
}

/**
 * Copies a backup. A file without other files beside it is complete, and is not opened by SQLite, which might change it.
 * @param to an empty file
 * @throws StoreError
 */
export async function copyBackup(from: string, to: string): Promise<void> {
  if (sqliteSuffixes.some((suffix) => existsSync(from + suffix))) return copyDatabase(from, to, () => {})
  try {
    await pipeline(createReadStream(from), createWriteStream(to))
  } catch (error) {
    throw new StoreError(`cannot copy ${from}: ${(error as Error).message}`)
  }
}

/** Copies one state of a database, while other processes may write to the database. */
async function copyDatabase(from: string, to: string, report: Report): Promise<void> {
  let source: DatabaseSync | undefined
  try {
    source = new DatabaseSync(from)
    // An open transaction reads one state until it ends. Otherwise SQLite begins the copy again whenever another connection
    // has written. https://sqlite.org/c3ref/backup_finish.html#sqlite3backupstep
    source.exec('pragma busy_timeout = 5000; begin')
    const { page_size } = source.prepare('pragma page_size').get() as { page_size: number }
    source.prepare('select count(*) from sqlite_schema').get()
    const progress = ({ totalPages, remainingPages }: { totalPages: number; remainingPages: number }) =>
      report((totalPages - remainingPages) * page_size, totalPages * page_size)
    await copyPages(source, to, { rate: stepPages, progress })
  } catch (error) {
    throw new StoreError(`cannot copy ${from}: ${(error as Error).message}`)
  } finally {
    source?.close()
  }
}

/**
 * Reads the whole copy, and makes one file of it that needs no other file beside it.
 * @param from what the message names
 * @returns the number of accounts
 * @throws StoreError if the copy is damaged, or is no database of Latchkey
 */
export function checkSqlite(copy: string, from: string): number {
  const file = new DatabaseSync(copy)
  try {
    file.exec('pragma journal_mode = delete')
    const { quick_check } = file.prepare('pragma quick_check(1)').get() as { quick_check: string }
    if (quick_check !== 'ok') throw new Error(quick_check)
    requireTables(file, from)
    return (file.prepare('select count(*) as accounts from user').get() as { accounts: number }).accounts
  } catch (error) {
    throw error instanceof StoreError ? error : new StoreError(`${from} is damaged: ${(error as Error).message}`)
  } finally {
    file.close()
  }
}

function requireTables(file: DatabaseSync, path: string): void {
  const names = file.prepare(`select name from sqlite_schema where type = 'table'`).all() as { name: string }[]
  const missing = tables.find((table) => !names.some(({ name }) => name === table))
  if (missing !== undefined) throw new StoreError(`${path} is not a database of Latchkey: there is no table ${missing}`)
}

/** What made a backup, by its first bytes. */
export function kindOfBackup(path: string): 'sqlite' | 'postgres' | undefined {
  const head = Buffer.alloc(16)
  const descriptor = openSync(path, 'r')
  readSync(descriptor, head)
  closeSync(descriptor)
  if (head.toString('latin1') === 'SQLite format 3\0') return 'sqlite'
  return head.toString('latin1').startsWith('PGDMP') ? 'postgres' : undefined
}
