import { noteReceipt } from '../audit/append.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import type { Trx } from '../store/schema.ts'
import type { Client } from '../tokens/client.ts'
import { type Issued, KeyRetired, type Prepared, prepareToken, writeToken } from '../tokens/issue.ts'
import { isAboveLimit, revokeAboveLimit } from '../tokens/limit.ts'
import { noteLimit } from '../tokens/note-limit.ts'
import { markIssued, type ServiceRow } from './records.ts'

/** An attempt fails only if the signing key changes at the same moment. */
const maxAttempts = 5

/**
 * Issues a token to a service for itself (RFC 6749 §4.4). If the service then has more live tokens than TOKEN_LIMIT_ACCOUNT,
 * the oldest ends.
 * @param service the row that the credentials were checked against
 * @throws Refusal client_invalid if the service has changed since, too_many_logins, logins_unavailable,
 *   revocation_unconfirmed
 */
export async function issueToken(ports: Ports, service: ServiceRow, client: Client): Promise<Issued> {
  const { id } = service
  await ports.throttle.succeed(id).catch(noteLimit(ports, client, id))
  let write = writeIssued
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    // After a restore the log may know a higher generation than the service's row.
    const generation = Math.max(service.generation, ports.revocation.generation(id))
    const token = await prepareToken(ports, { id, admin: false, generation, client_id: id, kind: 'service' }, client)
    try {
      await write(ports, service, token)
      ports.log.info({ service: id, token: token.row.jti, address: client.ip }, 'a service got a token')
      return token
    } catch (error) {
      if (error instanceof TooManyTokens) write = writeAndRevoke
      else if (error instanceof KeyRetired) await ports.keys.reload()
      else throw error
    }
  }
  throw new Refusal('logins_unavailable', { why: 'the signing key changed during every attempt' })
}

/** The service has more live tokens than TOKEN_LIMIT_ACCOUNT. The oldest must be revoked too. */
class TooManyTokens extends Error {
  override name = 'TooManyTokens'
}

function writeIssued(ports: Ports, service: ServiceRow, token: Prepared): Promise<void> {
  return ports.store.transaction().execute(async (trx) => {
    await writeRow(trx, service, token)
    if (await isAboveLimit(trx, ports, token)) throw new TooManyTokens('a token has to be revoked')
  })
}

async function writeAndRevoke(ports: Ports, service: ServiceRow, token: Prepared): Promise<void> {
  const { effective } = await ports.revocation.revoke(async (trx) => {
    await writeRow(trx, service, token)
    return { entries: await revokeAboveLimit(trx, ports, token) }
  })
  noteReceipt(ports, { subject: service.id }, effective)
}

/** @throws KeyRetired, Refusal client_invalid */
async function writeRow(trx: Trx, service: ServiceRow, token: Prepared): Promise<void> {
  if (!(await markIssued(trx, service, token.row.generation))) throw new Refusal('client_invalid')
  await writeToken(trx, token)
}
