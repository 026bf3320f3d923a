import type { Updateable } from 'kysely'
import { refuseWeakPassword } from '../credentials/blocklist.ts'
import { deleteLinksOf } from '../credentials/records.ts'
import type { Ports } from '../ports.ts'
import type { Receipt } from '../revocation/revocation.ts'
import type { Schema, Trx } from '../store/schema.ts'
import { deleteTokens, markAllRevoked } from '../tokens/records.ts'
import { ownerToRevoke } from '../tokens/revoke.ts'
import { passwordChanged } from './notices.ts'
import { deleteAccount, findUser, updateUser } from './records.ts'

/**
 * Changes an account and ends every token that was issued before, in one transaction.
 * @param first what else the transaction does, before the change. An error undoes everything
 * @returns the number of tokens that were ended, and what the fleet has confirmed
 */
export async function changeAndRevoke(
  ports: Ports,
  userId: string,
  change: Updateable<Schema['user']>,
  reason: string,
  first: (trx: Trx) => Promise<void> = async () => {},
): Promise<Receipt & { tokens: number }> {
  const now = ports.clock()
  const user = ownerToRevoke(ports, userId)
  const { tokens, effective } = await ports.revocation.revoke(async (trx) => {
    await first(trx)
    return markAllRevoked(trx, user, change, now)
  })
  ports.log.info({ user: userId, reason, tokens }, 'account changed, tokens revoked')
  return { tokens, ...(effective && { effective }) }
}

/** Refuses the user's logins and ends every token. @returns the number of tokens that were ended */
export async function disableUser(ports: Ports, userId: string): Promise<number> {
  return (await changeAndRevoke(ports, userId, { disabled_at: ports.clock() }, 'user disabled')).tokens
}

/** Removes administrator rights, and ends every token because a token carries these rights. */
export async function demoteUser(ports: Ports, userId: string): Promise<number> {
  return (await changeAndRevoke(ports, userId, { admin: 0 }, 'user demoted')).tokens
}

/** Sets a new password and ends every token. @throws Refusal input_invalid if the password is weak, hashing_busy */
export async function changePassword(ports: Ports, userId: string, password: string): Promise<number> {
  const user = await findUser(ports.store, { id: userId })
  if (user !== undefined) await refuseWeakPassword(ports.settings, { password }, user)
  const password_hash = await ports.hasher.hash(password)
  const notice = user && passwordChanged(ports, user)
  return (await changeAndRevoke(ports, userId, { password_hash }, 'password changed', notice)).tokens
}

/**
 * Deletes the account and ends every token, in one transaction. The account's widgets stay.
 * @returns the number of tokens that were ended
 */
export async function deleteUser(ports: Ports, userId: string): Promise<number> {
  const now = ports.clock()
  const user = ownerToRevoke(ports, userId)
  const { tokens } = await ports.revocation.revoke(async (trx) => {
    // Locks the row, so a login at the same moment comes before and is ended, or finds no account.
    const ended = await markAllRevoked(trx, user, {}, now)
    await deleteTokens(trx, userId)
    await deleteLinksOf(trx, userId)
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
