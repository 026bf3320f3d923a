import { deleteOldAddresses, deleteOldFailures } from '../accounts/records.ts'
import { deleteSpentKeys } from '../keys/records.ts'
import type { Ports } from '../ports.ts'
import { deleteExpiredTokens, updateLastUsed } from '../tokens/records.ts'

const writeUses_ms = 5_000
const prune_ms = 60_000
/** Rows per statement. A statement takes a few milliseconds, so that requests hardly wait. */
const batch = 200
/** How long an address is known after its last login. */
const knownAddress_ms = 90 * 86_400_000
/** How long a count of failed logins is kept after its window. The clocks of other nodes may be behind. */
const failure_ms = 3_600_000

/**
 * Writes the last uses of tokens and deletes expired rows, periodically.
 * @returns stops the jobs and writes the uses that are still in memory. A failure is logged
 */
export function housekeep(ports: Ports): () => Promise<void> {
  const jobs = [every(writeUses_ms, () => writeUses(ports), ports), every(prune_ms, () => prune(ports), ports)]
  return async () => {
    for (const stop of jobs) await stop()
    // A failure must not stop the shutdown.
    await writeUses(ports).catch((error) => ports.log.error({ err: error }, 'last uses of tokens could not be written'))
  }
}

function every(interval_ms: number, job: () => Promise<void>, { log }: Ports): () => Promise<void> {
  let running: Promise<void> | undefined
  const timer = setInterval(() => {
    running ??= job()
      .catch((error) => log.error({ err: error }, 'housekeeping failed and will be retried'))
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

/** Deletes expired rows. */
export async function prune({ store, revocation, clock, keys }: Ports): Promise<void> {
  const now = clock()
  await revocation.prune(now)
  while ((await deleteExpiredTokens(store, now, batch)) === batch) await new Promise(setImmediate)
  await deleteSpentKeys(store, now)
  // Another node may have deleted keys.
  await keys.reload()
  while ((await deleteOldAddresses(store, now - knownAddress_ms, batch)) === batch) await new Promise(setImmediate)
  await deleteOldFailures(store, now - failure_ms)
}
