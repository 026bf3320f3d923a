import type { Logger } from 'pino'
import type { Profiles } from './accounts/profiles.ts'
import type { Receipts } from './audit/receipts.ts'
import type { Settings } from './config/table.ts'
import type { Streams } from './console/streams.ts'
import type { Hasher } from './credentials/hasher.ts'
import type { Throttle } from './credentials/throttle.ts'
import type { Vault } from './credentials/vault.ts'
import type { Keys } from './keys/keys.ts'
import type { Availability } from './operation/availability.ts'
import type { Revocation } from './revocation/revocation.ts'
import type { Store } from './store/schema.ts'
import type { Verification } from './tokens/authenticate.ts'
import type { Identity } from './tokens/identity.ts'
import type { Usage } from './tokens/usage.ts'

/** Who asks, and from where. A command has none of these. */
export interface Origin {
  /** The `sub` of the caller's token, or the id of the service that asks. */
  actor: string | null
  address: string | null
  request_id: string | null
  /** Who runs a command, and where. */
  by?: Record<string, string | undefined>
}

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
  /** The consoles that are open on this node. */
  streams: Streams
  usage: Usage
  hasher: Hasher
  throttle: Throttle
  vault: Vault
  /** The subjects of the log's lines about limits and refused credentials of the last 15 minutes. */
  limitsNoted: { has: (subject: string) => boolean; set: (subject: string, noted: true) => unknown }
  availability: Availability
  /** Where an action comes from, for the audit trail. */
  origin: Origin
  /** What fleets have confirmed, until it is written to the audit trail. */
  receipts: Receipts
  /** Milliseconds since 1970. */
  clock: () => number
  log: Logger
}
