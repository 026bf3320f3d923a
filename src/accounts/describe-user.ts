import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import { findUser } from './records.ts'

/** What `GET /auth/user` returns besides the token's claims. These fields of an account never change. */
export interface Profile {
  email: string
  username: string | null
  /** ISO 8601. */
  registered_on: string
}

/** Returns a user's profile, from the cache if possible. @throws Refusal token_revoked if there is no such user */
export function describeUser(ports: Ports, userId: string): Profile | Promise<Profile> {
  return ports.profiles.get(userId) ?? readProfile(ports, userId)
}

async function readProfile({ store, profiles }: Ports, id: string): Promise<Profile> {
  const user = await findUser(store, { id })
  if (user === undefined) throw new Refusal('token_revoked', { why: 'the account does not exist' })
  const profile = { email: user.email, username: user.username, registered_on: new Date(user.created_at).toISOString() }
  profiles.set(id, profile)
  return profile
}
