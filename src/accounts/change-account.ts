import type { Updateable } from 'kysely'
import type { Ports } from '../ports.ts'
import type { Schema } from '../store/schema.ts'
import { markAllRevoked } from '../tokens/records.ts'
import { countLive } from '../tokens/revoke.ts'
import { updateUser } from './records.ts'

/**
 * Changes an account and ends every token that was issued before: what they say or rest on holds no longer.
 * @returns how many tokens were ended
 */
async function changeAndRevoke(ports: Ports, userId: string, change: Updateable<Schema['user']>, reason: string) {
  const now = ports.clock()
  const { entries } = await ports.revocation.revoke(async (trx) => ({
    entries: await markAllRevoked(trx, userId, change, reason, now),
  }))
  ports.log.info({ user: userId, reason, tokens: countLive(entries, now) }, 'account changed, tokens revoked')
  return countLive(entries, now)
}

/** No more logins, and every token is dead. */
export function disableUser(ports: Ports, userId: string): Promise<number> {
  return changeAndRevoke(ports, userId, { disabled_at: ports.clock() }, 'user disabled')
}

/** Takes an administrator's rights: tokens that say `admin` die with them. */
export function demoteUser(ports: Ports, userId: string): Promise<number> {
  return changeAndRevoke(ports, userId, { admin: 0 }, 'user demoted')
}

/** Gives a new password; whoever logged in with the old one has to log in again. */
export async function changePassword(ports: Ports, userId: string, password: string): Promise<number> {
  const password_hash = await ports.hasher.hash(password)
  return changeAndRevoke(ports, userId, { password_hash }, 'password changed')
}

/** Logins work again; the tokens of before stay dead. */
export function enableUser({ store }: Ports, userId: string): Promise<void> {
  return updateUser(store, userId, { disabled_at: null })
}

/** Gives an administrator's rights from the next login on: a token says what it said when it was signed. */
export function promoteUser({ store }: Ports, userId: string): Promise<void> {
  return updateUser(store, userId, { admin: 1 })
}
