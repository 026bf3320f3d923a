import type { Logger } from 'pino'
import { Refusal } from '../refusal.ts'
import type { Client } from './client.ts'

/** The log, and the subjects of its lines of the last 15 minutes. */
interface Notes {
  log: Logger
  limitsNoted: { has: (subject: string) => boolean; set: (subject: string, noted: true) => unknown }
}

/**
 * Returns a handler for the error of a limit, which is thrown again. The log gets a line once in 15 minutes for
 * each limit of an account, and once for each limit of a network. Names without an account share the line of their network.
 * So a flood does not fill the log, and a flood that lasts is told again.
 * @param owner the id of the account or of the service, if there is one
 */
export function noteLimit(notes: Notes, client: Client, owner?: string) {
  return (error: unknown): never => {
    if (error instanceof Refusal && error.code.startsWith('too_many')) {
      const account = error.detail.limit_of === 'account' ? owner : undefined
      const subject = `${error.code} ${account ?? client.network}`
      noteOnce(notes, subject, { limit: error.code, owner: account, address: client.ip }, 'refused by a limit')
    }
    throw error
  }
}

/** Logs a line, unless a line about this subject was logged in the last 15 minutes. */
export function noteOnce({ log, limitsNoted }: Notes, subject: string, fields: object, line: string): void {
  if (limitsNoted.has(subject)) return
  // Only here: each call would begin the 15 minutes again.
  limitsNoted.set(subject, true)
  log.info(fields, line)
}
