import { pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import { CompactEncrypt, compactDecrypt } from 'jose'
import { Refusal } from '../refusal.ts'

/** Seals small secrets that Latchkey has to read again, so that the database alone does not reveal them. */
export interface Vault {
  /** @param owner the id that the secret belongs to. Another owner's row cannot be opened with it */
  seal: (text: string, owner: string) => Promise<string>
  /** @throws Refusal logins_unavailable if another LATCHKEY_SECRET sealed the text, or if the text is another owner's */
  open: (stored: string, owner: string) => Promise<string>
}

const deriveKey = promisify(pbkdf2)
/** The secret has at least 32 characters, so the iterations only slow down guesses at a weak secret. */
const iterations = 100_000
/** One installation has one secret, so a salt of its own would add nothing. */
const salt = 'latchkey vault'

/** @param secret LATCHKEY_SECRET. If it is empty, texts are stored as they are, like the signing keys */
export function createVault(secret: string): Vault {
  let derived: Promise<Buffer> | undefined
  const key = () => {
    // Once, because to derive the key takes as long as to hash a password.
    derived ??= deriveKey(secret, salt, iterations, 32, 'sha512')
    return derived
  }
  return {
    async seal(text, owner) {
      if (secret === '') return text
      const header = { alg: 'dir', enc: 'A256GCM', sub: owner }
      return new CompactEncrypt(Buffer.from(text)).setProtectedHeader(header).encrypt(await key())
    },
    async open(stored, owner) {
      if (!isSealed(stored)) return stored
      if (secret === '')
        throw unopened('LATCHKEY_SECRET is not set, and the secret of a second factor is sealed with one')
      const options = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] }
      const opened = await compactDecrypt(stored, await key(), options).catch(() => undefined)
      if (opened === undefined)
        throw unopened('LATCHKEY_SECRET is not the one that sealed the secret of a second factor')
      if (opened.protectedHeader.sub !== owner) throw unopened('the sealed secret belongs to another account')
      return Buffer.from(opened.plaintext).toString()
    },
  }
}

/** Only an operator can repair this, so ask clients to wait longer. */
function unopened(why: string): Refusal {
  return new Refusal('logins_unavailable', { why, retry_after_s: 10 })
}

/** A compact JWE has dots, and Base32 has none. */
function isSealed(stored: string): boolean {
  return stored.includes('.')
}
