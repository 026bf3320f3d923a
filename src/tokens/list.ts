import type { Ports } from '../ports.ts'
import { selectLiveTokens } from './records.ts'

/** A live token as its owner sees it. Instants are milliseconds since 1970. */
export interface ListedToken {
  id: string
  created_at: number
  expires_at: number
  last_used_at: number | null
  description: string
  ip: string
  user_agent: string | null
}

/** Returns the live tokens of a user or of a service, newest first. */
export async function listTokens({ store, usage, clock }: Ports, ownerId: string): Promise<ListedToken[]> {
  const rows = await selectLiveTokens(store, ownerId, clock())
  return rows.map(({ jti, issued_at, expires_at, last_used_at, description, ip, user_agent }) => ({
    id: jti,
    created_at: issued_at,
    expires_at,
    last_used_at: usage.get(jti) ?? last_used_at,
    description,
    ip,
    user_agent,
  }))
}
