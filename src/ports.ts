import type { Logger } from 'pino'
import type { Hasher } from './accounts/hasher.ts'
import type { Profiles } from './accounts/profiles.ts'
import type { Throttle } from './accounts/throttle.ts'
import type { Settings } from './config.ts'
import type { Revocation } from './revocation/revocation.ts'
import type { Trouble } from './revocation/trouble.ts'
import type { Store } from './store/schema.ts'
import type { Claims } from './tokens/claims.ts'
import type { Keys } from './tokens/keys.ts'
import type { Usage } from './tokens/usage.ts'

/** Everything a use case may touch, built once by latchkey.ts. */
export interface Ports {
  settings: Settings
  store: Store
  keys: Keys
  revocation: Revocation
  /** Claims by token text, for tokens whose signature has verified. */
  verified: Cache<Claims>
  profiles: Profiles
  usage: Usage
  hasher: Hasher
  throttle: Throttle
  /** Tokens that nobody can say anything about for now. */
  unknownTokens: Trouble
  /** Milliseconds since 1970. */
  clock: () => number
  log: Logger
}

/** A bounded cache; forgetting an entry costs time, never correctness. */
export interface Cache<T> {
  get: (key: string) => T | undefined
  set: (key: string, value: T) => unknown
  clear: () => void
}
