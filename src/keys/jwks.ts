import type { Ports } from '../ports.ts'
import { type PublicKey, publicKeyOf } from './keyring.ts'
import { type SigningKeyRow, selectKeys } from './records.ts'

/** A JWK Set (RFC 7517 §5). */
export interface KeySet {
  keys: PublicKey[]
}

/**
 * Reads the public keys of all tokens that may count, and the key that signs next. Reads the database each time: a revoked
 * key is gone at once on every node, and the next key is in every set that is read after the key was made.
 */
export async function readKeySet({ store, settings, keys }: Ports): Promise<KeySet> {
  let rows = await selectKeys(store)
  if (settings.SIGNING_KEY_FILE === '' && !isComplete(rows)) {
    // A key has been revoked, and this process has not made another one yet.
    await keys.look()
    rows = await selectKeys(store)
  }
  return { keys: rows.map(publicKeyOf) }
}

function isComplete(rows: SigningKeyRow[]): boolean {
  return [0, 1].every((next) => rows.some((row) => row.retired_at === null && row.from_file === 0 && row.next === next))
}
