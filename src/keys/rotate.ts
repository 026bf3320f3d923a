import type { Settings } from '../config/table.ts'
import type { Ports } from '../ports.ts'
import { isSealed } from './keyring.ts'
import { KeyError } from './keys.ts'
import { generateRow, openRow } from './load.ts'
import { replaceCurrentKey, type SigningKeyRow, selectKeys } from './records.ts'

/** Each attempt fails only because another process has replaced the key at the same moment. */
const maxAttempts = 10

const fileAdvice = 'put another key into that file and restart the servers'

/**
 * Generates a key that signs from now on. Previous keys remain valid until their last token expires.
 * @throws KeyError if the servers sign with a SIGNING_KEY_FILE, or if their LATCHKEY_SECRET could not open the new key
 */
export async function rotateKeys({ store, settings, clock }: Ports): Promise<{ kid: string; alg: string }> {
  if (settings.SIGNING_KEY_FILE !== '') throw new KeyError(`SIGNING_KEY_FILE is set: ${fileAdvice}`)
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const rows = (await selectKeys(store)).filter((row) => row.retired_at === null)
    const current = rows.find(({ from_file }) => from_file === 0)
    if (current !== undefined) await refuseOtherSecret(current, settings)
    else if (rows.length > 0) throw new KeyError(`the servers sign with the key of a SIGNING_KEY_FILE: ${fileAdvice}`)
    const next = await generateRow(settings, clock())
    if (await replaceCurrentKey(store, next, current?.kid)) return { kid: next.kid, alg: next.alg }
  }
  throw new KeyError('other processes keep replacing the signing key; nothing was changed')
}

/** The current key tells which secret the servers have: the one that sealed the key, or none. */
async function refuseOtherSecret(current: SigningKeyRow, settings: Settings): Promise<void> {
  const opened = await openRow(current, settings)
  if (opened instanceof KeyError) throw opened
  if (opened === undefined || isSealed(current.private_jwk as string) || settings.LATCHKEY_SECRET === '') return
  throw new KeyError(
    'LATCHKEY_SECRET is set, but the signing key in the database is not sealed, so the servers run without a secret; restart them with the secret, which makes another key, or leave the secret out here',
  )
}
