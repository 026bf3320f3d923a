import type { Ports } from '../ports.ts'

/** Lines in one transaction. */
const batch = 200
/** Lines that wait for a server that logs them. The oldest are deleted. */
export const maxWaiting = 10_000

/**
 * Moves the lines that commands have left to the log. Of several nodes, the one that deletes a line logs the line. A node whose
 * LOG_LEVEL is above `info` leaves the lines to others.
 */
export async function logCommands({ store, log }: Pick<Ports, 'store' | 'log'>): Promise<void> {
  if (!log.isLevelEnabled('info')) return deleteOldest(store)
  const waiting = await store.selectFrom('command_log').select('id').orderBy('id').limit(batch).execute()
  if (waiting.length === 0) return
  const ids = waiting.map(({ id }) => id)
  const lines = await store.deleteFrom('command_log').where('id', 'in', ids).returningAll().execute()
  for (const { at, line } of lines.toSorted((a, b) => a.at - b.at)) {
    log.info({ at: new Date(at).toISOString(), ...JSON.parse(line) }, 'a command has run')
  }
}

async function deleteOldest(store: Ports['store']): Promise<void> {
  const newest = store.selectFrom('command_log').select('id').orderBy('id', 'desc')
  const last = await newest.limit(1).offset(maxWaiting).executeTakeFirst()
  if (last !== undefined) await store.deleteFrom('command_log').where('id', '<=', last.id).execute()
}
