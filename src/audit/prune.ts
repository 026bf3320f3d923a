import type { Ports } from '../ports.ts'
import { deleteRowsTo, lockHead, selectOldRows, writeHead } from './records.ts'
import { type AuditHead, type AuditRow, hashRow, isSealed, sealHead } from './row.ts'

/** Rows of one transaction. */
const batch = 1000

/**
 * Deletes the rows that are older than AUDIT_RETENTION_DAYS. The head keeps the hash of the last deleted row, so the rest of the
 * chain can still be verified. A row that does not fit stays, with all after it: somebody may have changed its time, so that the
 * row disappears unnoticed.
 * @param now milliseconds since 1970
 */
export async function pruneAudit(
  { store, settings, log }: Pick<Ports, 'store' | 'settings' | 'log'>,
  now: number,
): Promise<void> {
  if (settings.AUDIT_RETENTION_DAYS === 0) return
  const before = now - settings.AUDIT_RETENTION_DAYS * 86_400_000
  for (let deleted = batch; deleted === batch; ) {
    deleted = await store.transaction().execute(async (trx) => {
      const { mac, ...head } = await lockHead(trx)
      // To seal a head that was forged would hide that.
      if (!isSealed(head, mac, settings.LATCHKEY_SECRET)) return 0
      const old = await selectOldRows(trx, head, before, batch)
      const fitting = old.slice(0, countFitting(head, old))
      if (fitting.length < old.length) {
        log.error(
          { row: head.base_seq + fitting.length + 1 },
          'old rows of the audit trail do not fit and stay: see latchkey audit verify',
        )
      }
      const last = fitting.at(-1)
      if (last === undefined) return 0
      const { seq, hash } = head
      const next = { seq, hash, base_seq: last.seq, base_hash: last.hash }
      await writeHead(trx, next, sealHead(next, settings.LATCHKEY_SECRET))
      await deleteRowsTo(trx, last.seq)
      return fitting.length
    })
  }
}

/** @returns how many rows follow the base of the chain without a gap and without a change */
function countFitting({ base_seq, base_hash }: AuditHead, rows: readonly AuditRow[]): number {
  let hash = base_hash
  const flaw = rows.findIndex((row, i) => {
    const fits = row.seq === base_seq + i + 1 && row.hash === hashRow(hash, row)
    hash = row.hash
    return !fits
  })
  return flaw === -1 ? rows.length : flaw
}
