import { randomUUID } from 'node:crypto'
import { appendFact } from '../audit/append.ts'
import { hashSecret, newSecret } from '../credentials/secret.ts'
import type { Ports } from '../ports.ts'
import { insertService } from './records.ts'
import type { Credentials } from './service.ts'

/**
 * Registers a service.
 * @returns the credentials, which are not stored; undefined if a service has this name
 */
export async function addService(
  ports: Pick<Ports, 'store' | 'clock' | 'origin'>,
  { name, may_revoke_users }: { name: string; may_revoke_users: boolean },
): Promise<Credentials | undefined> {
  const credentials = { client_id: randomUUID(), client_secret: newSecret() }
  const row = {
    id: credentials.client_id,
    name,
    secret_hash: hashSecret(credentials.client_secret),
    may_revoke_users: may_revoke_users ? 1 : 0,
    created_at: ports.clock(),
  } as const
  return ports.store.transaction().execute(async (trx) => {
    if (!(await insertService(trx, row))) return undefined
    const details = { name, may_revoke_users }
    await appendFact(trx, ports, { action: 'service.added', subject: row.id, details })
    return credentials
  })
}
