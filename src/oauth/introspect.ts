import { findUser } from '../accounts/records.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import { selectService } from '../services/records.ts'
import { authenticate } from '../tokens/authenticate.ts'
import { type Claims, factorScope } from '../tokens/claims.ts'

/** What is said about a token (RFC 7662 §2.2). */
export type Introspection =
  | { active: false }
  | ({ active: true; username: string; token_type: 'Bearer'; gen?: number } & Omit<Claims, 'gen'>)

/**
 * Tells a service about a token. Nothing is said about a token that does not count, so that a token that was revoked cannot be told from one
 * that never was.
 * @throws Refusal token_status_unknown
 */
export async function introspect(ports: Ports, token: string): Promise<Introspection> {
  const claims = await authenticate(ports.verification, token).catch((error: unknown) => {
    if (error instanceof Refusal && error.code !== 'token_status_unknown') return undefined
    throw error
  })
  // A token that can only add a second factor is for this server alone.
  if (claims === undefined || claims.scope === factorScope) return { active: false }
  const username = await nameOf(ports, claims.sub)
  if (username === undefined) return { active: false }
  // A token of generation 0 has no such claim.
  const { gen, ...others } = claims
  return { active: true, ...others, ...(gen > 0 && { gen }), username, token_type: 'Bearer' }
}

/** The name of the user or of the service that the token belongs to. */
async function nameOf({ store }: Ports, id: string): Promise<string | undefined> {
  const user = await findUser(store, { id })
  return user?.username ?? user?.email ?? (await selectService(store, id))?.name
}
