import type { Ports } from '../../ports.ts'
import { Refusal } from '../../refusal.ts'
import { type RelyingParty, relyingPartyOf } from '../relying-party.ts'

/** @throws Refusal passkeys_unavailable if browsers offer no passkeys under the service's URL */
export function requireParty({ identity }: Ports): RelyingParty {
  const party = relyingPartyOf(identity.public_url)
  if (party === undefined) throw new Refusal('passkeys_unavailable')
  return party
}
