import type { Settings } from '../config.ts'
import { type SigningKeyRow, selectKeys } from '../tokens/records.ts'
import { rotateKeys } from '../tokens/rotate-keys.ts'
import { type Column, iso, print, printList } from './terminal.ts'
import { withPorts } from './with-ports.ts'

export async function list(settings: Settings, options: { json?: true }): Promise<void> {
  const keys = await withPorts(settings, ({ store }) => selectKeys(store))
  printList(keys.map(describe), columns, options)
}

/** Puts a new signing key in the place of the current one. */
export async function rotate(settings: Settings): Promise<void> {
  const { kid, alg } = await withPorts(settings, rotateKeys)
  print(`new tokens are signed with ${kid} (${alg}); the keys of before verify until their last token has expired`)
}

/** Only what may be seen: no part of a key. */
function describe({ kid, alg, created_at, retired_at }: SigningKeyRow) {
  return { kid, alg, created_at: iso(created_at), retired_at: iso(retired_at), current: retired_at === null }
}

const columns: Column<ReturnType<typeof describe>>[] = [
  ['KID', (key) => key.kid],
  ['ALG', (key) => key.alg],
  ['CREATED', (key) => key.created_at],
  ['RETIRED', (key) => key.retired_at ?? 'current'],
]
