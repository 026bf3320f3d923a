import type { Pool, PoolClient } from 'pg'
import type { Logger } from 'pino'
import { type Problem, watchProblem } from '../../operation/problem.ts'
import { logChannel, rowsChannel } from './records.ts'

/** Receives the notifications of other processes (LISTEN). They are only hints: a lost hint costs time, never truth. */
export interface Listener {
  start: () => void
  stop: () => void
}

const reconnect_ms = 500

/** @param hint called for each notification, and after each reconnection, because notifications may have been lost */
export function createListener(pool: Pool, log: Logger, hint: (of: 'log' | 'rows') => void): Listener {
  const problem = watchProblem(log, 'the database sends no notifications; nodes ask instead', () => performance.now())
  const connection: Connection = { pool, problem, hint, client: undefined, timer: undefined, stopped: false }
  return {
    start: () => void listen(connection),
    stop() {
      connection.stopped = true
      clearTimeout(connection.timer)
      drop(connection)
    },
  }
}

interface Connection {
  pool: Pool
  problem: Problem
  hint: (of: 'log' | 'rows') => void
  client: PoolClient | undefined
  timer: NodeJS.Timeout | undefined
  stopped: boolean
}

async function listen(connection: Connection): Promise<void> {
  const { pool, problem, hint } = connection
  try {
    const client = await pool.connect()
    if (connection.stopped) return client.release(true)
    connection.client = client
    client.on('error', (error) => reconnect(connection, error))
    client.on('notification', ({ channel }) => hint(channel === logChannel ? 'log' : 'rows'))
    await client.query(`listen ${logChannel}; listen ${rowsChannel}`)
    problem.resolved()
    hint('log')
    hint('rows')
  } catch (error) {
    reconnect(connection, error as Error)
  }
}

/** Tries again for as long as the node runs. Until then the node finds every change by asking. */
function reconnect(connection: Connection, error: Error): void {
  if (connection.stopped || connection.timer !== undefined) return
  connection.problem.occurred({ why: error.message })
  drop(connection)
  connection.timer = setTimeout(() => {
    connection.timer = undefined
    void listen(connection)
  }, reconnect_ms)
}

function drop(connection: Connection): void {
  connection.client?.removeAllListeners('notification')
  connection.client?.release(true)
  connection.client = undefined
}
