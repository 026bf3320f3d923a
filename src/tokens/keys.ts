import { setTimeout as sleep } from 'node:timers/promises'
import { Refusal } from '../refusal.ts'
import type { Keyring, SigningKey, VerificationKey } from './keyring.ts'
import { KeyError } from './load-keys.ts'

/** The keys as this process knows them. */
export interface Keys {
  /** @throws Refusal logins_unavailable if there is none */
  signing: () => Promise<SigningKey>
  /** The public key of a `kid`; one that is unknown here is looked for in the database, at most once a second. */
  find: (kid: string) => Promise<VerificationKey | undefined>
  /** Reads the database again, now. */
  reload: () => Promise<void>
  /** Forgets a key for good, whatever the database says. */
  drop: (kid: string) => void
  /** How often a key has gone so far: who waits for anything while it verifies has to look again if it has grown. */
  drops: () => number
}

/** A `kid` is a JWK thumbprint: 32 bytes. Anything else is not worth a look at the database. */
export function isThumbprint(kid: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(kid)
}

const betweenLooks_ms = 1000
/** It takes an operator. */
const unavailable_s = 10

/**
 * @param load reads all keys; called now, and again whenever the process has to look
 * @param report told why there is no key to sign with any more, each time that begins
 * @param gone called when a key is dropped, or in the database no longer: what it has verified must not be remembered
 * @throws KeyError if there is none now
 */
export async function openKeys(
  load: (starting: boolean) => Promise<Keyring>,
  report: (trouble: string) => void,
  gone: () => void,
): Promise<Keys> {
  let ring = await load(true)
  if (ring.trouble !== undefined) throw new KeyError(ring.trouble)
  const dropped = new Set<string>()
  let losses = 0
  let looking: Promise<void> | undefined
  let rested: Promise<void> = Promise.resolve()

  const reload = async () => {
    const { trouble, verifying } = ring
    ring = await load(false)
    if (![...verifying.keys()].every((kid) => ring.verifying.has(kid))) {
      losses++
      gone()
    }
    if (ring.trouble !== undefined && ring.trouble !== trouble) report(ring.trouble)
  }
  // Forged tokens name keys that nobody has: all that arrive within a second share one look.
  const look = () => {
    looking ??= rested.then(reload).finally(() => {
      rested = sleep(betweenLooks_ms, undefined, { ref: false })
      looking = undefined
    })
    return looking
  }
  return {
    async signing() {
      // It may have been put right meanwhile.
      if (ring.signing === undefined) await look()
      if (ring.signing !== undefined) return ring.signing
      throw new Refusal('logins_unavailable', { retry_after_s: unavailable_s, why: ring.trouble ?? 'no key' })
    },
    reload,
    async find(kid) {
      if (!ring.verifying.has(kid) && !dropped.has(kid) && isThumbprint(kid)) await look()
      // What was read from the database may be older than what was dropped.
      return dropped.has(kid) ? undefined : ring.verifying.get(kid)
    },
    drop(kid) {
      if (dropped.size < dropped.add(kid).size) gone()
    },
    drops: () => dropped.size + losses,
  }
}

/** For a process that neither signs nor verifies: it leaves the keys in the database alone, whatever its settings say. */
export const unusedKeys: Keys = {
  signing: async () => {
    throw new Error('this process signs nothing')
  },
  find: async () => undefined,
  reload: async () => {},
  drop: () => {},
  drops: () => 0,
}
