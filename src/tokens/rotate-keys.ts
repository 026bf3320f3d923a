import type { Settings } from '../config.ts'
import type { Ports } from '../ports.ts'
import { isSealed, type KeyPair, makeKeyPair } from './keyring.ts'
import { KeyError, openRow, replaceKey } from './load-keys.ts'
import { type SigningKeyRow, selectKeys } from './records.ts'

/**
 * Makes a new key and signs with it from here on; the keys of before verify until their last token has expired.
 * @throws KeyError if SIGNING_KEY_FILE is set, or LATCHKEY_SECRET is not what the servers have: they could not open the new
 *   key
 */
export async function rotateKeys({ store, settings, clock }: Ports): Promise<Pick<KeyPair, 'kid' | 'alg'>> {
  if (settings.SIGNING_KEY_FILE !== '') {
    throw new KeyError('SIGNING_KEY_FILE is set: put another key into that file and restart the servers')
  }
  for (;;) {
    const current = (await selectKeys(store)).find((row) => row.retired_at === null)
    if (current !== undefined) await refuseOtherSecret(current, settings)
    const pair = await makeKeyPair(settings.TOKEN_ALG)
    if (await replaceKey(store, pair, true, current, settings, clock())) return { kid: pair.kid, alg: pair.alg }
  }
}

/** What sealed the current key, or that nothing did, tells what the servers have. */
async function refuseOtherSecret(current: SigningKeyRow, settings: Settings): Promise<void> {
  const opened = await openRow(current, settings)
  if (opened instanceof KeyError) throw opened
  if (current.private_jwk === null || isSealed(current.private_jwk) || settings.LATCHKEY_SECRET === '') return
  throw new KeyError(
    'LATCHKEY_SECRET is set, but the signing key in the database is not sealed: the servers run without it; restart them with it, which makes another key, or leave it out here',
  )
}
