import { normalizeEmail } from '../accounts/names.ts'
import { findUser } from '../accounts/records.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import { isUuid } from '../tokens/claims.ts'
import { revokeAllTokens } from '../tokens/revoke.ts'
import { invalid } from './parameters.ts'

/**
 * Ends every token of a user, for a service with the right to (draft-parecki-oauth-global-token-revocation).
 * @param sub_id who the user is, as a subject identifier of the format `email` or `iss_sub` (RFC 9493 §3.2)
 * @throws Refusal request_invalid for another identifier, user_not_found, revocation_unconfirmed
 */
export async function revokeUser(ports: Ports, sub_id: unknown): Promise<void> {
  const name = readSubject(ports, sub_id)
  const user = name && (await findUser(ports.store, name))
  if (user === undefined) throw new Refusal('user_not_found')
  await revokeAllTokens(ports, user.id, 'all tokens revoked by a service')
}

/** @returns undefined for a user that cannot be of this server */
function readSubject({ identity }: Ports, sub_id: unknown): { email: string } | { id: string } | undefined {
  if (typeof sub_id !== 'object' || sub_id === null || Array.isArray(sub_id)) throw invalid('sub_id must be an object')
  const { format, email, iss, sub } = sub_id as Partial<Record<string, unknown>>
  switch (format) {
    case 'email':
      // PostgreSQL can neither store nor compare NUL.
      if (typeof email !== 'string') throw invalid('sub_id.email must be a text')
      return email.includes('\0') ? undefined : { email: normalizeEmail(email) }
    case 'iss_sub':
      if (typeof iss !== 'string' || typeof sub !== 'string') throw invalid('sub_id.iss and sub_id.sub must be texts')
      return iss === identity.issuer && isUuid(sub) ? { id: sub } : undefined
    default:
      throw invalid('sub_id.format must be email or iss_sub')
  }
}
