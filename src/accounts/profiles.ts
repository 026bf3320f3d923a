import type { Cache } from '../cache.ts'
import type { Factor } from '../credentials/factor.ts'

/** What `GET /auth/user` returns besides the token's claims. */
export interface Profile {
  email: string
  username: string | null
  email_verified: boolean
  pending_email: string | null
  /** ISO 8601. */
  registered_on: string
  /** The second factors in force. */
  factors: Factor[]
}

/** The profiles that this process remembers, so that a request needs no database. */
export interface Profiles {
  get: (userId: string) => Profile | undefined
  /**
   * To be called before a profile is read.
   * @returns remembers the profile, unless a profile was forgotten since: what was read may be outdated
   */
  reading: () => (userId: string, profile: Profile) => void
  /** The account has changed. */
  forget: (userId: string) => void
  clear: () => void
}

export function createProfiles(cache: Cache<Profile> & { delete: (userId: string) => unknown }): Profiles {
  let forgotten = 0
  return {
    get: (userId) => cache.get(userId),
    reading() {
      const before = forgotten
      return (userId, profile) => {
        if (forgotten === before) cache.set(userId, profile)
      }
    },
    forget(userId) {
      forgotten++
      cache.delete(userId)
    },
    clear() {
      forgotten++
      cache.clear()
    },
  }
}
