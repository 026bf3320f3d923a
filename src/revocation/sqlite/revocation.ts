import { appendPending } from '../../audit/append.ts'
import type { Trx } from '../../store/schema.ts'
import type { SqliteDatabase } from '../../store/sqlite.ts'
import { oncePerTurn } from '../check/once-per-turn.ts'
import { createRevokedSet } from '../check/revoked-set.ts'
import { createEntrySet, type Forgetting, type Position, start, type WholeSet } from '../entry.ts'
import { countHolders } from '../protocol/verifiers.ts'
import { endOf, readEntries } from '../records.ts'
import type { Effective, Feed, Marked, Receipt, Revocation } from '../revocation.ts'
import {
  appendLog,
  claimFeed,
  deleteExpiredEntries,
  type Granting,
  markTokenRevoked,
  releaseFeed,
  selectGranting,
  selectLogAfter,
} from './records.ts'
import { createServer, dispatch, leave, type Server, waitForVerifiers } from './server.ts'

/** Entries in one read, and rows in one deletion. */
const readLimit = 10_000
const deleteLimit = 500
/** Bounds the reads after another process that writes to the file without a pause. */
const maxCatchUps = 100
/** More entries than this are as much as everything that most verifiers need. */
const resumeLimit = 50_000

interface Options extends Forgetting {
  lease_ms: number
  /** Called when another process has written, before the next answer, because accounts may have changed too. */
  changed: () => void
}

/**
 * One node on one file. The set of revoked tokens is complete unless another process has written to the file. Each
 * check looks for such a write first (`PRAGMA data_version`, 3 µs). A revocation is on disk and in the set within one
 * turn of the event loop, and then waits for the verifiers.
 */
export function openSqliteRevocation(database: SqliteDatabase, options: Options): Revocation {
  const { store } = database
  const set = createRevokedSet()
  const entries = createEntrySet(set, options)
  const server = createServer(options.lease_ms / 2, entries)
  const follower: Follower = {
    database,
    server,
    changed: options.changed,
    applied: start,
    version: Number.NaN,
    catchingUp: undefined,
    started: false,
  }
  const upToDate = oncePerTurn(() => follow(follower))

  const revoke = async <T extends Marked>(mark: (trx: Trx) => Promise<T>): Promise<T & Receipt> => {
    const marked = await store.transaction().execute(async (trx) => {
      const done = await mark(trx)
      await appendLog(trx, done.entries)
      return done
    })
    for (const entry of marked.entries) entries.add(entry)
    return { ...marked, ...(await confirm(follower)) }
  }
  return {
    check: (claims) => upToDate().then(() => (set.has(claims) ? 'revoked' : 'live')),
    async revokeToken(token, reason, now, fact) {
      const { entries, ...receipt } = await revoke(async (trx) => {
        const ended = await markTokenRevoked(trx, token, reason, now)
        if (ended === undefined) return { entries: [] }
        const { user_id, ...entry } = ended
        await appendPending(trx, { ...fact, subject: user_id })
        return { entries: [entry] }
      })
      return entries.some(({ expires_at }) => expires_at > now) ? receipt : undefined
    },
    revoke,
    async start() {
      await follow(follower)
      follower.started = true
      // The server before this one may have been killed, and verifiers may still hold its leases.
      const { others_ms } = await granting(follower)
      if (others_ms > 0) await takeOver(follower, others_ms)
    },
    async stop() {
      const { grants } = server.single
      const settled = await leave(server)
      // If the file cannot be written, the next process waits for leases that are over. That costs time only.
      if (grants && settled) await releaseFeed(store, server.id).catch(() => {})
    },
    isReady: () => !Number.isNaN(follower.version),
    size: set.size,
    horizon: set.horizon,
    generation: set.generation,
    feed: createFeed(follower, entries),
    async trim(horizon) {
      while ((await deleteExpiredEntries(store, horizon, deleteLimit)) === deleteLimit) await new Promise(setImmediate)
    },
  }
}

/** Waits until no verifier accepts a token that the log ends. Another request may have ended the same token a moment before. */
async function confirm(follower: Follower): Promise<Receipt> {
  const { server, started } = follower
  const { by, others_ms } = await granting(follower)
  if (by === 'unknown' && others_ms === 0) return {}
  if (by === 'unknown' && started && !server.single.leaving) await takeOver(follower, others_ms)
  await readLog(follower)
  const { verifiers, waited_ms } = await waitForVerifiers(server, follower.applied, others_ms)
  const effective: Effective = { nodes: 1, verifiers, waited_ms: Math.ceil(waited_ms), waited_out: [] }
  return { effective }
}

function createFeed(follower: Follower, entries: WholeSet): Feed {
  const { server, database } = follower
  /** Everything that verifiers do, in order. A question waits until the file was read. */
  let done = Promise.resolve()
  return {
    lease_ms: server.single.lease_ms,
    attach(send) {
      server.toVerifiers = send
    },
    take(event) {
      done = done
        .then(async () => {
          if (event.kind === 'ask' || event.kind === 'follow') await follow(follower)
          const { grants, leaving } = server.single
          // A server that leaves grants nothing. The machine cuts the verifier.
          if (event.kind === 'follow' && !grants && !leaving)
            await takeOver(follower, (await granting(follower)).others_ms)
          // Entries of this process are in the set, but were not read from the log yet.
          if (event.kind === 'follow') await readLog(follower)
          dispatch(server, event)
        })
        .catch((error: Error) => {
          server.toVerifiers({
            kind: 'cut',
            verifier: event.verifier,
            why: `follows a server that cannot read: ${error.message}`,
          })
          dispatch(server, { kind: 'unfollow', verifier: event.verifier })
        })
    },
    async resume(after) {
      const batch = await selectLogAfter(database.store, after, resumeLimit)
      if (!batch.continues || batch.length === resumeLimit) return undefined
      return { entries: [...readEntries(batch.written)], last: endOf(batch, after) }
    },
    entries: entries.entries,
    holders: () => countHolders(server.single.verifiers, performance.now()),
  }
}

/** How far this process has read the log. */
interface Follower {
  database: SqliteDatabase
  server: Server
  changed: () => void
  /** The last entry that was read. */
  applied: Position
  /** The file's version when the log was last read. NaN: never. */
  version: number
  catchingUp: Promise<void> | undefined
  /** This process is a server. A command only revokes. */
  started: boolean
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
  const { database, server } = follower
  // A commit during the read changes the version again, so the version is read first.
  const version = database.dataVersion()
  await readLog(follower)
  if (server.single.grants && (await granting(follower)).by !== 'own') dispatch(server, { kind: 'lose' })
  if (!Number.isNaN(follower.version)) follower.changed()
  follower.version = version
}

async function readLog(follower: Follower): Promise<void> {
  const { database, server } = follower
  for (let more = true; more; ) {
    const { applied } = follower
    const batch = await selectLogAfter(database.store, applied, readLimit)
    // Another read has been faster.
    if (follower.applied !== applied) continue
    more = !batch.continues || batch.length === readLimit
    // If an older file was restored over this one, the numbers belong to other entries. The set keeps what it has.
    follower.applied = batch.continues ? endOf(batch, applied) : start
    const { continues } = batch
    const entries = continues ? readEntries(batch.written) : []
    dispatch(server, { kind: 'read', entries, last: follower.applied, continues })
  }
}

function granting({ database, server }: Follower): Promise<Granting> {
  return selectGranting(database.store, server.id, server.single.lease_ms)
}

/** From now on this process grants leases to verifiers. Leases of another process may still run. */
async function takeOver({ database, server }: Follower, others_ms: number): Promise<void> {
  const lease_ms = Math.max(server.single.lease_ms, others_ms)
  await claimFeed(database.store, { server: server.id, lease_ms })
  dispatch(server, { kind: 'take over', others_ms })
}
