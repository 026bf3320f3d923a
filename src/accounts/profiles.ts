import { LRUCache } from 'lru-cache'

/** What `GET /auth/user` says besides the token's claims. None of it ever changes once an account exists. */
export interface Profile {
  email: string
  username: string | null
  /** ISO 8601. */
  registered_on: string
}

/** Profiles by user id: a bounded cache, so that a protected request needs no database. */
export interface Profiles {
  get: (userId: string) => Profile | undefined
  set: (userId: string, profile: Profile) => unknown
  clear: () => void
}

export function createProfiles(): Profiles {
  return new LRUCache<string, Profile>({ max: 20_000 })
}
