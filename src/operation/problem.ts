import type { Logger } from 'pino'

/** A condition that goes wrong again and again while it lasts. It is logged in a way that keeps the log readable. */
export interface Problem {
  /** Something went wrong. Logged at once, and then at most once in 10 s, with a count. @param fields for the line, no stack */
  occurred: (fields: Record<string, unknown>) => void
  /** It works. Logged if the problem was logged. */
  resolved: () => void
}

const pause_ms = 10_000

/**
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
        log.info({ times, lasted_ms: Math.round(clock() - began_ms) }, `${what}: over`)
      began_ms = undefined
      times = 0
      logged = false
    },
  }
}
