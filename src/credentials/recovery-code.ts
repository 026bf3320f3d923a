import { randomBytes } from 'node:crypto'
import { hashSecret } from './secret.ts'

/** Crockford's base32, without the letters that look like digits. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
/** 120 random bits. With fewer than 112 bits, a code would need a slow hash (ASVS 5, 6.5.2). */
const length_chars = 24
const count = 10

/** Returns ten new recovery codes, such as `7h2k-m0qd-x9fz-3c8r-vw5t-e1bn`. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: count }, () => {
    const characters = Array.from(randomBytes(length_chars), (byte) => alphabet[byte % alphabet.length])
    return (characters.join('').match(/.{4}/g) as string[]).join('-')
  })
}

/** The hash that is stored. A person may leave hyphens out, and type capitals, `O` for `0`, and `I` or `L` for `1`. */
export function hashRecoveryCode(code: string): string {
  return hashSecret(code.toLowerCase().replace(/[\s-]/g, '').replaceAll('o', '0').replace(/[il]/g, '1'))
}
