import { deleteOldAddresses, deleteOldFailures } from '../accounts/records.ts'
import { chainFacts } from '../audit/chain.ts'
import { pruneAudit } from '../audit/prune.ts'
import { deleteExpiredLinks } from '../credentials/links/records.ts'
import { deleteOldChallenges } from '../credentials/passkeys/records.ts'
import { deleteOldTickets } from '../credentials/records.ts'
import { deleteSpentKeys } from '../keys/records.ts'
import type { Ports } from '../ports.ts'
import { clockGrace_ms, horizonEntry } from '../revocation/entry.ts'
import { readDatabaseClock, selectLastExpiry } from '../revocation/records.ts'
import { deleteExpiredTokens, updateLastUsed } from '../tokens/records.ts'
import { logCommands } from './command-log.ts'

const writeUses_ms = 5_000
const logCommands_ms = 5_000
const chainFacts_ms = 1000
const prune_ms = 60_000
/** Rows per statement. A statement takes a few milliseconds, so that requests hardly wait. */
const batch = 200
/** How long an address is known after its last login. */
const knownAddress_ms = 90 * 86_400_000
/** How long a count of failed logins is kept after its window. The clocks of other nodes may be behind. */
const failure_ms = 3_600_000

/**
 * Writes the last uses of tokens, logs what commands have done, chains the audit trail, and deletes expired rows, periodically.
 * @returns stops the jobs, and writes the uses and the receipts that are still in memory. A failure is logged
 */
export function housekeep(ports: Ports): () => Promise<void> {
  const jobs = [
    every(writeUses_ms, () => writeUses(ports), ports),
    every(logCommands_ms, () => logCommands(ports), ports),
    every(chainFacts_ms, () => chainFacts(ports), ports),
    every(prune_ms, createPruner(ports), ports),
  ]
  return async () => {
    for (const stop of jobs) await stop()
    // A failure must not stop the shutdown, nor must a lock that a write has just waited for. What is not written is lost.
    const { availability, log, receipts, store } = ports
    await availability
      .probe()
      .then(() => Promise.all([writeUses(ports), receipts.write(store)]))
      .catch(({ message }) => log.error({ why: message }, 'last uses of tokens and receipts could not be written'))
  }
}

function every(interval_ms: number, job: () => Promise<void>, { availability, log }: Ports): () => Promise<void> {
  let running: Promise<void> | undefined
  const timer = setInterval(() => {
    running ??= job()
      .catch((error) => {
        if (!availability.noticed(error)) log.error({ err: error }, 'housekeeping failed and will be retried')
      })
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
  let written = 0
  try {
    for (; written < uses.length; written += batch) {
      await updateLastUsed(store, uses.slice(written, written + batch))
      await new Promise(setImmediate)
    }
  } finally {
    usage.putBack(uses.slice(written))
  }
}

/** @returns a function that deletes expired rows */
export function createPruner(ports: Ports): () => Promise<void> {
  const { store, revocation, clock, keys } = ports
  let horizon = 0
  return async () => {
    // The earlier clock counts, so that one wrong clock deletes nothing too early.
    const now = Math.min(clock(), await readDatabaseClock(store))
    horizon = await raiseHorizon(ports, horizon, now - clockGrace_ms)
    await revocation.trim(horizon)
    while ((await deleteExpiredTokens(store, horizon, batch)) === batch) await new Promise(setImmediate)
    await deleteSpentKeys(store)
    // Another node may have deleted keys.
    await keys.reload()
    while ((await deleteOldAddresses(store, now - knownAddress_ms, batch)) === batch) await new Promise(setImmediate)
    await deleteOldFailures(store, now - failure_ms)
    await pruneAudit(ports, now)
    const past = now - clockGrace_ms
    while ((await deleteOldTickets(store, past, batch)) === batch) await new Promise(setImmediate)
    while ((await deleteOldChallenges(store, past, batch)) === batch) await new Promise(setImmediate)
    while ((await deleteExpiredLinks(store, now, batch)) === batch) await new Promise(setImmediate)
  }
}

/**
 * Ends every token that has expired by `until`, on all nodes and for good. Then the rows and entries of these tokens say
 * nothing more, so they can be deleted, and no wrong clock revives a token.
 * @param before the horizon that this process has raised last
 * @returns the horizon that every node knows
 * @throws Refusal revocation_unconfirmed
 */
async function raiseHorizon({ store, revocation }: Ports, before: number, until: number): Promise<number> {
  const last = await selectLastExpiry(store, before, until)
  if (last === null) return before
  await revocation.revoke(async () => ({ entries: [horizonEntry(last)] }))
  return last
}
