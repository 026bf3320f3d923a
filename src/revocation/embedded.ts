import type { Embedded } from '../store/open.ts'
import type { Trx } from '../store/schema.ts'
import { applyTo, clockGrace_ms } from './entry.ts'
import { oncePerTurn } from './once-per-turn.ts'
import {
  appendLog,
  deleteExpiredEntries,
  markTokenRevoked,
  readEntries,
  selectLastSeq,
  selectLogAfter,
} from './records.ts'
import type { Marked, Revocation } from './revocation.ts'
import { createRevokedSet } from './revoked-set.ts'

const batch = 10_000

/**
 * One node on one file: the set of revoked tokens is complete whenever nobody else has written to the file, and no check
 * answers without a look (`PRAGMA data_version`, 3 µs) whether somebody has. A revocation is on disk and in the set in one
 * turn of the event loop.
 * @param dropKey called with each key that the log ends, before the next answer
 * @param changed called when another process has written, before the next answer: keys may have changed too
 */
export function openEmbeddedRevocation(
  { store, dataVersion }: Embedded,
  dropKey: (kid: string) => void,
  changed: () => Promise<void>,
): Revocation {
  const set = createRevokedSet()
  const applied = applyTo(set, dropKey)
  let applied_seq = 0
  let version = Number.NaN
  let catchingUp: Promise<void> | undefined

  const catchUp = async () => {
    // A commit that lands while we read changes the version again, so the version comes first.
    const seen = dataVersion()
    // An older file that was restored over this one gives the numbers to other entries.
    if ((await selectLastSeq(store)) < applied_seq) applied_seq = 0
    for (;;) {
      const { length, written, last_seq } = await selectLogAfter(store, applied_seq, batch)
      for (const entry of readEntries(written)) applied.add(entry)
      applied_seq = last_seq ?? applied_seq
      if (length < batch) break
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
  const upToDate = oncePerTurn(settled)

  const revoke = async <T extends Marked>(mark: (trx: Trx) => Promise<T>): Promise<T> => {
    const marked = await store.transaction().execute(async (trx) => {
      const done = await mark(trx)
      await appendLog(trx, done.entries)
      return done
    })
    for (const entry of marked.entries) applied.add(entry)
    return marked
  }

  return {
    check: (jti, expires_at) => upToDate().then(() => (set.has(jti, expires_at) ? 'revoked' : 'live')),
    async revokeToken(token, reason, now) {
      const { entries } = await revoke(async (trx) => {
        const entry = await markTokenRevoked(trx, token, reason, now)
        return { entries: entry === undefined ? [] : [entry] }
      })
      return entries.some(({ expires_at }) => expires_at > now) ? {} : undefined
    },
    revoke,
    start: settled,
    stop: async () => {},
    isReady: () => !Number.isNaN(version),
    size: set.size,
    async prune(now) {
      set.dropExpired(now - clockGrace_ms)
      while ((await deleteExpiredEntries(store, now, 500)) === 500) await new Promise(setImmediate)
    },
  }
}
