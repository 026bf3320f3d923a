import { setTimeout as sleep } from 'node:timers/promises'
import { Refusal } from '../../refusal.ts'
import type { Keyring } from '../keyring.ts'
import { isThumbprint, type KeyError, type Keys } from '../keys.ts'
import type { Remembered } from '../remembered.ts'

const betweenLooks_ms = 1000
/** Only an operator can repair this, so ask clients to wait longer. */
const unavailable_s = 10

/**
 * @param load reads all keys in the database: once now, and again whenever the process has to look
 * @param report called with the reason whenever this process becomes unable to sign, now or with the next key
 * @throws KeyError if this process cannot sign now
 */
export async function openKeys(
  load: (starting: boolean) => Promise<Keyring>,
  report: Record<'trouble' | 'next_trouble', (why: KeyError) => void>,
  remembered: Pick<Remembered<unknown>, 'isDropped' | 'forget'>,
): Promise<Keys> {
  let ring = await load(true)
  if (ring.trouble !== undefined) throw ring.trouble
  const reload = async () => {
    const { trouble, next_trouble, verifying } = ring
    ring = await load(false)
    if (![...verifying.keys()].every((kid) => ring.verifying.has(kid))) remembered.forget()
    if (ring.trouble !== undefined && ring.trouble.message !== trouble?.message) report.trouble(ring.trouble)
    if (ring.next_trouble !== undefined && next_trouble === undefined) report.next_trouble(ring.next_trouble)
  }
  const look = atMostOncePer(betweenLooks_ms, reload)
  return {
    async signing() {
      // An operator may have repaired the key since the last look.
      if (ring.signing === undefined) await look()
      if (ring.signing !== undefined) return ring.signing
      throw new Refusal('logins_unavailable', { retry_after_s: unavailable_s, why: ring.trouble?.message ?? 'no key' })
    },
    look,
    reload,
    async find(kid) {
      // Forged tokens name keys that do not exist. All of them within a second share one look.
      if (!ring.verifying.has(kid) && !remembered.isDropped(kid) && isThumbprint(kid)) await look()
      // The keyring may be older than the revocation of the key.
      return remembered.isDropped(kid) ? undefined : ring.verifying.get(kid)
    },
  }
}

/** Callers that come while `act` runs, or within the pause after it, share the next run. */
function atMostOncePer(pause_ms: number, act: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let rested: Promise<void> = Promise.resolve()
  return () => {
    running ??= rested.then(act).finally(() => {
      rested = sleep(pause_ms, undefined, { ref: false })
      running = undefined
    })
    return running
  }
}

/** For a process that neither signs nor verifies. It does not change the keys, even if its settings differ. */
export const unusedKeys: Keys = {
  signing: async () => {
    throw new Error('this process does not sign tokens')
  },
  find: async () => undefined,
  look: async () => {},
  reload: async () => {},
}
