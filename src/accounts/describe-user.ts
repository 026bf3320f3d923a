import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import type { Profile } from './profiles.ts'
import { findUser } from './records.ts'

/** Returns a user's profile, from the cache if possible. @throws Refusal token_revoked if there is no such user */
export function describeUser(ports: Ports, userId: string): Profile | Promise<Profile> {
  return ports.profiles.get(userId) ?? readProfile(ports, userId)
}

async function readProfile({ store, profiles }: Ports, id: string): Promise<Profile> {
  const generation = profiles.generation()
  const user = await findUser(store, { id })
  if (user === undefined) throw new Refusal('token_revoked', { why: 'the account does not exist' })
  const profile = {
    email: user.email,
    username: user.username,
    email_verified: user.email_verified_at !== null,
    pending_email: user.pending_email,
    registered_on: new Date(user.created_at).toISOString(),
  }
  profiles.set(id, profile, generation)
  return profile
}
