import { argon2, createHash, createHmac, pbkdf2, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { type ImportedHash, type Prehash, readImportedHash } from './imported-hash.ts'
import { maxPassword_chars } from './password.ts'

/** Whether bcrypt of the text is this hash, in the form `$2b$12$…`. */
export type CompareBcrypt = (text: string, hash: string) => Promise<boolean>

/** What an imported hash has in front in the database, so that no other hash is taken for one. */
const mark = 'imported:'
/** Above the limit of every hash that {@link readImportedHash} accepts. */
const maxmem_bytes = 2 ** 30

const deriveArgon2 = promisify(argon2)
const derivePbkdf2 = promisify(pbkdf2)
const deriveScrypt = promisify<string, Buffer, number, object, Buffer>(scrypt)

/** Returns what is stored for a hash of another system. @param text that `readImportedHash` accepts */
export function storeImported(text: string): string {
  return mark + text
}

export function isImported(stored: string): boolean {
  return stored.startsWith(mark)
}

/** Reads a stored hash of another system. Undefined: Latchkey cannot use the hash, or does not accept its cost. */
export function readStored(stored: string): ImportedHash | undefined {
  const hash = isImported(stored) ? readImportedHash(stored.slice(mark.length)) : 'is no imported hash'
  return typeof hash === 'string' ? undefined : hash
}

/** Whether the password is the one that was hashed. The comparison takes constant time. */
export async function matchesImported(
  password: string,
  hash: ImportedHash,
  compareBcrypt: CompareBcrypt,
): Promise<boolean> {
  if (hash.kind === 'bcrypt') return compareBcrypt(prepare(password, hash.prehash), hash.hash)
  return timingSafeEqual(await derive(password, hash), hash.tag)
}

function derive(password: string, hash: Exclude<ImportedHash, { kind: 'bcrypt' }>): Promise<Buffer> {
  const { salt, tag } = hash
  if (hash.kind === 'pbkdf2') return derivePbkdf2(password, salt, hash.iterations, tag.length, hash.digest)
  if (hash.kind === 'scrypt') {
    const { n, r, p } = hash
    // A longer text is refused later, and to normalise it would block the event loop.
    const text = hash.nfkc && password.length <= maxPassword_chars * 6 ? password.normalize('NFKC') : password
    return deriveScrypt(text, salt, tag.length, { N: n, r, p, maxmem: maxmem_bytes })
  }
  const { memory_kib: memory, passes, lanes: parallelism, variant } = hash
  return deriveArgon2(variant, { message: password, nonce: salt, parallelism, tagLength: tag.length, memory, passes })
}

function prepare(password: string, prehash: Prehash | undefined): string {
  if (prehash === undefined) return password
  if (prehash.encoding === 'hex') return createHash('sha256').update(password).digest('hex')
  const digest = prehash.key === undefined ? createHash('sha256') : createHmac('sha256', prehash.key)
  return digest.update(password).digest('base64')
}
