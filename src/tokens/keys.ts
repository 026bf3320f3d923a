import { setTimeout as sleep } from 'node:timers/promises'
import type { Keyring, SigningKey, VerificationKey } from './keyring.ts'

/** The keys as this process knows them. */
export interface Keys {
  signing: () => SigningKey
  /** The public key of a `kid`; one that is unknown here is looked for in the database, at most once a second. */
  find: (kid: string) => Promise<VerificationKey | undefined>
  /** Reads the database again, now. */
  reload: () => Promise<void>
}

/** A `kid` is a JWK thumbprint: 32 bytes. Anything else is not worth a look at the database. */
const thumbprint = /^[A-Za-z0-9_-]{43}$/
const betweenLooks_ms = 1000

/** @param load reads all keys; called now, and again whenever the process has to look */
export async function openKeys(load: () => Promise<Keyring>): Promise<Keys> {
  let ring = await load()
  let looking: Promise<void> | undefined
  let rested: Promise<void> = Promise.resolve()

  const reload = async () => {
    ring = await load()
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
    signing: () => ring.signing,
    reload,
    async find(kid) {
      if (!ring.verifying.has(kid) && thumbprint.test(kid)) await look()
      return ring.verifying.get(kid)
    },
  }
}

/** For a process that neither signs nor verifies: it leaves the keys in the database alone, whatever its settings say. */
export const unusedKeys: Keys = {
  signing: () => {
    throw new Error('this process signs nothing')
  },
  find: async () => undefined,
  reload: async () => {},
}
