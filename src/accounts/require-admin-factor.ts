import type { Ports } from '../ports.ts'
import { revokeAllTokens } from '../tokens/revoke.ts'
import { selectAdminsWithoutFactor } from './records.ts'

/**
 * Ends the tokens of every administrator without a second factor, if ADMIN_FACTOR requires one: they may have been issued before the
 * setting. The next login gives a token that can only add a factor.
 * @throws Refusal revocation_unconfirmed
 */
export async function requireAdminFactor(ports: Ports): Promise<void> {
  const { settings, store, clock } = ports
  if (settings.ADMIN_FACTOR !== 'required') return
  for (const id of await selectAdminsWithoutFactor(store, clock())) await revokeAllTokens(ports, id, 'ADMIN_FACTOR')
}
