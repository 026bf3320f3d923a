/**
 * The database cannot do this for now: it cannot be reached, is full, read-only, locked or wrongly set up. The same statement
 * may succeed later, so the caller is asked to try again. Every error of a driver is one, unless the error is our own fault.
 */
export class DatabaseUnavailable extends Error {
  override name = 'DatabaseUnavailable'

  /**
   * @param cause what the driver said; its message is for the log
   * @param file the database's file, if there is one
   */
  constructor(cause: Error, file?: string) {
    const message = messageOf(cause)
    super(file === undefined ? message : `${file}: ${message}`, { cause })
  }
}

/** A failure to connect to every address of a host has no message of its own. */
function messageOf(cause: Error & { code?: string }): string {
  if (cause instanceof AggregateError && cause.message === '')
    return cause.errors.map(({ message }) => message).join(', ')
  return cause.message || (cause.code ?? cause.name)
}

export function isDatabaseUnavailable(error: Error): boolean {
  return error instanceof DatabaseUnavailable
}
