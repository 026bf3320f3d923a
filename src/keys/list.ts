import type { Store } from '../store/schema.ts'
import { type SigningKeyRow, selectKeys } from './records.ts'

/** A signing key for people, without key material. Instants are milliseconds since 1970. */
export interface ListedKey {
  kid: string
  alg: string
  created_at: number
  retired_at: number | null
  /** The key signs. */
  current: boolean
  /** The key is announced, and does not sign yet. */
  next: boolean
  /** From when on the next key signs. Null: this is not decided. */
  signs_from: number | null
  from_file: boolean
}

export async function listKeys(store: Store): Promise<ListedKey[]> {
  return (await selectKeys(store)).map(describe)
}

function describe({ kid, alg, created_at, retired_at, from_file, signs_from, ...row }: SigningKeyRow): ListedKey {
  const next = retired_at === null && row.next === 1
  const current = retired_at === null && !next
  return { kid, alg, created_at, retired_at, current, next, signs_from, from_file: from_file === 1 }
}
