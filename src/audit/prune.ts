import type { Ports } from '../ports.ts'
import { deleteRowsTo, lockHead, selectLastOld, writeHead } from './records.ts'
import { isSealed, sealHead } from './row.ts'

/** Rows of one transaction. */
const batch = 1000

/**
 * Deletes the rows that are older than AUDIT_RETENTION_DAYS. The head keeps the hash of the last deleted row, so the rest of the
 * chain can still be verified.
 * @param now milliseconds since 1970
 */
export async function pruneAudit({ store, settings }: Pick<Ports, 'store' | 'settings'>, now: number): Promise<void> {
  if (settings.AUDIT_RETENTION_DAYS === 0) return
  const before = now - settings.AUDIT_RETENTION_DAYS * 86_400_000
  for (let deleted = batch; deleted === batch; ) {
    deleted = await store.transaction().execute(async (trx) => {
      const { mac, ...head } = await lockHead(trx)
      // To seal a head that was forged would hide that.
      if (!isSealed(head, mac, settings.LATCHKEY_SECRET)) return 0
      const last = await selectLastOld(trx, head, before, batch)
      if (last === undefined) return 0
      const { seq, hash } = head
      const next = { seq, hash, base_seq: last.seq, base_hash: last.hash }
      await writeHead(trx, next, sealHead(next, settings.LATCHKEY_SECRET))
      await deleteRowsTo(trx, last.seq)
      return last.seq - head.base_seq
    })
  }
}
