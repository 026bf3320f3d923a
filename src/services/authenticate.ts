import type { Store } from '../store/schema.ts'
import { isUuid } from '../tokens/claims.ts'
import { type ServiceRow, selectService } from './records.ts'
import { type Credentials, isHashOf } from './service.ts'

/**
 * Authenticates a service by its id and its secret (RFC 6749 §2.3.1).
 * @param now milliseconds since 1970
 * @returns undefined if there is no such service, or the secret is wrong
 */
export async function authenticateService(
  { store }: { store: Store },
  { client_id, client_secret }: Credentials,
  now: number,
): Promise<ServiceRow | undefined> {
  if (!isUuid(client_id)) return undefined
  const service = await selectService(store, client_id)
  if (service === undefined) return undefined
  const { secret_hash, previous_hash, previous_until } = service
  if (isHashOf(secret_hash, client_secret)) return service
  const isGraced = previous_hash !== null && now < previous_until && isHashOf(previous_hash, client_secret)
  return isGraced ? service : undefined
}

/** Whether the service exists, as the database says now. */
export async function isRegistered({ store }: { store: Store }, id: string): Promise<boolean> {
  return (await selectService(store, id)) !== undefined
}
