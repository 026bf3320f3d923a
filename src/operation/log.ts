import { writeSync } from 'node:fs'
import { type Logger, pino } from 'pino'
import type { Settings } from '../config/table.ts'

/** The service's log: one JSON object a line, on stdout. */
export function createLogger({ LOG_LEVEL }: Pick<Settings, 'LOG_LEVEL'>): Logger {
  return pino({ level: LOG_LEVEL, timestamp: pino.stdTimeFunctions.isoTime }, { write: writeLine })
}

/** How often a reader that is behind is waited for, a millisecond each time. */
const patience = 100
const never = new Int32Array(new SharedArrayBuffer(4))

/** What is left of a line that has been begun: whoever reads on must find it whole. */
let begun = Buffer.alloc(0)
/** Whether the last line was lost: then nobody is waited for until a line gets through again. */
let losing = false

/**
 * A line that cannot be written (the disk is full, nobody reads any more) is lost, and the service goes on. Pino's own
 * writer throws then, keeps what it could not write, and tries for ever to write it before the process may end.
 */
function writeLine(line: string): void {
  const tries = losing ? 1 : patience
  begun = put(begun, tries)
  losing = begun.length > 0
  if (losing) return
  const whole = Buffer.from(line)
  const rest = put(whole, tries)
  losing = rest.length > 0
  if (rest.length < whole.length) begun = rest
}

/** @returns what could not be written */
function put(bytes: Buffer<ArrayBuffer>, tries: number): Buffer<ArrayBuffer> {
  let rest = bytes
  for (let tried = 0; rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (error) {
      tried++
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || tried >= tries) return rest
      Atomics.wait(never, 0, 0, 1)
    }
  }
  return rest
}
