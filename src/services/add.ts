import { randomUUID } from 'node:crypto'
import type { Store } from '../store/schema.ts'
import { insertService } from './records.ts'
import { type Credentials, hashSecret, newSecret } from './service.ts'

/**
 * Registers a service.
 * @param now milliseconds since 1970
 * @returns the credentials, which are not stored; undefined if a service has this name
 */
export async function addService(
  { store }: { store: Store },
  { name, may_revoke_users }: { name: string; may_revoke_users: boolean },
  now: number,
): Promise<Credentials | undefined> {
  const credentials = { client_id: randomUUID(), client_secret: newSecret() }
  const inserted = await insertService(store, {
    id: credentials.client_id,
    name,
    secret_hash: hashSecret(credentials.client_secret),
    may_revoke_users: may_revoke_users ? 1 : 0,
    created_at: now,
  })
  return inserted ? credentials : undefined
}
