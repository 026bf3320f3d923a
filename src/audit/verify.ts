import type { Store } from '../store/schema.ts'
import { readHead, selectRowsAfter } from './records.ts'
import { hashRow, sealHead } from './row.ts'

/** The result of a verification. */
export interface Verdict {
  /** Rows that fit. */
  rows: number
  /** The first thing that does not fit, in one line. Undefined: the whole chain fits. */
  fault?: string
  /** Whether LATCHKEY_SECRET has sealed the head. Without a seal, somebody who can write the database can make another chain. */
  sealed: boolean
}

const step = 5000

/**
 * Verifies the chain: each row, its place, and the head, at one state of the database.
 * @param secret LATCHKEY_SECRET, or empty
 * @param report told how many rows of how many were verified
 */
export async function verifyAudit(
  store: Store,
  secret: string,
  report: (done: number, total: number) => void = () => {},
): Promise<Verdict> {
  // Rows that are appended meanwhile do not count: the chain up to this head has to fit.
  const { mac, ...head } = await readHead(store)
  const sealed = mac !== null
  let { base_seq: seq, base_hash: hash } = head
  const total = head.seq - head.base_seq
  const done = () => seq - head.base_seq
  const fail = (fault: string): Verdict => ({ rows: done(), fault, sealed })
  if (sealed && secret !== '' && mac !== sealHead(head, secret)) {
    return fail('the seal of the head does not fit: the head was changed, or LATCHKEY_SECRET is another one')
  }
  if (!sealed && secret !== '' && total > 0) return fail('the head has no seal, though LATCHKEY_SECRET is set')
  while (seq < head.seq) {
    const rows = await selectRowsAfter(store, seq, step)
    for (const row of rows) {
      if (seq === head.seq) break
      if (row.seq !== seq + 1) return fail(`row ${seq + 1} is missing`)
      if (row.hash !== hashRow(hash, row)) return fail(`row ${row.seq} does not fit: ${row.action}`)
      seq = row.seq
      hash = row.hash
    }
    report(done(), total)
    if (rows.length === 0) return fail(`row ${seq + 1} and all after it are missing; the last one was ${head.seq}`)
  }
  if (hash !== head.hash) return fail(`row ${seq} does not fit the head`)
  return { rows: done(), sealed }
}
