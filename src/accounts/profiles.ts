import type { Cache } from '../cache.ts'

/** What `GET /auth/user` returns besides the token's claims. */
export interface Profile {
  email: string
  username: string | null
  email_verified: boolean
  pending_email: string | null
  /** ISO 8601. */
  registered_on: string
}

/** Profiles by user id, so that a protected request needs no database. */
export interface Profiles {
  get: (id: string) => Profile | undefined
  /** Grows whenever a profile is forgotten. */
  generation: () => number
  /** Remembers a profile, unless one was forgotten since `generation` was read, which must be before the database was read. */
  set: (id: string, profile: Profile, generation: number) => void
  /** The account has changed. */
  forget: (id: string) => void
  clear: () => void
}

/** @param cache holds as many profiles as it has room for */
export function createProfiles(cache: Cache<Profile> & { delete: (id: string) => unknown }): Profiles {
  let generation = 0
  return {
    get: (id) => cache.get(id),
    generation: () => generation,
    set(id, profile, readAt) {
      if (readAt === generation) cache.set(id, profile)
    },
    forget(id) {
      generation++
      cache.delete(id)
    },
    clear() {
      generation++
      cache.clear()
    },
  }
}
