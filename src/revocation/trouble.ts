import type { Logger } from 'pino'

/** Something that goes wrong again and again while it lasts, told so that the log stays readable. */
export interface Trouble {
  /** It went wrong. Told at once, and then at most once in a while, with how often. @param fields for the line, no stack */
  meet: (fields: Record<string, unknown>) => void
  /** It went well. Told if trouble was. */
  end: () => void
}

const again_ms = 10_000

/**
 * @param what one line without a name for the log, such as `the database does not answer`
 * @param clock milliseconds
 */
export function watchTrouble(log: Logger, what: string, clock: () => number): Trouble {
  let began_ms: number | undefined
  let told_ms = Number.NEGATIVE_INFINITY
  let times = 0
  let told = false
  return {
    meet(fields) {
      const now = clock()
      began_ms ??= now
      times++
      if (now - told_ms < again_ms) return
      told = true
      told_ms = now
      log.warn({ ...fields, times }, what)
    },
    end() {
      if (told && began_ms !== undefined)
        log.info({ times, lasted_ms: Math.round(clock() - began_ms) }, `${what}: over`)
      began_ms = undefined
      times = 0
      told = false
    },
  }
}
