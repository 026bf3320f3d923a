import type { Ports } from '../ports.ts'
import { type KeyPair, makeKeyPair } from './keyring.ts'
import { KeyError, loadKeys, replaceKey } from './load-keys.ts'
import { selectKeys } from './records.ts'

/**
 * Makes a new key and signs with it from here on; the keys of before verify until their last token has expired.
 * @throws KeyError if SIGNING_KEY_FILE is set, or LATCHKEY_SECRET is not the one that sealed the current key: then the
 *   servers, which have the right one, could not open the new key
 */
export async function rotateKeys({ store, settings, clock }: Ports): Promise<Pick<KeyPair, 'kid' | 'alg'>> {
  if (settings.SIGNING_KEY_FILE !== '') {
    throw new KeyError('SIGNING_KEY_FILE is set: put another key into that file and restart the servers')
  }
  for (;;) {
    await loadKeys(store, settings, clock(), undefined)
    const current = (await selectKeys(store)).find((row) => row.retired_at === null)
    const pair = await makeKeyPair(settings.TOKEN_ALG)
    if (await replaceKey(store, pair, true, current, settings, clock())) return { kid: pair.kid, alg: pair.alg }
  }
}
