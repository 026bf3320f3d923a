/** Node.js's connection errors, and SQLSTATE classes 08, 53 and 57: the database cannot be reached, or has no resources. */
const connection = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|08...|53...|57...)$/
/** SQLSTATE class 40 and 25P03: the transaction conflicted with another one, or stood still for too long. */
const transaction = /^(25P03|40...)$/
/** Errors of node-postgres, and SQLite's lock, which have no code. */
const message =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying to connect|Query read timeout|database is locked)/

/** Whether the error says that the database cannot be used for now: the same statement may succeed later. */
export function isDatabaseUnavailable(error: Error & { code?: string }): boolean {
  const { code = '' } = error
  return connection.test(code) || transaction.test(code) || message.test(error.message)
}
