import { randomUUIDv7 } from 'node:crypto'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import type { Trx } from '../store/schema.ts'
import { type Claims, ownClient } from './claims.ts'
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
  row: Parameters<typeof insertToken>[1]
  /** When the token was prepared, in milliseconds since 1970. */
  now: number
}

/** To whom a token is issued. */
export interface Subject {
  /** The `sub` of the token: a UUID. */
  id: string
  admin: boolean
  generation: number
  /** Default: Latchkey itself. */
  client_id?: string
  /** What the token may be used for. Default: all that the user may do. */
  scope?: string
}

/**
 * Signs a token. Signing must not run inside a transaction, so the caller prepares the token first and calls
 * {@link writeToken} inside the transaction.
 * @throws Refusal logins_unavailable
 */
export async function prepareToken(
  { settings, keys, clock, revocation, identity }: Ports,
  { id, admin, generation, client_id = ownClient, scope }: Subject,
  client: Client,
): Promise<Prepared> {
  const now = clock()
  const iat = Math.floor(now / 1000)
  const exp = expiryAbove(revocation.horizon(), iat, settings.TOKEN_TTL_SECONDS)
  const { issuer: iss, audience } = identity
  const aud = audience.length === 1 ? (audience[0] as string) : [...audience]
  const jti = randomUUIDv7()
  const claims: Claims = {
    iss,
    aud,
    sub: id,
    client_id,
    admin,
    jti,
    gen: generation,
    iat,
    exp,
    ...(scope && { scope }),
  }
  const key = await keys.signing()
  const access_token = await signToken(key, claims)
  return { access_token, expires_in: exp - iat, row: rowOf(claims, key.kid, client, now), now }
}

/**
 * When a token expires that is issued at `iat`, in seconds since 1970. Every token that expires at the horizon or earlier
 * counts as revoked. A clock that was ahead may have raised the horizon so high that a new token has to live longer.
 * @throws Refusal logins_unavailable if the token would live more than twice as long as TOKEN_TTL_SECONDS
 */
function expiryAbove(horizon_ms: number, iat: number, ttl_s: number): number {
  const exp = Math.max(iat + ttl_s, Math.floor(horizon_ms / 1000) + 1)
  if (exp <= iat + 2 * ttl_s) return exp
  const until = new Date(horizon_ms).toISOString()
  throw new Refusal('logins_unavailable', {
    why: `a clock was ahead, and every token that expires by ${until} counts as revoked; raise TOKEN_TTL_SECONDS until then`,
  })
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
    generation: claims.gen,
    issued_at: now,
    expires_at: claims.exp * 1000,
  }
}
