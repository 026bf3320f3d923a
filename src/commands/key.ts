import type { Settings } from '../config/table.ts'
import { type SigningKeyRow, selectKeys } from '../keys/records.ts'
import { revokeKey } from '../keys/revoke.ts'
import { rotateKeys } from '../keys/rotate.ts'
import { type Column, count, iso, print, printList } from './terminal.ts'
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

/** Ends a key that somebody else may have, and every token that it signed. */
export async function revoke(settings: Settings, kid: string): Promise<void> {
  const { tokens, fromFile } = await withPorts(settings, (ports) => revokeKey(ports, kid.trim()))
  print(`key ${kid.trim()} verifies and signs nothing any more; ${count(tokens, 'token')} ended`)
  if (fromFile) print('put another key into SIGNING_KEY_FILE and restart the servers: until then nobody can log in')
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
