import { readFileSync } from 'node:fs'
import type { Settings } from '../config.ts'
import { selectEndedKeys } from '../revocation/records.ts'
import type { Store } from '../store/schema.ts'
import {
  type Algorithm,
  importPrivate,
  importPublic,
  isSealed,
  type KeyPair,
  type Keyring,
  makeKeyPair,
  parsePrivateKey,
  seal,
  unseal,
} from './keyring.ts'
import { replaceCurrentKey, type SigningKeyRow, selectKeys } from './records.ts'

/** A signing key that cannot be used; the message is one line for the operator. */
export class KeyError extends Error {
  override name = 'KeyError'
}

/**
 * All keys of the database, after making sure that one of them can sign as the settings say: the key of
 * SIGNING_KEY_FILE, or else one of our own for TOKEN_ALG, made here where there is none. A key from a file that has been
 * revoked signs nothing, however often it comes back.
 * @throws KeyError if SIGNING_KEY_FILE or LATCHKEY_SECRET does not fit
 */
export async function loadKeys(
  store: Store,
  settings: Settings,
  now: number,
  fromFile: KeyPair | undefined,
): Promise<Keyring> {
  for (;;) {
    const rows = await selectKeys(store)
    if (fromFile !== undefined && (await selectEndedKeys(store)).has(fromFile.kid)) {
      return { signing: undefined, verifying: await importAll(rows) }
    }
    const current = rows.find((row) => row.retired_at === null)
    if (current !== undefined && canSign(current, fromFile, settings)) {
      const pair = fromFile ?? (await openRow(current, settings))
      return { signing: await importPrivate(pair), verifying: await importAll(rows) }
    }
    await replaceKey(
      store,
      fromFile ?? (await makeKeyPair(settings.TOKEN_ALG)),
      fromFile === undefined,
      current,
      settings,
      now,
    )
  }
}

function canSign(current: SigningKeyRow, fromFile: KeyPair | undefined, settings: Settings): boolean {
  if (fromFile !== undefined) return current.kid === fromFile.kid
  if (current.private_jwk === null || current.alg !== settings.TOKEN_ALG) return false
  // What once lay open may be in a backup: where a secret has been set since, another key takes its place.
  return settings.LATCHKEY_SECRET === '' || isSealed(current.private_jwk)
}

/** Makes `pair` the key that signs. `ours`: its private part is kept in the database, sealed where a secret is set. */
export async function replaceKey(
  store: Store,
  pair: KeyPair,
  ours: boolean,
  current: SigningKeyRow | undefined,
  settings: Settings,
  now: number,
): Promise<boolean> {
  const row: SigningKeyRow = {
    kid: pair.kid,
    alg: pair.alg,
    public_jwk: JSON.stringify(pair.public_jwk),
    private_jwk: ours ? await write(pair, settings.LATCHKEY_SECRET) : null,
    created_at: now,
    retired_at: null,
  }
  return replaceCurrentKey(store, row, current?.kid)
}

async function write(pair: KeyPair, secret: string): Promise<string> {
  const private_jwk = pair.private_jwk ?? {}
  return secret === '' ? JSON.stringify(private_jwk) : await seal(private_jwk, secret)
}

/**
 * The key of SIGNING_KEY_FILE, if there is one. Read once, at the start: what becomes of the file later is for the next start.
 * @throws KeyError
 */
export async function readKeyFile(settings: Settings): Promise<KeyPair | undefined> {
  if (settings.SIGNING_KEY_FILE === '') return undefined
  try {
    return await parsePrivateKey(readFileSync(settings.SIGNING_KEY_FILE, 'utf8'), settings.TOKEN_ALG)
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    const why =
      syscall === undefined ? `is no private JWK or PEM for ${settings.TOKEN_ALG}` : `cannot be read (${code})`
    throw new KeyError(`SIGNING_KEY_FILE ${why}`)
  }
}

async function openRow(row: SigningKeyRow, settings: Settings): Promise<KeyPair> {
  const stored = row.private_jwk as string
  const secret = settings.LATCHKEY_SECRET
  if (isSealed(stored) && secret === '')
    throw new KeyError('LATCHKEY_SECRET is not set, and the signing key in the database is sealed with one')
  const private_jwk = await unseal(stored, secret).catch(() => {
    throw new KeyError('LATCHKEY_SECRET is not the one that sealed the signing key in the database')
  })
  const pair = { kid: row.kid, alg: row.alg as Algorithm, public_jwk: JSON.parse(row.public_jwk), private_jwk }
  return pair
}

async function importAll(rows: SigningKeyRow[]): Promise<Keyring['verifying']> {
  const keys = await Promise.all(
    rows.map((row) =>
      importPublic({ kid: row.kid, alg: row.alg as Algorithm, public_jwk: JSON.parse(row.public_jwk) }),
    ),
  )
  return new Map(keys.map((key) => [key.kid, key]))
}
