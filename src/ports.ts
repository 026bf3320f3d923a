import type { Logger } from 'pino'
import type { Profiles } from './accounts/profiles.ts'
import type { Settings } from './config/table.ts'
import type { Hasher } from './credentials/hasher.ts'
import type { Throttle } from './credentials/throttle.ts'
import type { Keys } from './keys/keys.ts'
import type { Availability } from './operation/availability.ts'
import type { Revocation } from './revocation/revocation.ts'
import type { Store } from './store/schema.ts'
import type { Verification } from './tokens/authenticate.ts'
import type { Identity } from './tokens/identity.ts'
import type { Usage } from './tokens/usage.ts'

/** Everything that a use case may touch. latchkey.ts builds it once. */
export interface Ports {
  settings: Settings
  /** Who this service is. It changes once, when the service listens and knows its address. */
  identity: Identity
  store: Store
  keys: Keys
  revocation: Revocation
  /** How this process decides about tokens. */
  verification: Verification
  profiles: Profiles
  usage: Usage
  hasher: Hasher
  throttle: Throttle
  /** The limits and accounts of the log's lines of the last 15 minutes. */
  limitsNoted: { has: (subject: string) => boolean; set: (subject: string, noted: true) => unknown }
  availability: Availability
  /** Milliseconds since 1970. */
  clock: () => number
  log: Logger
}
