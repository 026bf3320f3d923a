/**
 * The database cannot do this for now: it cannot be reached, is full, read-only, locked or wrongly set up. The same statement
 * may succeed later, so the caller is asked to try again. Every error of a driver is one, unless the error is our own fault.
 */
export class DatabaseUnavailable extends Error {
  override name = 'DatabaseUnavailable'

  /** @param cause what the driver said; its message is for the log */
  constructor(cause: Error) {
    super(cause.message, { cause })
  }
}

/** Node.js's connection errors, and SQLSTATE classes 08, 53 and 57: no connection, or no resources. */
const connectionCode = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|08...|53...|57...)$/
/** SQLSTATE class 40 and 25P03: the transaction conflicted with another one, or was idle for too long. */
const transactionCode = /^(25P03|40...)$/
/** Errors of node-postgres, and SQLite's lock, which have no code. */
const messageStart =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying to connect|Query read timeout|database is locked)/

/** Whether the database is temporarily unavailable. The same statement may succeed later. */
export function isDatabaseUnavailable(error: Error & { code?: string }): boolean {
  if (error instanceof DatabaseUnavailable) return true
  const { code = '' } = error
  return connectionCode.test(code) || transactionCode.test(code) || messageStart.test(error.message)
}
