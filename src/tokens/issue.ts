import { randomUUIDv7 } from 'node:crypto'
import type { Insertable } from 'kysely'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
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

/** An attempt fails only if the signing key is retired at the same moment. */
const maxAttempts = 5

/**
 * Signs a token for a user, and calls `write` to store the token. Signing must not run inside a transaction, so `write`
 * begins a transaction of its own and calls {@link writeToken} in it. If the key was retired after signing, another token
 * is signed.
 * @returns the token, and what `write` returned
 * @throws Refusal logins_unavailable
 */
export async function issueToken<T>(
  ports: Ports,
  user: { id: string; admin: boolean },
  client: Client,
  write: (token: Prepared) => Promise<T>,
): Promise<{ token: Issued; written: T }> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const token = await prepareToken(ports, user, client)
    try {
      return { token, written: await write(token) }
    } catch (error) {
      if (!(error instanceof KeyRetired)) throw error
      await ports.keys.reload()
    }
  }
  throw new Refusal('logins_unavailable', { why: 'the signing key was retired during every attempt' })
}

async function prepareToken(
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

/** The key was retired after signing. */
class KeyRetired extends Error {
  override name = 'KeyRetired'
}

/** Writes the token's row. The token counts from the commit on. @throws KeyRetired: `issueToken` signs another token */
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
