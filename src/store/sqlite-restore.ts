import { chownSync, existsSync, linkSync, readFileSync, renameSync, rmSync, type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { realPath, requireRegularFile, sqliteSuffixes, syncPath, withTemporaryFile } from './new-file.ts'
import type { Schema, Store } from './schema.ts'
import { checkSqlite, copyBackup, kindOfBackup } from './sqlite-backup.ts'
import { oneConnection, sqliteDialect } from './sqlite-driver.ts'
import { isBusy, isDamaged, isNoDatabase } from './sqlite-errors.ts'
import { claimFolder, takeAlone } from './sqlite-file.ts'
import { StoreError } from './store-error.ts'

/** @throws StoreError if `file` cannot be a backup of the database at `path` */
export function inspectSqliteBackup(file: string, path: string): void {
  if (path === ':memory:') throw new StoreError('DATABASE_URL names a database in memory: there is no file to replace')
  requireRegularFile(file)
  if (kindOfBackup(file) === 'postgres') {
    throw new StoreError(`${file} is a backup of a PostgreSQL database, but DATABASE_URL names an SQLite file`)
  }
  if (kindOfBackup(file) === undefined) throw new StoreError(`${file} is not a backup of Latchkey`)
  if (existsSync(path) && isSameFile(file, path)) throw new StoreError(`${file} is the database itself`)
}

/**
 * Replaces the database by a backup. A process that is killed at any moment leaves the replaced database or the restored one.
 * @param prepare brings the copy of the backup up to date. `replaced` reads from the database that will be replaced; it
 *   is undefined if there is no database, or if the database cannot be opened
 * @returns also `kept`: where the replaced file is now; undefined if there was no file
 * @throws StoreError if another process uses the database, or if the backup cannot be used
 */
export async function restoreSqlite<T>(
  path: string,
  file: string,
  prepare: (copy: string, replaced: Store | undefined) => Promise<T>,
): Promise<T & { kept: string | undefined; accounts: number }> {
  claimFolder(dirname(path))
  const target = realPath(path)
  const present = statSync(target, { throwIfNoEntry: false })
  const held = hold(target, present)
  try {
    return await withTemporaryFile(target, async (temporary) => {
      await copyBackup(file, temporary)
      const accounts = checkSqlite(temporary, file)
      const prepared = await prepare(temporary, held && storeOf(held))
      giveTo(temporary, present ?? statSync(dirname(target)))
      syncPath(temporary)
      const kept = replace(target, temporary, present, held !== undefined)
      return { ...prepared, kept, accounts }
    })
  } finally {
    held?.close()
  }
}

function storeOf(file: DatabaseSync): Store {
  return new Kysely<Schema>({ dialect: sqliteDialect(oneConnection(file)) })
}

/**
 * Excludes every other process from the database, and moves what is in its log (`-wal`) into the file. The file leaves the WAL
 * mode, so that a process that has opened the file but not read yet fails later, when it finds another file under the name
 * (SQLITE_READONLY_DBMOVED).
 * @returns undefined if there is no database, or if the file is damaged
 * @throws StoreError if another process uses the database
 */
function hold(path: string, present: Stats | undefined): DatabaseSync | undefined {
  if (present === undefined) return refuseLocked(path)
  if (!present.isFile()) throw new StoreError(`${path} is not a regular file`)
  const file = open(path)
  try {
    takeAlone(file)
    const { journal_mode } = file.prepare('pragma journal_mode = delete').get() as { journal_mode: string }
    // Leaving the WAL mode may release the lock.
    file.exec('begin exclusive; commit')
    if (journal_mode === 'delete' && statSync(path, { throwIfNoEntry: false })?.ino === present.ino) return file
    throw inUse(path)
  } catch (error) {
    file.close()
    if (error instanceof StoreError) throw error
    if (isDamaged(error) || isNoDatabase(error)) return refuseLocked(path)
    if (isBusy(error)) throw inUse(path)
    throw new StoreError(`cannot open ${path}: ${(error as Error).message}`)
  }
}

function open(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path)
  } catch (error) {
    throw new StoreError(`cannot open ${path}: ${(error as Error).message}`)
  }
}

function inUse(path: string): StoreError {
  return new StoreError(`another process uses ${path}; stop the server and every command first`)
}

/**
 * SQLite gets no lock of a file that it cannot read. Linux lists the locks of all processes (proc_locks(5)).
 * @throws StoreError if a process has locked the database or its shared memory
 */
function refuseLocked(path: string): undefined {
  const inodes = ['', ...sqliteSuffixes].map((suffix) => statSync(path + suffix, { throwIfNoEntry: false })?.ino)
  const locks = existsSync('/proc/locks') ? readFileSync('/proc/locks', 'utf8') : ''
  for (const [, inode] of locks.matchAll(/ [0-9a-f]+:[0-9a-f]+:(\d+) /g)) {
    if (inodes.includes(Number(inode))) throw inUse(path)
  }
}

function isSameFile(a: string, b: string): boolean {
  const [first, second] = [statSync(a), statSync(b)]
  return first.dev === second.dev && first.ino === second.ino
}

/** The server must be able to read the file when another user, such as root, has restored it. */
function giveTo(path: string, { uid, gid }: Stats): void {
  const own = statSync(path)
  if (own.uid === uid && (own.gid === gid || process.getuid?.() !== 0)) return
  try {
    chownSync(path, uid, gid)
  } catch {
    throw new StoreError(`the database belongs to the user with the id ${uid}; restore as this user or as root`)
  }
}

/**
 * Puts the new file in the place of the database. A `-wal` that belongs to the replaced file would be applied to the new file,
 * so it is removed first. If the replaced file is intact, its `-wal` has nothing that the file has not.
 * @returns where the replaced file is now
 */
function replace(path: string, temporary: string, present: Stats | undefined, intact: boolean): string | undefined {
  if (present === undefined && existsSync(path)) throw inUse(path)
  const kept = present && `${path}.before-restore-${new Date().toISOString().replace(/[-:.]/g, '')}`
  if (kept !== undefined) keep(path, kept, intact ? [] : ['-wal', '-journal'])
  for (const suffix of sqliteSuffixes) rmSync(path + suffix, { force: true })
  renameSync(temporary, path)
  syncPath(dirname(path))
  return kept
}

/** Gives the files a second name. The first one is replaced later, so that there is a database at every moment. */
function keep(path: string, kept: string, suffixes: string[]): void {
  try {
    for (const suffix of ['', ...suffixes]) if (existsSync(path + suffix)) linkSync(path + suffix, kept + suffix)
    syncPath(dirname(path))
  } catch (error) {
    throw new StoreError(`cannot keep the replaced database as ${kept} (${(error as NodeJS.ErrnoException).code})`)
  }
}
