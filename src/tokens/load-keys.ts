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
 * SIGNING_KEY_FILE, or else one of our own, made here where there is none. Where SIGNING_KEY_FILE or LATCHKEY_SECRET does
 * not fit, there is a trouble in place of a key to sign with: to verify takes public keys only.
 * @param starting whether the key is replaced where it is for another algorithm than TOKEN_ALG. Processes that run with
 *   different ones would otherwise replace each other's, again and again
 */
export async function loadKeys(
  store: Store,
  settings: Settings,
  now: number,
  fromFile: KeyPair | undefined,
  starting: boolean,
): Promise<Keyring> {
  for (;;) {
    const rows = await selectKeys(store)
    const verifying = await importAll(rows)
    const current = rows.find((row) => row.retired_at === null)
    const pair = await open(store, current, fromFile, settings)
    if (pair instanceof KeyError) return { signing: undefined, trouble: pair.message, verifying }
    if (current !== undefined && pair !== undefined && canSign(current, pair, fromFile, settings, starting)) {
      return { signing: await importPrivate(pair), trouble: undefined, verifying }
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

/** The pair that may sign, as far as there is one. A key from a file that has been revoked signs nothing, however often it comes back. */
async function open(
  store: Store,
  current: SigningKeyRow | undefined,
  fromFile: KeyPair | undefined,
  settings: Settings,
): Promise<KeyPair | KeyError | undefined> {
  if (fromFile === undefined) return current && openRow(current, settings)
  if (!(await selectEndedKeys(store)).has(fromFile.kid)) return fromFile
  return new KeyError(
    'SIGNING_KEY_FILE holds a key that has been revoked: put another one into it and restart the servers',
  )
}

function canSign(
  current: SigningKeyRow,
  pair: KeyPair,
  fromFile: KeyPair | undefined,
  settings: Settings,
  starting: boolean,
): boolean {
  if (fromFile !== undefined) return current.kid === pair.kid
  if (starting && current.alg !== settings.TOKEN_ALG) return false
  // What once lay open may be in a backup: where a secret has been set since, another key takes its place.
  return settings.LATCHKEY_SECRET === '' || isSealed(current.private_jwk as string)
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

/** A pair from the database: undefined where its private part is in a file, an error where LATCHKEY_SECRET does not open it. */
export async function openRow(row: SigningKeyRow, settings: Settings): Promise<KeyPair | KeyError | undefined> {
  const stored = row.private_jwk
  if (stored === null) return undefined
  const secret = settings.LATCHKEY_SECRET
  if (isSealed(stored) && secret === '')
    return new KeyError('LATCHKEY_SECRET is not set, and the signing key in the database is sealed with one')
  const private_jwk = await unseal(stored, secret).catch(() => undefined)
  if (private_jwk === undefined)
    return new KeyError('LATCHKEY_SECRET is not the one that sealed the signing key in the database')
  return { kid: row.kid, alg: row.alg as Algorithm, public_jwk: JSON.parse(row.public_jwk), private_jwk }
}

async function importAll(rows: SigningKeyRow[]): Promise<Keyring['verifying']> {
  const keys = await Promise.all(
    rows.map((row) =>
      importPublic({ kid: row.kid, alg: row.alg as Algorithm, public_jwk: JSON.parse(row.public_jwk) }),
    ),
  )
  return new Map(keys.map((key) => [key.kid, key]))
}
