import { deleteOldAddresses, deleteOldFailures } from '../accounts/records.ts'
import { deleteSpentKeys } from '../keys/records.ts'
import type { Ports } from '../ports.ts'
import { deleteExpiredTokens, updateLastUsed } from '../tokens/records.ts'

const writeUses_ms = 5_000
const prune_ms = 60_000
/** Rows a statement: a few milliseconds, so that requests in between do not notice. */
const batch = 200
const knownAddress_ms = 90 * 86_400_000
/** After its window has ended by this clock: those of the nodes that count may be behind. */
const failure_ms = 3_600_000

/**
 * What happens beside requests: uses of tokens are written, what has expired is deleted.
 * @returns stops it, after writing what is still in memory, if it can be
 */
export function housekeep(ports: Ports): () => Promise<void> {
  const jobs = [every(writeUses_ms, () => writeUses(ports), ports), every(prune_ms, () => prune(ports), ports)]
  return async () => {
    for (const stop of jobs) await stop()
    // Never worth more than leaving: what else has to be closed comes after.
    await writeUses(ports).catch((error) => ports.log.error({ err: error }, 'last uses of tokens could not be written'))
  }
}

function every(interval_ms: number, job: () => Promise<void>, { log }: Ports): () => Promise<void> {
  let running: Promise<void> | undefined
  const timer = setInterval(() => {
    running ??= job()
      .catch((error) => log.error({ err: error }, 'housekeeping failed; it will be tried again'))
      .finally(() => {
        running = undefined
      })
  }, interval_ms).unref()
  return async () => {
    clearInterval(timer)
    await running
  }
}

async function writeUses({ store, usage }: Ports): Promise<void> {
  const uses = usage.take()
  for (let at = 0; at < uses.length; at += batch) {
    await updateLastUsed(store, uses.slice(at, at + batch))
    await new Promise(setImmediate)
  }
}

/** Deletes what can matter no longer. */
export async function prune({ store, revocation, clock, keys }: Ports): Promise<void> {
  const now = clock()
  await revocation.prune(now)
  while ((await deleteExpiredTokens(store, now, batch)) === batch) await new Promise(setImmediate)
  await deleteSpentKeys(store, now)
  // Whichever node deleted them, none goes on with them.
  await keys.reload()
  while ((await deleteOldAddresses(store, now - knownAddress_ms, batch)) === batch) await new Promise(setImmediate)
  await deleteOldFailures(store, now - failure_ms)
}
