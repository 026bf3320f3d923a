import { writeSync } from 'node:fs'
import { type Logger, pino } from 'pino'
import type { Settings } from '../config/table.ts'

/** Creates the service's log: one JSON object per line on stdout. */
export function createLogger({ LOG_LEVEL }: Pick<Settings, 'LOG_LEVEL'>): Logger {
  return pino({ level: LOG_LEVEL, timestamp: pino.stdTimeFunctions.isoTime }, { write: writeLine })
}

/** Attempts to write to a full pipe, with a pause of 1 ms between them. */
const maxAttempts = 100
/** `Atomics.wait` on this value sleeps until its timeout. */
const sleepCell = new Int32Array(new SharedArrayBuffer(4))

/** The rest of a line that is partly written. It goes out before the next line, so that every line is complete. */
let unwritten = Buffer.alloc(0)
/** Whether the last line was lost. If so, the next line gets one attempt and no pause. */
let losing = false

/**
 * Writes a line. A line that cannot be written (full disk, no reader) is lost, and the service goes on. Pino's own
 * writer throws in this case, keeps the line, and retries without end before the process can exit.
 */
function writeLine(line: string): void {
  const attempts = losing ? 1 : maxAttempts
  unwritten = tryWrite(unwritten, attempts)
  losing = unwritten.length > 0
  if (losing) return
  const bytes = Buffer.from(line)
  const rest = tryWrite(bytes, attempts)
  losing = rest.length > 0
  if (rest.length < bytes.length) unwritten = rest
}

/** @returns the bytes that could not be written */
function tryWrite(bytes: Buffer<ArrayBuffer>, attempts: number): Buffer<ArrayBuffer> {
  let rest = bytes
  for (let failed = 0; rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (error) {
      failed++
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || failed >= attempts) return rest
      Atomics.wait(sleepCell, 0, 0, 1)
    }
  }
  return rest
}
