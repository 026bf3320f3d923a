import type { Store } from '../store/schema.ts'
import { appendLog, deleteExpiredEntries, isLive } from './records.ts'
import type { Revocation } from './revocation.ts'

/** Asks the database about each token: right on any number of nodes, at the price of a read a request. */
export function openRowRevocation(store: Store): Revocation {
  return {
    check: async (jti) => ((await isLive(store, jti)) ? 'live' : 'revoked'),
    revoke: (mark) =>
      store.transaction().execute(async (trx) => {
        const marked = await mark(trx)
        await appendLog(trx, marked.entries)
        return marked
      }),
    size: () => 0,
    async prune(now) {
      while ((await deleteExpiredEntries(store, now, 500)) === 500) await new Promise(setImmediate)
    },
  }
}
