import { type Entry, keyEntry } from '../revocation/entry.ts'
import type { Trx } from '../store/schema.ts'
import { deleteKeys, isFileKey, markAllRevoked } from './records.ts'

const reason = 'a backup was restored'

/**
 * Ends every key of a restored database and, with the keys, every token that was ever issued. A backup does not know which
 * tokens were revoked after it was made. The caller has to append the entries to the log.
 * @param others the `kid`s of keys that the backup need not know
 * @param now milliseconds since 1970
 * @returns the number of ended keys, and whether a server signed with one of them from its SIGNING_KEY_FILE
 */
export async function endAllKeys(
  trx: Trx,
  others: readonly string[],
  now: number,
): Promise<{ entries: Entry[]; keys: number; fromFile: boolean }> {
  const rows = await deleteKeys(trx)
  await markAllRevoked(trx, reason, now)
  const kids = new Set([...rows.map(({ kid }) => kid), ...others])
  return { entries: [...kids].map(keyEntry), keys: kids.size, fromFile: rows.some(isFileKey) }
}
