import { appendFact, noteReceipt } from '../audit/append.ts'
import type { Ports } from '../ports.ts'
import type { Receipt } from '../revocation/revocation.ts'
import { isUuid } from '../tokens/claims.ts'
import { endTokens } from '../tokens/records.ts'
import { ownerToRevoke } from '../tokens/revoke.ts'
import { deleteService } from './records.ts'

/**
 * Removes a service and ends its tokens, in one transaction. The entry in the log also makes every node cut the verifiers of
 * the service and wait for their leases. So no verifier of the service accepts anything when the promise resolves.
 * @returns the service's name and the number of its live tokens; undefined if there is no such service
 * @throws Refusal revocation_unconfirmed
 */
export async function removeService(
  ports: Ports,
  id: string,
): Promise<(Receipt & { name: string; tokens: number }) | undefined> {
  // Another text may contain NUL, which PostgreSQL cannot compare.
  if (!isUuid(id)) return undefined
  const owner = ownerToRevoke(ports, id)
  const { name, tokens, effective } = await ports.revocation.revoke(async (trx) => {
    const row = await deleteService(trx, id)
    if (row === undefined) return { entries: [], tokens: 0, name: undefined }
    const ended = await endTokens(trx, owner, row, ports.clock())
    const details = { name: row.name, tokens: ended.tokens }
    await appendFact(trx, ports, { action: 'service.removed', subject: id, details })
    return { ...ended, name: row.name }
  })
  if (name === undefined) return undefined
  noteReceipt(ports, { subject: id }, effective)
  ports.log.info({ service: id, name, tokens, ...effective }, 'service removed')
  return { name, tokens, ...(effective && { effective }) }
}
