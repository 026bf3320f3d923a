import type { JWK } from 'jose'
import { createGenerations } from '../cache.ts'
import type { Settings } from '../config/table.ts'
import { NotText, readTextFile } from '../config/text-file.ts'
import { selectEndedKeys } from '../revocation/records.ts'
import type { Store } from '../store/schema.ts'
import { announcedAt } from './announcement.ts'
import {
  type Algorithm,
  findFlaw,
  importPrivate,
  importPublic,
  isSealed,
  type KeyPair,
  type Keyring,
  makeKeyPair,
  parsePrivateKey,
  type SigningKey,
  seal,
  unseal,
} from './keyring.ts'
import { KeyError } from './keys.ts'
import {
  isFileKey,
  promoteNextKey,
  registerFileKey,
  replaceCurrentKey,
  replaceNextKey,
  retireFileKeys,
  type SigningKeyRow,
  scheduleNextKey,
  selectKeys,
} from './records.ts'

/** How a process uses the keys in the database. */
export interface Loading {
  settings: Settings
  /** The key of SIGNING_KEY_FILE. Undefined: the process signs with the generated key that is current. */
  fromFile: KeyPair | undefined
  /**
   * Only a start replaces the keys of other settings (another file, another TOKEN_ALG), or decides that the next key
   * replaces them. A running server never does, so servers with different settings do not keep replacing each other's keys.
   */
  starting: boolean
  /** Milliseconds since 1970. */
  now: number
}

/** Each attempt fails only because another process has changed the keys at the same moment. */
const maxAttempts = 10

/**
 * Reads all keys of the database, and makes sure that this process can sign: with the key of its SIGNING_KEY_FILE, or
 * else with a generated key. Makes the generated keys that are missing, the next key too. If SIGNING_KEY_FILE or LATCHKEY_SECRET does not fit, `signing`
 * is undefined and `trouble` says why. Verification still works, because it needs public keys only.
 *
 * Servers with different files can share a database. Each server signs with its own key, and all servers verify every
 * key. A start retires the other keys. A server that still has the file of a retired key registers the key again when
 * the server next reads the keys.
 * @throws KeyError if other processes keep changing the keys
 */
export async function loadKeys(store: Store, loading: Loading): Promise<Keyring> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const rows = await selectKeys(store)
    const starting = loading.starting && attempt === 0
    const signing = await findSigningKey(store, rows, { ...loading, starting })
    if (signing === undefined) continue
    const verifying = await importAll(rows)
    if (signing instanceof KeyError) return { signing: undefined, trouble: signing, verifying }
    const changes_at = generatedKeys(rows).next?.signs_from ?? undefined
    const next_trouble = loading.fromFile === undefined ? await findNextTrouble(rows, loading.settings) : undefined
    return { signing, trouble: undefined, next_trouble, verifying, changes_at }
  }
  throw new KeyError('other processes keep changing the signing keys; give all servers the same settings')
}

/** @returns undefined if the keys had to be changed, so that they must be read again */
function findSigningKey(
  store: Store,
  rows: SigningKeyRow[],
  loading: Loading,
): Promise<SigningKey | KeyError | undefined> {
  const { fromFile } = loading
  return fromFile === undefined ? findGenerated(store, rows, loading) : findFromFile(store, rows, fromFile, loading)
}

async function findFromFile(store: Store, rows: SigningKeyRow[], pair: KeyPair, { starting, now }: Loading) {
  if ((await selectEndedKeys(store)).has(pair.kid)) {
    return new KeyError('SIGNING_KEY_FILE holds a revoked key: put another key into the file and restart the servers')
  }
  const current = rows.filter((row) => row.retired_at === null)
  const isRegistered = current.some(({ kid, from_file }) => kid === pair.kid && from_file === 1)
  if (isRegistered && (!starting || current.length === 1)) return importPrivate(pair)
  await registerFileKey(store, { ...publicRow(pair, now), private_jwk: null, from_file: 1 }, starting)
  return undefined
}

async function findGenerated(store: Store, rows: SigningKeyRow[], loading: Loading) {
  const { settings, starting, now } = loading
  const generated = generatedKeys(rows)
  const { current } = generated
  const [pair, trouble] = await Promise.all([
    current && openRow(current, settings),
    starting ? findNextTrouble(rows, settings) : undefined,
  ])
  if (pair instanceof KeyError) return pair
  // Such a start would end the logins later, when the next key signs.
  if (pair !== undefined && trouble !== undefined) return trouble
  if (starting && rows.some((row) => row.retired_at === null && row.from_file === 1)) await retireFileKeys(store, now)
  if (current === undefined || pair === undefined) await replaceMissing(store, generated, loading)
  else if (await isPrepared(store, current, generated.next, loading)) return importPrivate(pair)
  return undefined
}

/** Why this process could not sign with the next key. */
async function findNextTrouble(rows: SigningKeyRow[], settings: Settings): Promise<KeyError | undefined> {
  const { next } = generatedKeys(rows)
  const pair = next && (await openRow(next, settings))
  return pair instanceof KeyError ? pair : undefined
}

/** The keys that Latchkey has generated: the key that signs, and the key that key sets announce. */
export interface GeneratedKeys {
  current: SigningKeyRow | undefined
  next: SigningKeyRow | undefined
}

export function generatedKeys(rows: SigningKeyRow[]): GeneratedKeys {
  const find = (next: 0 | 1) => rows.find((row) => row.retired_at === null && row.from_file === 0 && row.next === next)
  return { current: find(0), next: find(1) }
}

/**
 * Makes a key the current key at once: there is none, because it was revoked, or because the database is new. The next key
 * takes its place if this process can open it.
 */
async function replaceMissing(store: Store, { current, next }: GeneratedKeys, { settings, starting, now }: Loading) {
  const isUsable = next !== undefined && (await canOpen(next, settings))
  if (isUsable && (!starting || next.alg === settings.TOKEN_ALG)) {
    await promoteNextKey(store, { next: next.kid, replaced: current?.kid, now })
    return
  }
  await replaceCurrentKey(store, await generateRow(settings, now), current?.kid)
  // The secret of the next key is lost. While servers run, the key may be for another server with its own secret.
  if (starting && next !== undefined && !isUsable) {
    await replaceNextKey(store, await generateRow(settings, now), next.kid)
  }
}

async function canOpen(row: SigningKeyRow, settings: Settings): Promise<boolean> {
  const opened = await openRow(row, settings)
  return opened !== undefined && !(opened instanceof KeyError)
}

/**
 * Whether there is a next key for these settings, and no next key that has to sign by now. If not, takes one step towards
 * that. A key for other settings (another TOKEN_ALG, a LATCHKEY_SECRET) signs like every next key: when each key set
 * without it has expired.
 */
async function isPrepared(
  store: Store,
  current: SigningKeyRow,
  next: SigningKeyRow | undefined,
  { settings, starting, now }: Loading,
): Promise<boolean> {
  const replaced = current.kid
  const isOutdated = !matchesSettings(current, settings, starting)
  if (next === undefined || !matchesSettings(next, settings, starting)) {
    const row = await generateRow(settings, now)
    await replaceNextKey(store, { ...row, signs_from: isOutdated ? announcedAt(row) : null }, next?.kid)
    return false
  }
  if (next.signs_from === null && isOutdated) {
    await scheduleNextKey(store, next.kid, announcedAt(next))
    return false
  }
  if (next.signs_from === null || now < next.signs_from) return true
  await promoteNextKey(store, { next: next.kid, replaced, now })
  return false
}

/** A key that was once stored unsealed may be in a backup, so a process with a secret replaces it. */
function matchesSettings({ alg, private_jwk }: SigningKeyRow, settings: Settings, starting: boolean): boolean {
  if (starting && alg !== settings.TOKEN_ALG) return false
  return settings.LATCHKEY_SECRET === '' || isSealed(private_jwk as string)
}

/** A new key for TOKEN_ALG, sealed if a secret is set. */
export async function generateRow(settings: Settings, now: number): Promise<SigningKeyRow> {
  const pair = await makeKeyPair(settings.TOKEN_ALG)
  const { private_jwk = {} } = pair
  const secret = settings.LATCHKEY_SECRET
  const stored = secret === '' ? JSON.stringify(private_jwk) : await seal(private_jwk, secret)
  return { ...publicRow(pair, now), private_jwk: stored, from_file: 0 }
}

function publicRow({ kid, alg, public_jwk }: KeyPair, created_at: number) {
  return {
    kid,
    alg,
    public_jwk: JSON.stringify(public_jwk),
    created_at,
    retired_at: null,
    next: 0,
    signs_from: null,
  } as const
}

/**
 * Reads the key of SIGNING_KEY_FILE, if it is set. A server reads the file once, at its start.
 * @throws KeyError
 */
export async function readKeyFile(settings: Settings): Promise<KeyPair | undefined> {
  if (settings.SIGNING_KEY_FILE === '') return undefined
  try {
    const text = readTextFile(settings.SIGNING_KEY_FILE)
    const pair = await parsePrivateKey(text, settings.TOKEN_ALG)
    const flaw = findFlaw(pair)
    if (flaw !== undefined) throw new KeyError(`SIGNING_KEY_FILE ${flaw}`)
    return pair
  } catch (error) {
    if (error instanceof KeyError) throw error
    if (error instanceof NotText) throw new KeyError(`SIGNING_KEY_FILE ${error.message}`)
    const { code, syscall } = error as NodeJS.ErrnoException
    const why =
      syscall === undefined ? `is no private JWK or PEM for ${settings.TOKEN_ALG}` : `cannot be read (${code})`
    throw new KeyError(`SIGNING_KEY_FILE ${why}`)
  }
}

/**
 * Reads the key that servers with these settings sign with, and changes no key.
 * @throws KeyError
 */
export async function readSigningKey(store: Store, settings: Settings): Promise<SigningKey> {
  const rows = await selectKeys(store)
  const fromFile = await readKeyFile(settings)
  if (fromFile !== undefined) {
    if (rows.some((row) => row.kid === fromFile.kid && isFileKey(row))) return importPrivate(fromFile)
    throw new KeyError('no server signs with the key of SIGNING_KEY_FILE', serverFirst)
  }
  const { current } = generatedKeys(rows)
  const pair = current && (await openRow(current, settings))
  if (pair === undefined) throw new KeyError('no server has made a signing key yet', serverFirst)
  if (pair instanceof KeyError) throw pair
  return importPrivate(pair)
}

const serverFirst = 'start a server first, and use its settings here'

/** For an operator who has changed or lost LATCHKEY_SECRET. */
function wayOut({ kid, next }: SigningKeyRow): string {
  const lost = next === 1 ? 'revoke the next key, which has signed nothing' : 'revoke the key and its tokens'
  return `set that secret again; if it is lost, ${lost}: latchkey key revoke ${kid}`
}

/**
 * Opens a generated key.
 * @returns undefined if the row has no private key: a server of an earlier version has made the key of its file current
 * @returns KeyError if LATCHKEY_SECRET does not open the key
 */
export async function openRow(row: SigningKeyRow, settings: Settings): Promise<KeyPair | KeyError | undefined> {
  const stored = row.private_jwk
  if (stored === null) return undefined
  const secret = settings.LATCHKEY_SECRET
  const what = row.next === 1 ? 'the next signing key' : 'the signing key'
  if (isSealed(stored) && secret === '') {
    return new KeyError(`LATCHKEY_SECRET is not set, and ${what} in the database is sealed with one`, wayOut(row))
  }
  const private_jwk = await open(stored, secret)
  if (private_jwk === null) {
    return new KeyError(`LATCHKEY_SECRET is not the one that sealed ${what} in the database`, wayOut(row))
  }
  return { kid: row.kid, alg: row.alg as Algorithm, public_jwk: JSON.parse(row.public_jwk), private_jwk }
}

/** The keys that were opened last: the current key and the next one, before and after a change. Null: the secret is wrong. */
const opened = createGenerations<JWK | null>(4)

/**
 * As `unseal`, and remembers the outcome: a forged `kid` makes a server read its keys once a second, and to derive the key from
 * the secret takes a tenth of that time.
 */
async function open(stored: string, secret: string): Promise<JWK | null> {
  const name = `${secret} ${stored}`
  const known = opened.get(name)
  if (known !== undefined) return known
  const private_jwk = await unseal(stored, secret).catch(() => null)
  opened.set(name, private_jwk)
  return private_jwk
}

async function importAll(rows: SigningKeyRow[]): Promise<Keyring['verifying']> {
  const keys = await Promise.all(
    rows.map((row) =>
      importPublic({ kid: row.kid, alg: row.alg as Algorithm, public_jwk: JSON.parse(row.public_jwk) }),
    ),
  )
  return new Map(keys.map((key) => [key.kid, key]))
}
