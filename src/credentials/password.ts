import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { Formats } from '../format.ts'

/** Cost of one hash (RFC 9106 §3.1). The parallelism is 1, as OWASP recommends. */
export interface Cost {
  memory_kib: number
  passes: number
}

interface Phc extends Cost {
  salt: Buffer
  tag: Buffer
}

export const maxPassword_chars = 256
const tag_bytes = 32
const salt_bytes = 16
const derive = promisify(argon2)

/**
 * Returns the form that is hashed: NFC, so that all keyboards give the same password. NFC composes one character from
 * at most 6 UTF-16 units (U+16D6A). A longer text exceeds the limit in any form and is returned unchanged, because
 * sorting 64 KiB of combining marks blocks the event loop for a second.
 */
function normalize(password: string): string {
  return password.length > maxPassword_chars * 6 ? password : password.normalize('NFC')
}

/** Counts the characters (code points) in the form that is hashed. */
export function passwordLength(password: string): number {
  return [...normalize(password)].length
}

/** The format of a new password. @param min least number of characters */
export function passwordFormats(min: number): Formats {
  return {
    password: {
      accepts: (value) =>
        value.isWellFormed() && passwordLength(value) >= min && passwordLength(value) <= maxPassword_chars,
      sentence: (field) => `${field} must be ${min} to ${maxPassword_chars} characters`,
    },
  }
}

/** Returns a new hash as a PHC string: `$argon2id$v=19$m=19456,t=2,p=1$salt$tag`. Runs in libuv's thread pool. */
export async function hashPassword(password: string, cost: Cost): Promise<string> {
  const salt = randomBytes(salt_bytes)
  return formatPhc({ ...cost, salt, tag: await argon2id(password, { ...cost, salt, tag: Buffer.alloc(tag_bytes) }) })
}

/** Returns a hash that no password matches. Comparing with it costs as much as comparing with a real hash. */
export function makeDecoy(cost: Cost): string {
  return formatPhc({ ...cost, salt: randomBytes(salt_bytes), tag: randomBytes(tag_bytes) })
}

/** Whether the password is the one that was hashed. The comparison takes constant time. */
export async function matchesPassword(password: string, stored: string): Promise<boolean> {
  const phc = parsePhc(stored)
  return timingSafeEqual(await argon2id(password, phc), phc.tag)
}

/** Whether the hash has other parameters than `cost`, so that it should be renewed. */
export function isOutdated(stored: string, cost: Cost): boolean {
  const { memory_kib, passes } = parsePhc(stored)
  return memory_kib !== cost.memory_kib || passes !== cost.passes
}

function argon2id(password: string, { memory_kib, passes, salt, tag }: Phc): Promise<Buffer> {
  const parameters = {
    message: normalize(password),
    nonce: salt,
    parallelism: 1,
    tagLength: tag.length,
    memory: memory_kib,
    passes,
  }
  return derive('argon2id', parameters)
}

function formatPhc({ memory_kib, passes, salt, tag }: Phc): string {
  return `$argon2id$v=19$m=${memory_kib},t=${passes},p=1$${encode(salt)}$${encode(tag)}`
}

const phcForm = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

function parsePhc(stored: string): Phc {
  const parts = phcForm.exec(stored)
  if (parts === null) throw new Error('a stored password hash is not argon2id in PHC format')
  const [, memory_kib = '', passes = '', salt = '', tag = ''] = parts
  return {
    memory_kib: Number(memory_kib),
    passes: Number(passes),
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  }
}

/** Base64 without padding, as the PHC string format requires. */
function encode(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
