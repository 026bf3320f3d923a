import type { Updateable } from 'kysely'
import { deleteFactors, updateFactors } from '../credentials/records.ts'
import type { Ports } from '../ports.ts'
import type { Schema, Trx } from '../store/schema.ts'
import { deleteTokens, markAllRevoked } from '../tokens/records.ts'
import { ownerToRevoke } from '../tokens/revoke.ts'
import { deleteAccount, updateUser } from './records.ts'

/**
 * Changes an account and ends every token that was issued before, in one transaction.
 * @returns the number of tokens that were ended
 */
async function changeAndRevoke(ports: Ports, userId: string, change: Updateable<Schema['user']>, reason: string) {
  const now = ports.clock()
  const user = ownerToRevoke(ports, userId)
  const { tokens } = await ports.revocation.revoke((trx) => markAllRevoked(trx, user, change, now))
  ports.log.info({ user: userId, reason, tokens }, 'account changed, tokens revoked')
  return tokens
}

/** Refuses the user's logins and ends every token. @returns the number of tokens that were ended */
export function disableUser(ports: Ports, userId: string): Promise<number> {
  return changeAndRevoke(ports, userId, { disabled_at: ports.clock() }, 'user disabled')
}

/** Removes administrator rights, and ends every token because a token carries these rights. */
export function demoteUser(ports: Ports, userId: string): Promise<number> {
  return changeAndRevoke(ports, userId, { admin: 0 }, 'user demoted')
}

/** Sets a new password and ends every token. @throws Refusal hashing_busy */
export async function changePassword(ports: Ports, userId: string, password: string): Promise<number> {
  const password_hash = await ports.hasher.hash(password)
  return changeAndRevoke(ports, userId, { password_hash }, 'password changed')
}

/**
 * Deletes the account and ends every token, in one transaction. The account's widgets stay.
 * @param hold locks the account's row, and throws if the right to delete the account is gone
 * @returns the number of tokens that were ended
 */
export async function deleteUser(
  ports: Ports,
  userId: string,
  hold: (trx: Trx) => Promise<void> = async () => {},
): Promise<number> {
  const now = ports.clock()
  const user = ownerToRevoke(ports, userId)
  const { tokens } = await ports.revocation.revoke(async (trx) => {
    await hold(trx)
    // Locks the row, so a login at the same moment comes before and is ended, or finds no account.
    const ended = await markAllRevoked(trx, user, {}, now)
    await deleteTokens(trx, userId)
    await deleteFactors(trx, userId)
    await deleteAccount(trx, userId)
    return ended
  })
  ports.log.info({ user: userId, reason: 'user deleted', tokens }, 'account deleted, tokens revoked')
  return tokens
}

/** Allows logins again. Revoked tokens stay revoked. */
export function enableUser({ store }: Ports, userId: string): Promise<void> {
  return updateUser(store, userId, { disabled_at: null })
}

/** Gives administrator rights from the next login on. Tokens issued before do not get them. */
export function promoteUser({ store }: Ports, userId: string): Promise<void> {
  return updateUser(store, userId, { admin: 1 })
}

/**
 * Removes every second factor and every recovery code, for a person who has lost them, and ends every token. The next login needs
 * the password alone.
 * @returns the number of tokens that were ended
 */
export async function resetFactors(ports: Ports, userId: string): Promise<number> {
  const now = ports.clock()
  const user = ownerToRevoke(ports, userId)
  const { tokens } = await ports.revocation.revoke(async (trx) => {
    const ended = await markAllRevoked(trx, user, {}, now)
    await deleteFactors(trx, userId)
    await updateFactors(trx, userId)
    return ended
  })
  ports.log.info({ user: userId, reason: 'second factors reset', tokens }, 'account changed, tokens revoked')
  return tokens
}
