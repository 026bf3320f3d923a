import type { Embedded } from '../store/open.ts'
import { appendLog, deleteExpiredEntries, selectLogAfter } from './records.ts'
import type { Revocation } from './revocation.ts'
import { createRevokedSet } from './revoked-set.ts'

const batch = 10_000

/**
 * One node on one file: the set of revoked tokens is complete whenever nobody else has written to the file, and each
 * check looks (`PRAGMA data_version`, 3 µs) whether somebody has. A revocation is on disk and in the set in one turn.
 * @param changed called when another process has written, before the next answer: keys may have changed too
 */
export async function openEmbeddedRevocation(
  { store, dataVersion }: Embedded,
  changed: () => Promise<void>,
): Promise<Revocation> {
  const set = createRevokedSet()
  let applied = 0
  let version = Number.NaN
  let catchingUp: Promise<void> | undefined

  const catchUp = async () => {
    // A commit that lands while we read changes the version again, so the version comes first.
    const seen = dataVersion()
    for (;;) {
      const rows = await selectLogAfter(store, applied, batch)
      for (const row of rows) set.add(row)
      applied = rows.at(-1)?.seq ?? applied
      if (rows.length < batch) break
    }
    if (!Number.isNaN(version)) await changed()
    version = seen
  }
  const settled = async () => {
    while (dataVersion() !== version) {
      catchingUp ??= catchUp().finally(() => {
        catchingUp = undefined
      })
      await catchingUp
    }
  }
  await settled()

  const look = (jti: string, expires_at: number) => (set.has(jti, expires_at) ? 'revoked' : 'live')
  return {
    check: (jti, expires_at) =>
      dataVersion() === version ? look(jti, expires_at) : settled().then(() => look(jti, expires_at)),
    async revoke(mark) {
      const marked = await store.transaction().execute(async (trx) => {
        const done = await mark(trx)
        await appendLog(trx, done.entries)
        return done
      })
      for (const entry of marked.entries) set.add(entry)
      return marked
    },
    size: set.size,
    async prune(now) {
      set.dropExpired(now)
      while ((await deleteExpiredEntries(store, now, 500)) === 500) await new Promise(setImmediate)
    },
  }
}
