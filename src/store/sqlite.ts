import { closeSync, existsSync, fchmodSync, fstatSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import type { Schema, Store } from './schema.ts'
import { sqliteDialect } from './sqlite-driver.ts'
import { StoreError } from './store-error.ts'

/** The only connection of a process to an SQLite file. */
export interface SqliteDatabase {
  kind: 'sqlite'
  store: Store
  /** Changes when another connection commits (3 µs). https://sqlite.org/pragma.html#pragma_data_version */
  dataVersion: () => number
}

export function openSqlite(path: string): SqliteDatabase {
  const file = openFile(path)
  const readVersion = file.prepare('pragma data_version')
  readVersion.setReturnArrays(true)
  return {
    kind: 'sqlite',
    store: new Kysely<Schema>({ dialect: sqliteDialect(file) }),
    // The types of node:sqlite do not know what `setReturnArrays` changes.
    dataVersion: () => (readVersion.get() as unknown as [number])[0],
  }
}

/** A typing error in DATABASE_URL, or a wrong working directory, must not look like an empty database. */
export function refuseMissing(path: string): void {
  try {
    if (path !== ':memory:') statSync(path)
  } catch (error) {
    // Opening the file reports any other error.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return
    throw new StoreError(
      `DATABASE_URL: there is no database at ${resolve(path)}; start the server or run latchkey db migrate first`,
    )
  }
}

/** Opens the file. Creates the file and its folder if missing, and sets the mode 0600 if this user owns the file. */
function openFile(path: string): DatabaseSync {
  if (path !== ':memory:') {
    makeFolder(dirname(path))
    const descriptor = openSync(path, 'a', 0o600)
    if (fstatSync(descriptor).uid === process.getuid?.()) fchmodSync(descriptor, 0o600)
    closeSync(descriptor)
  }
  const file = new DatabaseSync(path)
  file.exec('pragma busy_timeout = 5000; pragma foreign_keys = on')
  file.exec('pragma journal_mode = wal; pragma synchronous = full')
  return file
}

/** Not `recursive`, which retries forever if a file system answers ENOENT, as /proc does and an automounter may. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // Another process may have created the folder at the same time.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
