import type { Ports } from '../ports.ts'
import { factOf } from './append.ts'
import { insertRows, lockHead, selectPending, writeHead } from './records.ts'
import { type AuditHead, type AuditRow, hashRow, isSealed, resealed, sealHead } from './row.ts'

/** Facts of one transaction. SQLite takes at most 32,766 parameters. */
const batch = 1000

/**
 * Gives each pending fact its place in the chain. The rows of all nodes form one chain, so a transaction that appended to the chain
 * itself would hold up every other one. Servers call this every second, and each reader calls it first.
 *
 * A head whose seal does not fit may have been forged. To seal the head again would hide that, so a row says it for ever.
 */
export async function chainFacts(
  ports: Pick<Ports, 'store' | 'settings' | 'receipts' | 'clock' | 'origin' | 'log'>,
): Promise<void> {
  const { store, settings, log } = ports
  const secret = settings.LATCHKEY_SECRET
  await ports.receipts.write(store)
  for (let count = batch; count === batch; ) {
    if ((await selectPending(store, 1)).length === 0) return
    count = await store.transaction().execute(async (trx) => {
      const { mac, ...head } = await lockHead(trx)
      // A command without the secret would leave the head without its seal.
      if (mac !== null && secret === '') return 0
      const pending = await selectPending(trx, batch)
      if (pending.length === 0) return 0
      const fits = isSealed(head, mac, secret)
      if (!fits) log.error({ row: head.seq + 1 }, 'the seal of the audit trail does not fit: see latchkey audit verify')
      const rows = link(
        head,
        fits ? pending : [factOf(ports, { action: resealed, subject: null, actor: null }), ...pending],
      )
      const { seq, hash } = rows.at(-1) as AuditRow
      await insertRows(
        trx,
        rows,
        pending.map(({ id }) => id),
      )
      const next = { ...head, seq, hash }
      await writeHead(trx, next, sealHead(next, secret))
      return pending.length
    })
  }
}

function link(head: AuditHead, pending: Awaited<ReturnType<typeof selectPending>>): AuditRow[] {
  let { seq, hash } = head
  return pending.map(({ id, ...fact }) => {
    seq++
    hash = hashRow(hash, { seq, ...fact })
    return { seq, ...fact, hash }
  })
}
