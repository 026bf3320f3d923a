import type { Pool } from 'pg'
import type { Logger } from 'pino'
import { watchProblem } from '../../operation/problem.ts'
import type { News } from '../protocol/messages.ts'
import { tell } from './records.ts'

/** Tells the other processes that the log, or the node rows, have changed (NOTIFY). */
export interface Notifier {
  /** Tells what a caller's own transaction has appended, after the commit. */
  send: (news: News) => void
  /**
   * Runs a statement that notifies. If the queue of notifications is full, the statement runs again without.
   * @param wants whether the statement has anything to tell
   * @param run gets whether to notify
   */
  around: <T>(wants: boolean, run: (tells: boolean) => Promise<T>) => Promise<T>
}

/** After this time a full queue is tried again. */
const pause_ms = 5000

/** News that wait to be sent. The rest is found by asking. */
const newsLimit = 100

/**
 * The queue of notifications belongs to the whole server: a session of another database can fill the queue, and then a
 * transaction with a NOTIFY cannot commit. So the callers' transactions carry none, and the statements of the protocol do
 * without as long as the queue is full.
 */
export function createNotifier(pool: Pool, log: Logger): Notifier {
  const problem = watchProblem(log, 'the database takes no notifications; nodes ask instead', () => performance.now())
  const due: News[] = []
  let sending = false
  let full_until_ms = Number.NEGATIVE_INFINITY
  const take = async () => {
    sending = true
    for (let news = due.shift(); news !== undefined && !pool.ending; news = due.shift()) {
      await tell(pool, news).then(problem.resolved, (error) => problem.occurred({ why: error.message }))
    }
    sending = false
  }
  return {
    send(news) {
      if (due.length >= newsLimit) due.shift()
      due.push(news)
      if (!sending) void take()
    },
    async around(wants, run) {
      const tells = wants && performance.now() >= full_until_ms
      try {
        const result = await run(tells)
        if (tells) problem.resolved()
        return result
      } catch (error) {
        if (!tells || !isQueueFull(error)) throw error
        full_until_ms = performance.now() + pause_ms
        problem.occurred({ why: (error as Error).message })
        return run(false)
      }
    },
  }
}

/** `program_limit_exceeded`: at its commit, a transaction finds no room for its notification. */
function isQueueFull(error: unknown): boolean {
  const { code } = ((error as Error).cause ?? error) as { code?: string }
  return code === '54000'
}
