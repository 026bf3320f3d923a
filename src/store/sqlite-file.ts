import {
  type BigIntStats,
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { isBusy, isDamaged, isNoDatabase } from './sqlite-errors.ts'
import { StoreError } from './store-error.ts'
import { DatabaseUnavailable } from './unavailable.ts'

/** How long a start waits for another process that starts or ends at the same time. */
export const startWait_ms = 5000

/**
 * Makes sure that Latchkey may use the file: the file is new, or empty and private, or has Latchkey's tables. Creates the
 * file if it is missing. The file of another program is not changed, not even its mode.
 *
 * Closing a file drops this process's locks on it, so this runs before SQLite opens the file.
 * https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
 * @param path absolute
 * @param missing what to do if the file does not exist. A typing error in DATABASE_URL, or a wrong working directory, must
 *   not look like an empty database
 * @returns the path without links
 * @throws StoreError, or an error of the file system
 */
export function claimFile(path: string, missing: 'create' | 'refuse'): string {
  const found = stat(path) ?? (missing === 'create' ? createFile(path) : undefined)
  if (found === undefined) throw noDatabase(path)
  if (!found.isFile()) throw refusal(`${path} is ${found.isDirectory() ? 'a directory' : 'not a regular file'}`)
  // SQLite takes a file of one byte for an empty one.
  if (found.size > 0n && found.size < leastSize_bytes) throw refusal(`${path}: file is not a database`)
  const real = realpathSync(path)
  const tables = found.size === 0n ? [] : readTables(real)
  if (tables.length > 0 && !ownTables.every((name) => tables.includes(name))) {
    throw refusal(`${path} is the database of another program, and stays unchanged`)
  }
  if ((found.mode & 0o077n) !== 0n) {
    // Latchkey creates its files with mode 0600, so another program may have made this file.
    if (tables.length === 0) throw refusal(`${path} is empty and not private; delete the file, or set its mode to 0600`)
    if (Number(found.uid) === process.getuid?.()) chmodSync(real, 0o600)
  }
  return real
}

export function noDatabase(path: string): StoreError {
  return refusal(`there is no database at ${path}; start the server or run latchkey db migrate first`)
}

/** How long other processes may hold a lock before they count as running: a command may be at its end. */
const patience_ms = 1000

/**
 * In exclusive mode SQLite gets the lock only if no other connection is open, and keeps the lock until it is closed.
 * @throws Error of SQLite, BUSY if another connection is open
 */
export function takeAlone(file: DatabaseSync): void {
  file.exec(`pragma busy_timeout = ${patience_ms}; pragma locking_mode = exclusive; begin exclusive; commit`)
}

/**
 * A server of an earlier version does not know the entries that end all tokens of a user, so no process may change a file for
 * this version while another one has it open.
 * @throws StoreError
 */
export function refuseOldServer(real: string): void {
  const file = new DatabaseSync(real, { timeout: startWait_ms })
  try {
    const columns = file.prepare(`select name from pragma_table_info('revocation')`).all()
    if (columns.length === 0 || columns.some(({ name }) => name === 'below_generation')) return
    takeAlone(file)
  } catch (error) {
    if (isDamaged(error)) throw damage(real, error)
    if (!isBusy(error)) throw error
    throw refusal(`${real} is of an earlier version and in use; stop the server of that version first`)
  } finally {
    file.close()
  }
}

function refusal(what: string, hint?: string): StoreError {
  return new StoreError(`DATABASE_URL: ${what}`, hint)
}

function stat(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function createFile(path: string): BigIntStats {
  claimFolder(dirname(path))
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    // Another process may have created the file at the same time.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const created = stat(path)
  if (created === undefined) throw refusal(`${path} is a link to a file that does not exist`)
  return created
}

/** Makes the folder of the default database only. Any other folder that is missing may be a typing error. */
export function claimFolder(folder: string): void {
  const path = resolve(folder)
  if (existsSync(path)) return
  if (path !== resolve('data'))
    throw refusal(`there is no folder ${path}`, 'if the path is right, make the folder first')
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // Another process may have created the folder at the same time.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** The smallest page of SQLite. */
const leastSize_bytes = 512n
/** Tables of the first migration. */
const ownTables = ['signing_key', 'revocation']

/** Lists the tables, except SQLite's own and those that a migration makes before its transaction. */
function readTables(real: string): string[] {
  const url = pathToFileURL(real)
  // Without the file `-wal`, all tables are in the file itself. `immutable` creates no file beside it.
  url.search = existsSync(`${real}-wal`) ? 'mode=ro' : 'mode=ro&immutable=1'
  const file = new DatabaseSync(url, { timeout: startWait_ms })
  try {
    const statement = file.prepare(
      `select name from sqlite_schema where type in ('table', 'view')
        and name not glob 'sqlite_*' and name not glob 'kysely_*' and name not glob 'latchkey_*'`,
    )
    return statement.all().map(({ name }) => String(name))
  } catch (error) {
    if (isNoDatabase(error)) throw refusal(`${real}: file is not a database`)
    throw isDamaged(error) ? damage(real, error) : error
  } finally {
    file.close()
  }
}

function damage(path: string, { message }: { message: string }): StoreError {
  return refusal(`${path} is damaged (${message}); restore a backup with latchkey restore`)
}

/** Larger files are not checked as a whole, because a start would take seconds: 2 ms for each MB. */
const largestCheck_bytes = 256 * 2 ** 20
/** The tables that every token depends on, and that stay small or are read at every start anyway. */
const checkedTables = ['signing_key', 'revocation', 'user']

/**
 * Looks for damage: in the whole file if it has at most 256 MiB, otherwise in the tables of keys, revocations and accounts.
 * @throws StoreError that says how to get a sound file
 */
export function refuseDamaged(file: DatabaseSync, path: string): void {
  const whole = path === ':memory:' || statSync(path).size <= largestCheck_bytes
  const checks = whole ? ['quick_check(1)'] : checkedTables.map((table) => `quick_check("${table}")`)
  try {
    for (const check of checks) {
      const found = file.prepare(`pragma ${check}`).get()?.quick_check
      if (found !== 'ok') throw damage(path, { message: String(found).replace(/^\*\*\*.*\n/, '') })
    }
  } catch (error) {
    throw isDamaged(error) ? damage(path, error) : error
  }
}

/**
 * How long a look at the names counts. Three looks take 12 µs, a tenth of a request. Another process that finds the new file
 * needs longer to open the file and to commit a revocation, so no check accepts a token that was revoked there.
 */
const look_ms = 5

/**
 * Watches that the path names the file that is open. A process that goes on with a removed file would not see what other
 * processes write, and would lose what it writes itself.
 * @param real the path without links, beside which SQLite has its own files. All of them exist and are open
 * @returns throws DatabaseUnavailable if the file, or one of SQLite's files beside it, was removed or replaced
 */
export function watchFile(path: string, real: string): () => void {
  const names = [path, `${real}-wal`, `${real}-shm`].map((name) => ({ name, opened: identify(name) }))
  let looked_ms = Number.NEGATIVE_INFINITY
  return () => {
    const now_ms = performance.now()
    if (now_ms - looked_ms < look_ms) return
    const other = names.find(({ name, opened }) => identify(name) !== opened)
    if (other !== undefined) {
      const why = `${other.name} was removed or replaced while this process has it open; restart this process`
      throw new DatabaseUnavailable(new Error(why))
    }
    looked_ms = now_ms
  }
}

/** SQLite keeps the file open, so no other file gets its inode number. @returns undefined if there is no file */
function identify(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  return found && `${found.dev} ${found.ino}`
}
