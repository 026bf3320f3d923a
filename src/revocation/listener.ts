import type { Pool, PoolClient } from 'pg'
import type { Logger } from 'pino'
import { logChannel, rowsChannel } from './fleet-records.ts'
import { watchTrouble } from './trouble.ts'

/** Tells of changes that other processes announce (LISTEN). Only a hint: one that is lost costs time, never truth. */
export interface Listener {
  start: () => void
  stop: () => void
}

const again_ms = 500

export function createListener(pool: Pool, log: Logger, hint: (of: 'log' | 'rows') => void): Listener {
  let client: PoolClient | undefined
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const trouble = watchTrouble(log, 'the database tells of no changes and is asked instead', () => performance.now())

  const listen = async () => {
    try {
      const connected = await pool.connect()
      if (stopped) return connected.release(true)
      client = connected
      connected.on('error', reconnect)
      connected.on('notification', ({ channel }) => hint(channel === logChannel ? 'log' : 'rows'))
      await connected.query(`listen ${logChannel}; listen ${rowsChannel}`)
      trouble.end()
      // What was announced while nobody listened.
      hint('log')
      hint('rows')
    } catch (error) {
      reconnect(error as Error)
    }
  }
  const reconnect = (error: Error) => {
    if (stopped || timer !== undefined) return
    trouble.meet({ why: error.message })
    drop()
    timer = setTimeout(() => {
      timer = undefined
      void listen()
    }, again_ms)
  }
  const drop = () => {
    client?.removeAllListeners('notification')
    client?.release(true)
    client = undefined
  }
  return {
    start: () => void listen(),
    stop() {
      stopped = true
      clearTimeout(timer)
      drop()
    },
  }
}
