import { appendFact, noteReceipt } from '../audit/append.ts'
import type { Ports } from '../ports.ts'
import { keyEntry } from '../revocation/entry.ts'
import { selectEndedKeys } from '../revocation/records.ts'
import type { Receipt } from '../revocation/revocation.ts'
import { isThumbprint, KeyError } from './keys.ts'
import { deleteKey, isFileKey, markKeyRevoked } from './records.ts'

const reason = 'its signing key was revoked'
const limit = 1000

/**
 * Ends a signing key, and with it every token that the key has signed or will ever sign. A thief who has the key can
 * sign tokens that have no row, so every node forgets the key itself. The rows are marked afterwards, for people to
 * read. If the key was current, the next login makes another one. A repeated revocation finishes an interrupted one.
 * @returns the number of live tokens, and whether the key came from a SIGNING_KEY_FILE
 * @throws KeyError if there is no such key, and none that was revoked before
 * @throws Refusal revocation_unconfirmed
 */
export async function revokeKey(ports: Ports, kid: string): Promise<Receipt & { tokens: number; fromFile: boolean }> {
  if (!isThumbprint(kid)) throw new KeyError(`there is no key ${kid}`)
  const { fromFile, known, effective } = await ports.revocation.revoke(async (trx) => {
    const known = (await selectEndedKeys(trx)).has(kid)
    const row = await deleteKey(trx, kid)
    await appendFact(trx, ports, { action: 'key.revoked', subject: null, details: { kid } })
    // A key that has no row any more, because its last token has expired, may still be in the memory of a node.
    return {
      entries: [keyEntry(kid)],
      fromFile: row !== undefined && isFileKey(row),
      known: known || row !== undefined,
    }
  })
  if (!known) {
    const hint = 'no node accepts this KID from now on, but if the KID is mistyped, the key that you mean still signs'
    throw new KeyError(`there is no key ${kid}`, hint)
  }
  noteReceipt(ports, { subject: null, details: { kid } }, effective)
  const tokens = await markTokens(ports, kid)
  ports.log.warn({ kid, tokens, ...effective }, 'signing key revoked')
  return { tokens, fromFile, ...(effective && { effective }) }
}

async function markTokens({ store, clock }: Ports, kid: string): Promise<number> {
  const now = clock()
  let tokens = 0
  let after: string | undefined = ''
  while (after !== undefined) {
    const marked: string[] = await markKeyRevoked(store, kid, reason, now, { after, limit })
    tokens += marked.length
    after = marked.at(-1)
  }
  return tokens
}
