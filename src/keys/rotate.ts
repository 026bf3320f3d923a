import { appendFact } from '../audit/append.ts'
import type { Settings } from '../config/table.ts'
import type { Ports } from '../ports.ts'
import { announcedAt } from './announcement.ts'
import { isSealed } from './keyring.ts'
import { KeyError } from './keys.ts'
import { type GeneratedKeys, generatedKeys, generateRow, openRow } from './load.ts'
import {
  promoteNextKey,
  replaceCurrentKey,
  replaceNextKey,
  type SigningKeyRow,
  scheduleNextKey,
  selectKeys,
} from './records.ts'

/** Each attempt fails only because another process has changed the keys at the same moment. */
const maxAttempts = 10

const fileAdvice = 'put another key into that file and restart the servers'

/** The key that a rotation has chosen. */
export interface Rotation {
  kid: string
  alg: string
  /** From when on the key signs, in milliseconds since 1970. Null: it signs now. */
  signs_from: number | null
}

/**
 * Makes the next key the signing key: now, or as soon as every key set that lacks the key has expired. A repeated rotation
 * changes nothing until then. Previous keys remain valid until their last token expires.
 * @throws KeyError if the servers sign with a SIGNING_KEY_FILE, or if their LATCHKEY_SECRET could not open the new key
 */
export async function rotateKeys(ports: Ports): Promise<Rotation> {
  const { store, settings, clock } = ports
  if (settings.SIGNING_KEY_FILE !== '') throw new KeyError(`SIGNING_KEY_FILE is set: ${fileAdvice}`)
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const rows = await selectKeys(store)
    const generated = generatedKeys(rows)
    const known = generated.next ?? generated.current
    if (known !== undefined) await refuseOtherSecret(known, settings)
    else if (rows.some(({ retired_at }) => retired_at === null))
      throw new KeyError(`the servers sign with the key of a SIGNING_KEY_FILE: ${fileAdvice}`)
    const rotation = await rotate({ store, settings }, generated, clock())
    if (rotation === undefined) continue
    const { kid } = rotation
    const fact = { action: 'key.rotated', subject: null, details: { kid } } as const
    await store.transaction().execute((trx) => appendFact(trx, ports, fact))
    return rotation
  }
  throw new KeyError('other processes keep replacing the signing key; nothing was changed')
}

/** @returns undefined if another process was first */
async function rotate(
  { store, settings }: Pick<Ports, 'store' | 'settings'>,
  { current, next }: GeneratedKeys,
  now: number,
): Promise<Rotation | undefined> {
  // No server has started yet, or the current key was revoked. Then no key set has to expire.
  const isMissing = current === undefined || current.private_jwk === null
  if (next === undefined) {
    const row = await generateRow(settings, now)
    if (isMissing) {
      if (!(await replaceCurrentKey(store, row, current?.kid))) return undefined
      await replaceNextKey(store, await generateRow(settings, now), undefined)
      return rotationTo(row, null)
    }
    const signs_from = announcedAt(row)
    return (await replaceNextKey(store, { ...row, signs_from }, undefined)) ? rotationTo(row, signs_from) : undefined
  }
  const signs_from = next.signs_from ?? announcedAt(next)
  if (!isMissing && now < signs_from) {
    if (next.signs_from === null && !(await scheduleNextKey(store, next.kid, signs_from))) return undefined
    return rotationTo(next, signs_from)
  }
  const following = await generateRow(settings, now)
  if (!(await promoteNextKey(store, { next: next.kid, replaced: current?.kid, now }))) return undefined
  await replaceNextKey(store, following, undefined)
  return rotationTo(next, null)
}

function rotationTo({ kid, alg }: SigningKeyRow, signs_from: number | null): Rotation {
  return { kid, alg, signs_from }
}

/** The newest key tells which secret the servers have: the one that sealed the key, or none. */
async function refuseOtherSecret(newest: SigningKeyRow, settings: Settings): Promise<void> {
  const opened = await openRow(newest, settings)
  if (opened instanceof KeyError) throw opened
  if (opened === undefined || isSealed(newest.private_jwk as string) || settings.LATCHKEY_SECRET === '') return
  throw new KeyError(
    'LATCHKEY_SECRET is set, but the signing key in the database is not sealed, so the servers run without a secret; restart them with the secret, which makes another key, or leave the secret out here',
  )
}
