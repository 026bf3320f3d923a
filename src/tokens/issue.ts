import { randomUUIDv7 } from 'node:crypto'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import type { TokenKind, Trx } from '../store/schema.ts'
import { type Claims, ownClient } from './claims.ts'
import { type Client, describeClient, shortUserAgent } from './client.ts'
import { insertToken, type NewToken } from './records.ts'
import { signToken } from './sign.ts'

/** A signed token and its lifetime in seconds (RFC 6749 §5.1). */
export interface Issued {
  access_token: string
  expires_in: number
  /** Absent: all that the owner may do. */
  scope?: string
}

/** A token that is signed but does not count yet: its row is not written. */
export interface Prepared extends Issued {
  row: NewToken
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
  /** Default: the token of a login. */
  kind?: TokenKind
  /** Default: all that the owner may do. */
  scope?: string
  /** Seconds until the token expires. Default: TOKEN_TTL_SECONDS. */
  ttl_s?: number
  /** Default: the program that sent the request. */
  description?: string
  /** When the session began, in milliseconds since 1970. Default: now. */
  authenticated_at?: number
}

/**
 * Signs a token. Signing must not run inside a transaction, so the caller prepares the token first and calls
 * {@link writeToken} inside the transaction.
 * @throws Refusal logins_unavailable
 */
export async function prepareToken(
  { settings, keys, clock, revocation, identity }: Ports,
  subject: Subject,
  client: Client,
): Promise<Prepared> {
  const { id, admin, generation, client_id = ownClient, scope, ttl_s = settings.TOKEN_TTL_SECONDS } = subject
  const now = clock()
  const iat = Math.floor(now / 1000)
  const exp = expiryAbove(revocation.horizon(), iat, ttl_s)
  const { issuer: iss, audience } = identity
  const aud = audience.length === 1 ? (audience[0] as string) : [...audience]
  const named = subject.kind === 'named' && { kind: 'named' as const }
  const limited = scope !== undefined && { scope }
  const jti = randomUUIDv7()
  const claims: Claims = { iss, aud, sub: id, client_id, admin, jti, gen: generation, iat, exp, ...limited, ...named }
  const key = await keys.signing()
  const access_token = await signToken(key, claims)
  return { access_token, expires_in: exp - iat, ...limited, row: rowOf(claims, key.kid, { subject, client, now }), now }
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

/** An attempt fails only if the signing key changes at the same moment. */
const maxAttempts = 5

/**
 * Signs a token and has the caller write its row, in one transaction with what belongs to it.
 * @param write has to call {@link writeToken}
 * @throws Refusal logins_unavailable
 */
export async function issueAndWrite(
  ports: Ports,
  subject: Subject,
  client: Client,
  write: (token: Prepared) => Promise<void>,
): Promise<Prepared> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const token = await prepareToken(ports, subject, client)
    try {
      await write(token)
      return token
    } catch (error) {
      if (!(error instanceof KeyRetired)) throw error
      await ports.keys.reload()
    }
  }
  throw new Refusal('logins_unavailable', { why: 'the signing key changed during every attempt' })
}

function rowOf(
  claims: Claims,
  kid: string,
  { subject, client, now }: { subject: Subject; client: Client; now: number },
): Prepared['row'] {
  const {
    kind = 'login',
    scope = null,
    authenticated_at = now,
    description = describeClient(client.user_agent),
  } = subject
  return {
    jti: claims.jti,
    user_id: claims.sub,
    kid,
    description,
    user_agent: shortUserAgent(client.user_agent),
    ip: client.ip,
    generation: claims.gen,
    kind,
    scope,
    authenticated_at,
    issued_at: now,
    expires_at: claims.exp * 1000,
  }
}
