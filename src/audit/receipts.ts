import type { Store } from '../store/schema.ts'
import { insertPending } from './records.ts'
import type { PendingRow } from './row.ts'

/** Receipts that wait in memory. A process that is killed loses at most those of a second; the revocations have their own rows. */
const maxReceipts = 10_000

/** What fleets have confirmed, until it is written to the audit trail. No answer waits for this. */
export interface Receipts {
  /** Notes a receipt, if there is room. */
  note: (row: PendingRow) => void
  /** Writes what was noted before this call. @throws Error of the database; the receipts stay */
  write: (store: Store) => Promise<void>
}

export function createReceipts(): Receipts {
  let rows: PendingRow[] = []
  let writing = Promise.resolve()
  const write = async (store: Store) => {
    const batch = rows
    rows = []
    if (batch.length === 0) return
    try {
      await store.transaction().execute(async (trx) => {
        for (const row of batch) await insertPending(trx, row)
      })
    } catch (error) {
      rows = [...batch, ...rows]
      throw error
    }
  }
  return {
    note(row) {
      if (rows.length < maxReceipts) rows.push(row)
    },
    write(store) {
      // A caller that reads the trail waits for a write that has begun before.
      const done = writing.then(() => write(store))
      writing = done.catch(() => {})
      return done
    },
  }
}
