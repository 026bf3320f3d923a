import type { Pool, PoolClient } from 'pg'
import type { Logger } from 'pino'
import { type Problem, watchProblem } from '../../operation/problem.ts'
import { isTransactionPooled } from '../../store/pooler.ts'
import { type Hint, readHint } from './news.ts'
import { logChannel, madeChannel, rowsChannel, selectNotifyKey } from './records.ts'

/** Receives the notifications of other processes (LISTEN). A lost notification costs time, never truth. */
export interface Listener {
  /** Resolves after the first attempt. */
  start: () => Promise<void>
  stop: () => void
}

/** Pause before a new connection. It doubles while no connection can be made, up to the last value. */
const firstPause_ms = 500
const lastPause_ms = 5000

const pooled =
  'a pooler in transaction mode is in front of the database: no notifications arrive, so a revocation waits for the next renewal of each node, up to half of LEASE_MS'

interface Receivers {
  /** Called for each notification of the log and of rows, and after each reconnection, because notifications may have been lost. */
  hint: (hint: Hint) => void
  /** A process has made a token for a user. */
  onMade: (sender: string, userId: string) => void
}

export function createListener(pool: Pool, log: Logger, receivers: Receivers): Listener {
  const problem = watchProblem(log, 'the database sends no notifications; nodes ask instead', () => performance.now())
  const connection: Connection = {
    pool,
    log,
    problem,
    ...receivers,
    client: undefined,
    timer: undefined,
    pause_ms: firstPause_ms,
    stopped: false,
  }
  return {
    start: () => listen(connection),
    stop() {
      connection.stopped = true
      clearTimeout(connection.timer)
      drop(connection)
    },
  }
}

interface Connection extends Receivers {
  pool: Pool
  log: Logger
  problem: Problem
  client: PoolClient | undefined
  timer: NodeJS.Timeout | undefined
  pause_ms: number
  stopped: boolean
}

async function listen(connection: Connection): Promise<void> {
  const { pool, log, problem, hint, onMade } = connection
  try {
    // A pooler would run LISTEN on a connection of all its clients, and leave it there.
    if (await isTransactionPooled(pool)) return log.warn(pooled)
    const client = await pool.connect()
    if (connection.stopped) return client.release(true)
    connection.client = client
    client.on('error', (error) => reconnect(connection, error))
    const key = await selectNotifyKey(client)
    client.on('notification', ({ channel, payload = '' }) => {
      if (channel !== madeChannel) return hint(readHint(channel, payload, key))
      const [sender = '', userId = ''] = payload.split(' ')
      onMade(sender, userId)
    })
    for (const channel of [logChannel, rowsChannel, madeChannel]) await client.query(`listen ${channel}`)
    problem.resolved()
    connection.pause_ms = firstPause_ms
    hint({ kind: 'hint', of: 'log' })
    hint({ kind: 'hint', of: 'rows' })
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
  }, connection.pause_ms)
  connection.pause_ms = Math.min(connection.pause_ms * 2, lastPause_ms)
}

function drop(connection: Connection): void {
  connection.client?.removeAllListeners('notification')
  connection.client?.release(true)
  connection.client = undefined
}
