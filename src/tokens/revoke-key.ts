import type { Ports } from '../ports.ts'
import { keyEntry } from '../revocation/entry.ts'
import type { Receipt } from '../revocation/revocation.ts'
import { isThumbprint } from './keys.ts'
import { KeyError } from './load-keys.ts'
import { deleteKey, markKeyRevoked } from './records.ts'

const reason = 'its signing key was revoked'
const batch = 1000

/**
 * Ends a signing key and with it every token that it has signed or ever will. Whoever stole it can sign tokens that have
 * no row, so every node forgets the key itself; the rows are marked afterwards, for people to read. If it was the key that
 * signs, the next login makes another one. Doing it again does no harm, and finishes what was interrupted.
 * @returns the tokens that were alive, and whether the key came from SIGNING_KEY_FILE
 * @throws KeyError if it is no `kid` of a key of ours
 * @throws Refusal revocation_unconfirmed
 */
export async function revokeKey(ports: Ports, kid: string): Promise<Receipt & { tokens: number; fromFile: boolean }> {
  // One that is deleted here, since its last token has expired, may still be in the memory of a node.
  if (!isThumbprint(kid)) throw new KeyError(`there is no key ${kid}`)
  const { fromFile, effective } = await ports.revocation.revoke(async (trx) => {
    const row = await deleteKey(trx, kid)
    return { entries: [keyEntry(kid)], fromFile: row?.retired_at === null && row.private_jwk === null }
  })
  const tokens = await markTokens(ports, kid)
  ports.log.warn({ kid, tokens, ...effective }, 'signing key revoked')
  return { tokens, fromFile, ...(effective && { effective }) }
}

async function markTokens({ store, clock }: Ports, kid: string): Promise<number> {
  const now = clock()
  let tokens = 0
  let last: string | undefined = ''
  while (last !== undefined) {
    const marked: string[] = await markKeyRevoked(store, kid, reason, now, last, batch)
    tokens += marked.length
    last = marked.at(-1)
  }
  return tokens
}
