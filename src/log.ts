import { writeSync } from 'node:fs'
import { type Logger, pino } from 'pino'
import type { Settings } from './config.ts'

/** The service's log: one JSON object a line, on stdout. */
export function createLogger({ LOG_LEVEL }: Pick<Settings, 'LOG_LEVEL'>): Logger {
  return pino({ level: LOG_LEVEL, timestamp: pino.stdTimeFunctions.isoTime }, { write: writeLine })
}

/** How often a reader that is behind is waited for, a millisecond each time. */
const patience = 100
const never = new Int32Array(new SharedArrayBuffer(4))

/**
 * A line that cannot be written (the disk is full, nobody reads any more) is lost, and the service goes on. Pino's own
 * writer throws then, keeps what it could not write, and tries for ever to write it before the process may end.
 */
function writeLine(line: string): void {
  let rest = Buffer.from(line)
  for (let waited = 0; rest.length > 0 && waited < patience; ) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
      Atomics.wait(never, 0, 0, 1)
      waited++
    }
  }
}
