import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import { isUuid } from '../tokens/claims.ts'
import type { Client } from '../tokens/client.ts'
import { noteOnce } from '../tokens/note-limit.ts'
import { type ServiceRow, selectService } from './records.ts'
import { type Credentials, isHashOf } from './service.ts'

/**
 * Authenticates a service by its id and its secret (RFC 6749 §2.3.1). The log gets a line about a refused credential, once for
 * each service in 15 minutes. Ids without a service share the line of their network.
 * @throws Refusal client_invalid if there is no such service, or the secret is wrong
 */
export async function authenticateService(
  ports: Pick<Ports, 'store' | 'clock' | 'log' | 'limitsNoted'>,
  { client_id, client_secret }: Credentials,
  { ip, network }: Client,
): Promise<ServiceRow> {
  // Only the form of our ids is looked up and logged: another text may be anything, such as a secret in the wrong place.
  const id = isUuid(client_id) ? client_id : undefined
  const service = id === undefined ? undefined : await selectService(ports.store, id)
  if (service !== undefined && hasSecret(service, client_secret, ports.clock())) return service
  const why = service === undefined ? 'there is no such service' : 'the secret is wrong'
  const fields = { service: id, address: ip, why }
  noteOnce(ports, `client_invalid ${service?.id ?? network}`, fields, 'the credential of a service was refused')
  throw new Refusal('client_invalid')
}

/** @param now milliseconds since 1970 */
function hasSecret({ secret_hash, previous_hash, previous_until }: ServiceRow, secret: string, now: number): boolean {
  if (isHashOf(secret_hash, secret)) return true
  return previous_hash !== null && now < previous_until && isHashOf(previous_hash, secret)
}

/** Whether the service exists, as the database says now. */
export async function isRegistered({ store }: Pick<Ports, 'store'>, id: string): Promise<boolean> {
  return (await selectService(store, id)) !== undefined
}
