import { needsFactor } from '../credentials/factor.ts'
import type { Ports } from '../ports.ts'
import { revokeAllTokens } from '../tokens/revoke.ts'
import { selectAdminsWithoutFactor } from './records.ts'

/**
 * Ends the tokens of every administrator without a second factor, if the settings require one: they may have been issued before the
 * setting. The next login gives a token that can only add a factor. Other users may be too many to end their tokens at a start.
 * @throws Refusal revocation_unconfirmed
 */
export async function requireAdminFactor(ports: Ports): Promise<void> {
  const { settings, store, clock } = ports
  if (!needsFactor(settings, { admin: 1 })) return
  for (const id of await selectAdminsWithoutFactor(store, clock())) await revokeAllTokens(ports, id, 'ADMIN_FACTOR')
}
