import type { Trx } from '../../store/schema.ts'
import type { SqliteDatabase } from '../../store/sqlite.ts'
import { oncePerTurn } from '../check/once-per-turn.ts'
import { createRevokedSet } from '../check/revoked-set.ts'
import { clockGrace_ms, createEntrySet, type EntrySet } from '../entry.ts'
import { readEntries } from '../records.ts'
import type { Marked, Revocation } from '../revocation.ts'
import { appendLog, deleteExpiredEntries, markTokenRevoked, selectLastSeq, selectLogAfter } from './records.ts'

/** Entries in one read, and rows in one deletion. */
const readLimit = 10_000
const deleteLimit = 500
/** Bounds the reads after another process that writes to the file without a pause. */
const maxCatchUps = 100

/**
 * One node on one file. The set of revoked tokens is complete unless another process has written to the file. Each
 * check looks for such a write first (`PRAGMA data_version`, 3 µs). A revocation is on disk and in the set within one
 * turn of the event loop.
 * @param dropKey called for each key that the log ends, before the next answer
 * @param changed called when another process has written, before the next answer, because keys may have changed too
 */
export function openSqliteRevocation(
  database: SqliteDatabase,
  dropKey: (kid: string) => void,
  changed: () => Promise<void>,
): Revocation {
  const { store } = database
  const set = createRevokedSet()
  const entries = createEntrySet(set, dropKey)
  const follower: Follower = { database, entries, changed, applied_seq: 0, version: Number.NaN, catchingUp: undefined }
  const upToDate = oncePerTurn(() => follow(follower))

  const revoke = async <T extends Marked>(mark: (trx: Trx) => Promise<T>): Promise<T> => {
    const marked = await store.transaction().execute(async (trx) => {
      const done = await mark(trx)
      await appendLog(trx, done.entries)
      return done
    })
    for (const entry of marked.entries) entries.add(entry)
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
    start: () => follow(follower),
    stop: async () => {},
    isReady: () => !Number.isNaN(follower.version),
    size: set.size,
    async prune(now) {
      set.dropExpired(now - clockGrace_ms)
      while ((await deleteExpiredEntries(store, now, deleteLimit)) === deleteLimit) await new Promise(setImmediate)
    },
  }
}

/** How far this process has read the log. */
interface Follower {
  database: SqliteDatabase
  entries: EntrySet
  changed: () => Promise<void>
  applied_seq: number
  /** The file's version when the log was last read. NaN: never. */
  version: number
  catchingUp: Promise<void> | undefined
}

/**
 * Reads the log until no other process has written since the last read.
 * @throws Error if other processes write faster than this process reads
 */
async function follow(follower: Follower): Promise<void> {
  for (let times = 0; follower.database.dataVersion() !== follower.version; times++) {
    if (times === maxCatchUps)
      throw new Error('other processes write to the database faster than this process can read')
    follower.catchingUp ??= catchUp(follower).finally(() => {
      follower.catchingUp = undefined
    })
    await follower.catchingUp
  }
}

async function catchUp(follower: Follower): Promise<void> {
  const { database, entries } = follower
  const { store } = database
  // A commit during the read changes the version again, so the version is read first.
  const version = database.dataVersion()
  // If an older file was restored over this one, the numbers belong to other entries.
  if ((await selectLastSeq(store)) < follower.applied_seq) follower.applied_seq = 0
  for (let more = true; more; ) {
    const { length, written, last_seq } = await selectLogAfter(store, follower.applied_seq, readLimit)
    for (const entry of readEntries(written)) entries.add(entry)
    follower.applied_seq = last_seq ?? follower.applied_seq
    more = length === readLimit
  }
  if (!Number.isNaN(follower.version)) await follower.changed()
  follower.version = version
}
