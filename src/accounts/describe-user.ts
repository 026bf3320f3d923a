import { factorsOf } from '../credentials/factor.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import type { Profile } from './profiles.ts'
import { findUser } from './records.ts'

/** Returns a user's profile, from memory if possible. @throws Refusal token_revoked if there is no such user */
export function describeUser(ports: Ports, userId: string): Profile | Promise<Profile> {
  return ports.profiles.get(userId) ?? readProfile(ports, userId)
}

async function readProfile({ store, profiles }: Ports, id: string): Promise<Profile> {
  const remember = profiles.reading()
  const user = await findUser(store, { id })
  if (user === undefined) throw new Refusal('token_revoked', { why: 'the account does not exist' })
  const { email, username, pending_email } = user
  const email_verified = user.email_verified_at !== null
  const registered_on = new Date(user.created_at).toISOString()
  const profile = {
    email,
    username,
    email_verified,
    pending_email,
    registered_on,
    factors: factorsOf(user.factors),
  }
  remember(id, profile)
  return profile
}
