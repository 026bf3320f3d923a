import type { Logger } from 'pino'

/** A failure that repeats while it lasts, such as an unreachable database. Few of its occurrences are logged. */
export interface Problem {
  /** Logs the failure immediately, then at most once in 10 s, with a count. @param fields for the line, no stack */
  occurred: (fields: Record<string, unknown>) => void
  /** The failure is over. Logged if the failure was logged. */
  resolved: () => void
}

const pause_ms = 10_000

/**
 * Creates the log of one repeating failure.
 * @param what one clause for the log, such as `the database does not answer`
 * @param clock milliseconds, from any origin
 */
export function watchProblem(log: Logger, what: string, clock: () => number): Problem {
  let began_ms: number | undefined
  let logged_ms = Number.NEGATIVE_INFINITY
  let times = 0
  let logged = false
  return {
    occurred(fields) {
      const now = clock()
      began_ms ??= now
      times++
      if (now - logged_ms < pause_ms) return
      logged = true
      logged_ms = now
      log.warn({ ...fields, times }, what)
    },
    resolved() {
      if (logged && began_ms !== undefined)
        log.info({ times, lasted_ms: Math.round(clock() - began_ms) }, `${what}: resolved`)
      began_ms = undefined
      times = 0
      logged = false
    },
  }
}
