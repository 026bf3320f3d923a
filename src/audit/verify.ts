import type { Store } from '../store/schema.ts'
import { readHead, selectRowsAfter } from './records.ts'
import { hashRow, isSealed, resealed } from './row.ts'

/** The result of a verification. */
export interface Verdict {
  /** Rows that fit. */
  rows: number
  /** The first thing that does not fit, in one line. Undefined: the whole chain fits. */
  fault?: string
  /** Whether LATCHKEY_SECRET has sealed the head. Without a seal, a person who can write the database can make another chain. */
  sealed: boolean
}

/** What a verification may be told. */
interface Options {
  /** Rows that say that the seal did not fit, and whose reason the operator knows, such as a new LATCHKEY_SECRET. */
  known?: readonly number[]
  /** Told how many rows of how many were verified. */
  report?: (done: number, total: number) => void
}

const step = 5000

/**
 * Verifies the chain: each row, its place, and the head, at one state of the database.
 * @param secret LATCHKEY_SECRET, or empty
 */
export async function verifyAudit(
  store: Store,
  secret: string,
  { known = [], report = () => {} }: Options = {},
): Promise<Verdict> {
  // Servers go on appending rows. The verification ends at the head that is read here.
  const { mac, ...head } = await readHead(store)
  const sealed = mac !== null
  let { base_seq: seq, base_hash: hash } = head
  const total = head.seq - head.base_seq
  const done = () => seq - head.base_seq
  const fail = (fault: string): Verdict => ({ rows: done(), fault, sealed })
  if (secret !== '' && !isSealed(head, mac, secret)) {
    return fail(
      sealed
        ? 'the seal of the head does not fit: the head was changed, or LATCHKEY_SECRET is another one'
        : 'the head has no seal, though LATCHKEY_SECRET is set',
    )
  }
  while (seq < head.seq) {
    const rows = await selectRowsAfter(store, seq, step)
    for (const row of rows) {
      if (seq === head.seq) break
      if (row.seq !== seq + 1) return fail(`row ${seq + 1} is missing`)
      if (row.hash !== hashRow(hash, row)) return fail(`row ${row.seq} does not fit: ${row.action}`)
      if (row.action === resealed && !known.includes(row.seq)) {
        return fail(
          `row ${row.seq} says that the seal did not fit: rows before it were changed, or LATCHKEY_SECRET was`,
        )
      }
      seq = row.seq
      hash = row.hash
    }
    report(done(), total)
    if (rows.length === 0) return fail(`row ${seq + 1} and all after it are missing; the last one was ${head.seq}`)
  }
  if (hash !== head.hash) return fail(`row ${seq} does not fit the head`)
  return { rows: done(), sealed }
}
