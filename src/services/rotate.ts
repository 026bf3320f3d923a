import { appendFact } from '../audit/append.ts'
import { hashSecret, newSecret } from '../credentials/secret.ts'
import type { Ports } from '../ports.ts'
import { replaceSecret } from './records.ts'
import type { Credentials } from './service.ts'

/**
 * Gives a service a new secret. The tokens that the service has stay valid.
 * @param grace_s how long the secret before counts too, in seconds. 0: every earlier secret is refused at once
 * @returns the credentials and the service's name; undefined if there is no such service
 */
export async function rotateSecret(
  ports: Pick<Ports, 'store' | 'clock' | 'origin'>,
  client_id: string,
  grace_s: number,
): Promise<(Credentials & { name: string }) | undefined> {
  const client_secret = newSecret()
  const secret = {
    secret_hash: hashSecret(client_secret),
    previous_until: grace_s === 0 ? undefined : ports.clock() + grace_s * 1000,
  }
  const name = await ports.store.transaction().execute(async (trx) => {
    const found = await replaceSecret(trx, client_id, secret)
    const fact = { action: 'service.rotated', subject: client_id, details: { grace_s } } as const
    if (found !== undefined) await appendFact(trx, ports, fact)
    return found
  })
  return name === undefined ? undefined : { client_id, client_secret, name }
}
