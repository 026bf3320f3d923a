import type { Settings } from '../config/table.ts'
import { type ListedKey, listKeys } from '../keys/list.ts'
import { revokeKey } from '../keys/revoke.ts'
import { rotateKeys } from '../keys/rotate.ts'
import { type Column, count, iso, print, printList } from './terminal.ts'
import { leaveLine } from './trail.ts'
import { withPorts } from './with-ports.ts'

/** Lists the signing keys. */
export async function list(settings: Settings, options: { json?: true }): Promise<void> {
  const keys = await withPorts(settings, ({ store }) => listKeys(store))
  printList(keys.map(describe), columns, options)
}

/** Makes the next key the signing key. */
export async function rotate(settings: Settings): Promise<void> {
  const { kid, alg, signs_from } = await withPorts(settings, async (ports) => {
    const rotation = await rotateKeys(ports)
    await leaveLine(ports, 'key rotate', { kid: rotation.kid })
    return rotation
  })
  const since =
    signs_from === null ? '' : ` from ${iso(signs_from)} on, when every key set without this key has expired`
  print(`new tokens are signed with ${kid} (${alg})${since}; previous keys remain valid until their last token expires`)
}

/** Revokes a key and every token that the key signed. */
export async function revoke(settings: Settings, kid: string): Promise<void> {
  const { tokens, fromFile } = await withPorts(settings, async (ports) => {
    const revoked = await revokeKey(ports, kid.trim())
    await leaveLine(ports, 'key revoke', { kid: kid.trim() })
    return revoked
  })
  print(`key ${kid.trim()} is revoked; ${count(tokens, 'token')} revoked`)
  if (fromFile) print('put another key into SIGNING_KEY_FILE and restart the servers; until then logins are refused')
}

function describe({ created_at, retired_at, signs_from, from_file, ...key }: ListedKey) {
  const { kid, alg, current, next } = key
  const [created, retired] = [iso(created_at), iso(retired_at)]
  return { kid, alg, created_at: created, retired_at: retired, current, next, signs_from: iso(signs_from), from_file }
}

function stateOf({ retired_at, next, signs_from, from_file }: ReturnType<typeof describe>): string {
  if (retired_at !== null) return retired_at
  if (next) return signs_from === null ? 'next' : `signs from ${signs_from} on`
  return from_file ? 'current (file)' : 'current'
}

const columns: Column<ReturnType<typeof describe>>[] = [
  ['KID', (key) => key.kid],
  ['ALG', (key) => key.alg],
  ['CREATED', (key) => key.created_at],
  ['RETIRED', stateOf],
]
