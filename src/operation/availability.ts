import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { watchProblem } from './problem.ts'

/** Whether the database can be used. A trouble is logged when it begins and when it is over, with its cause. */
export interface Availability {
  /** Takes note of an error. @returns whether the error says that the database is unavailable */
  noticed: (error: Error) => boolean
  /** Resolves if logins and revocations can be written. @throws Error that says why not */
  probe: () => Promise<void>
}

/** Pause between two probes while a trouble lasts. */
const pause_ms = 1000

/** @param isUnavailable whether an error says that the database is unavailable */
export function watchAvailability(
  log: Logger,
  isUnavailable: (error: Error) => boolean,
  probe: () => Promise<void>,
): Availability {
  const problem = watchProblem(log, 'the database cannot be used for now', () => performance.now())
  let troubled = false
  /** Whether an error came during the pause. The probe cannot see every trouble: the disk may be full. */
  let again = false
  const note = ({ message }: Error) => {
    again = true
    problem.occurred({ why: message })
  }
  const untilAvailable = async () => {
    troubled = true
    while (again) {
      again = false
      await sleep(pause_ms, undefined, { ref: false })
      await probe().catch(note)
    }
    troubled = false
    problem.resolved()
  }
  return {
    noticed(error) {
      if (!isUnavailable(error)) return false
      note(error)
      if (!troubled) void untilAvailable()
      return true
    },
    probe,
  }
}
