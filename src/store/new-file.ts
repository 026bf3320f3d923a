import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { constants } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { StoreError } from './store-error.ts'

/** What SQLite may put beside a database file. */
export const sqliteSuffixes = ['-wal', '-shm', '-journal'] as const

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Creates an empty file in the folder of `target`, with mode 0600, for `act`. The file is deleted when `act` has ended, unless
 * `act` has renamed it. SIGINT, SIGTERM and SIGHUP delete the file and end the process.
 * @throws StoreError if the file cannot be created
 */
export async function withTemporaryFile<T>(target: string, act: (temporary: string) => Promise<T>): Promise<T> {
  const temporary = join(dirname(target), `latchkey-${randomBytes(8).toString('hex')}.tmp`)
  const remove = () => {
    for (const suffix of ['', ...sqliteSuffixes]) rmSync(temporary + suffix, { force: true })
  }
  const end = (signal: (typeof signals)[number]) => {
    remove()
    process.exit(128 + constants.signals[signal])
  }
  for (const signal of signals) process.on(signal, end)
  try {
    create(temporary)
    return await act(temporary)
  } finally {
    remove()
    for (const signal of signals) process.off(signal, end)
  }
}

function create(path: string): void {
  try {
    const descriptor = openSync(path, 'wx', 0o600)
    // The umask may have taken more away.
    fchmodSync(descriptor, 0o600)
    closeSync(descriptor)
  } catch (error) {
    throw new StoreError(`cannot write to the folder ${dirname(path)} (${(error as NodeJS.ErrnoException).code})`)
  }
}

/**
 * Writes a new file that appears under its name only when it is complete and on disk.
 * @param write fills the file whose path it gets
 * @throws StoreError if there is already something at `target`, or if the file cannot be written
 */
export async function writeNewFile<T>(target: string, write: (temporary: string) => Promise<T>): Promise<T> {
  const path = resolve(target)
  requireFolder(dirname(path))
  refuseExisting(path)
  return withTemporaryFile(path, async (temporary) => {
    const written = await write(temporary)
    syncPath(temporary)
    publish(temporary, path)
    syncPath(dirname(path))
    return written
  })
}

function requireFolder(path: string): void {
  if (!existsSync(path) || !statSync(path).isDirectory()) throw new StoreError(`there is no folder ${path}`)
}

function refuseExisting(path: string): void {
  if (hasEntry(path)) throw new StoreError(`${path} already exists; choose another name, or delete it first`)
}

/** Whether the folder has this name, also for a link that leads nowhere. */
function hasEntry(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined
  } catch (error) {
    throw new StoreError(`cannot write ${path} (${(error as NodeJS.ErrnoException).code})`)
  }
}

/** A link never replaces a file, unlike a rename. Some file systems have no links. */
function publish(temporary: string, path: string): void {
  try {
    linkSync(temporary, path)
  } catch {
    refuseExisting(path)
    renameSync(temporary, path)
  }
}

/** Returns when the content of a file, or the names in a folder, are on disk. */
export function syncPath(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** @throws StoreError unless `path` is a regular file that this process may read */
export function requireRegularFile(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) throw new StoreError(`there is no file ${path}`)
  if (!found.isFile()) throw new StoreError(`${path} is not a regular file`)
  try {
    closeSync(openSync(path, 'r'))
  } catch (error) {
    throw new StoreError(`cannot read ${path} (${(error as NodeJS.ErrnoException).code})`)
  }
}

/** Follows links. Returns the path itself if there is no file. */
export function realPath(path: string): string {
  return existsSync(path) ? realpathSync(path) : resolve(path)
}
