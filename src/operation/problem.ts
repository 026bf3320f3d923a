import type { Logger } from 'pino'

/** A failure that repeats while it lasts, such as an unreachable database. Few of its occurrences are logged. */
export interface Problem {
  /**
   * Logs the failure immediately, and again for a cause that is new. Later it logs a reminder, with a count. @param fields for
   * the line: `why`, the cause, and others; no stack
   */
  occurred: (fields: { why: string; [name: string]: unknown }) => void
  /** The failure is over. Logged if the failure was logged. */
  resolved: () => void
}

/** Pause before the first reminder. It doubles with each reminder, up to the last value. */
const firstPause_ms = 10_000
const lastPause_ms = 3_600_000
/** Causes that get a line of their own. A message may contain a number that changes each time. */
const maxCauses = 3

/**
 * Creates the log of one repeating failure.
 * @param what one clause for the log, such as `the database does not answer`
 * @param clock milliseconds, from any origin
 */
export function watchProblem(log: Logger, what: string, clock: () => number): Problem {
  let began_ms: number | undefined
  let next_ms = Number.NEGATIVE_INFINITY
  let pause_ms = firstPause_ms
  let times = 0
  let causes = new Set<string>()
  const isDue = (now: number, why: string) =>
    now >= next_ms || (causes.size > 0 && causes.size < maxCauses && !causes.has(why))
  return {
    occurred(fields) {
      const now = clock()
      began_ms ??= now
      times++
      if (!isDue(now, fields.why)) return
      if (now >= next_ms) {
        next_ms = now + pause_ms
        pause_ms = Math.min(pause_ms * 2, lastPause_ms)
      }
      causes.add(fields.why)
      log.warn({ ...fields, times }, what)
    },
    resolved() {
      if (causes.size > 0 && began_ms !== undefined)
        log.info({ times, lasted_ms: Math.round(clock() - began_ms) }, `${what}: resolved`)
      // A failure that comes and goes is logged once in the first pause.
      next_ms = Math.min(next_ms, clock() + firstPause_ms)
      pause_ms = firstPause_ms
      began_ms = undefined
      times = 0
      causes = new Set()
    },
  }
}
