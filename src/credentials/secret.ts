import { createHash, randomBytes } from 'node:crypto'

/** Returns a new secret: 256 random bits, as base64url. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** The hash that is stored. The secret has at least 112 random bits, so a slow hash would add nothing (ASVS 5, 6.5.2). */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}

/**
 * A text that changes with the account's password and with its generation. What is bound to the text dies when the password
 * changes, and when all tokens of the account are ended.
 */
export function accountState({ password_hash, generation }: { password_hash: string; generation: number }): string {
  return hashSecret(JSON.stringify([password_hash, generation]))
}
