import { randomUUIDv7 } from 'node:crypto'
import type { Ports } from '../ports.ts'
import type { Trx } from '../store/schema.ts'
import type { Claims } from './claims.ts'
import { type Client, describeClient, shortUserAgent } from './client.ts'
import { insertToken } from './records.ts'
import { signToken } from './sign.ts'

/** A signed token and the lifetime that goes with it (RFC 6749 §5.1). */
export interface Issued {
  access_token: string
  expires_in: number
}

/**
 * Signs a token and writes its row in the transaction of `around`, so that a token exists exactly if what it rests on
 * (the account as it was read) still holds. Signing comes first: nothing that waits belongs in a transaction.
 * @param around the caller's conditions; false: they no longer hold, nothing is written
 * @returns undefined if `around` said false
 */
export async function issueToken(
  ports: Ports,
  user: { id: string; admin: boolean },
  client: Client,
  around: (trx: Trx, now: number) => Promise<boolean>,
): Promise<Issued | undefined> {
  const { settings, store, keys } = ports
  for (;;) {
    const now = ports.clock()
    const iat = Math.floor(now / 1000)
    const claims: Claims = {
      sub: user.id,
      admin: user.admin,
      jti: randomUUIDv7(),
      iat,
      exp: iat + settings.TOKEN_TTL_SECONDS,
    }
    const key = await keys.signing()
    const access_token = await signToken(key, settings.ISSUER, claims)
    try {
      const written = await store.transaction().execute(async (trx) => {
        if (!(await around(trx, now))) return false
        if (await insertToken(trx, rowOf(claims, key.kid, client, now))) return true
        throw new KeyRetired()
      })
      return written ? { access_token, expires_in: settings.TOKEN_TTL_SECONDS } : undefined
    } catch (error) {
      if (!(error instanceof KeyRetired)) throw error
      await keys.reload()
    }
  }
}

/** Rolls the transaction back: the key was retired between signing and writing. */
class KeyRetired extends Error {}

function rowOf(claims: Claims, kid: string, client: Client, now: number) {
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
