import type { DatabaseSync } from 'node:sqlite'
import { DatabaseUnavailable } from './unavailable.ts'

/**
 * SQLite's results that are our own fault: ERROR (wrong SQL), INTERNAL, TOOBIG, CONSTRAINT, MISMATCH, MISUSE, RANGE. Any
 * other result says that the file cannot be used for now. https://sqlite.org/rescode.html
 */
const ourFaults = new Set([1, 2, 18, 19, 20, 21, 25])
const busy = 5
const corrupt = 11
const noDatabase = 26

/** Returns the primary result code. Undefined if this is no error of SQLite. */
function resultOf(error: unknown): number | undefined {
  const { errcode } = error as { errcode?: number }
  return errcode === undefined ? undefined : errcode & 0xff
}

/** Whether another process has the lock that the statement needs. */
export function isBusy(error: unknown): boolean {
  return resultOf(error) === busy
}

/** Whether the file is a database, but its content contradicts itself. */
export function isDamaged(error: unknown): error is Error {
  return resultOf(error) === corrupt
}

/** Whether the file does not begin as a database does. */
export function isNoDatabase(error: unknown): boolean {
  return resultOf(error) === noDatabase
}

/**
 * Returns the error as DatabaseUnavailable that names the file, unless the error is our own fault.
 * @param file the connection that threw the error
 */
export function toUnavailable(error: unknown, file: DatabaseSync): unknown {
  const result = resultOf(error)
  if (result === undefined || ourFaults.has(result)) return error
  return new DatabaseUnavailable(error as Error, file.location() ?? undefined)
}
