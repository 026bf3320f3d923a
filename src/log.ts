import { type Logger, pino } from 'pino'
import type { Settings } from './config.ts'

/** The service's log: one JSON object a line, on stdout. */
export function createLogger({ LOG_LEVEL }: Pick<Settings, 'LOG_LEVEL'>): Logger {
  return pino({ level: LOG_LEVEL, timestamp: pino.stdTimeFunctions.isoTime })
}
