import { randomUUIDv7 } from 'node:crypto'
import type { Insertable } from 'kysely'
import type { Ports } from '../ports.ts'
import type { Schema, Trx } from '../store/schema.ts'
import type { Claims } from './claims.ts'
import { type Client, describeClient, shortUserAgent } from './client.ts'
import { insertToken } from './records.ts'
import { signToken } from './sign.ts'

/** A signed token and its lifetime in seconds (RFC 6749 §5.1). */
export interface Issued {
  access_token: string
  expires_in: number
}

/** A token that is signed but does not count yet: its row is not written. */
export interface Prepared extends Issued {
  row: Insertable<Schema['token']>
  /** When the token was prepared, in milliseconds since 1970. */
  now: number
}

/**
 * Signs a token for a user. Signing must not run inside a transaction, so the caller prepares the token first and calls
 * {@link writeToken} inside the transaction.
 */
export async function prepareToken(
  { settings, keys, clock }: Ports,
  user: { id: string; admin: boolean },
  client: Client,
): Promise<Prepared> {
  const now = clock()
  const iat = Math.floor(now / 1000)
  const expires_in = settings.TOKEN_TTL_SECONDS
  const claims: Claims = { sub: user.id, admin: user.admin, jti: randomUUIDv7(), iat, exp: iat + expires_in }
  const key = await keys.signing()
  const access_token = await signToken(key, settings.ISSUER, claims)
  return { access_token, expires_in, row: rowOf(claims, key.kid, client, now), now }
}

/** The key was retired after signing. The caller has to roll back the transaction and prepare the token again. */
export class KeyRetired extends Error {
  override name = 'KeyRetired'
}

/** Writes the token's row. The token counts from the commit on. @throws KeyRetired */
export async function writeToken(trx: Trx, { row }: Prepared): Promise<void> {
  if (!(await insertToken(trx, row))) throw new KeyRetired('the key has been retired')
}

function rowOf(claims: Claims, kid: string, client: Client, now: number): Prepared['row'] {
  return {
    jti: claims.jti,
    user_id: claims.sub,
    kid,
    description: describeClient(client.user_agent),
    user_agent: shortUserAgent(client.user_agent),
    ip: client.ip,
    issued_at: now,
    expires_at: claims.exp * 1000,
  }
}
