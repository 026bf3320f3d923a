import type { Updateable } from 'kysely'
import { appendFact, noteReceipt } from '../audit/append.ts'
import { refuseWeakPassword } from '../credentials/blocklist.ts'
import { deleteLinksOf } from '../credentials/links/records.ts'
import { deleteFactors, updateFactors } from '../credentials/records.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import type { Receipt } from '../revocation/revocation.ts'
import type { Schema, Trx } from '../store/schema.ts'
import { isUuid } from '../tokens/claims.ts'
import { deleteTokens, markAllRevoked } from '../tokens/records.ts'
import { ownerToRevoke } from '../tokens/revoke.ts'
import { passwordChanged } from './notices.ts'
import { deleteAccount, findUser, isLastAdministrator, updateUser } from './records.ts'

/** What has become of a user's tokens. */
export type Ended = Receipt & {
  /** The number of tokens that were live. */
  tokens: number
}

/**
 * Changes an account and ends every token that was issued before, in one transaction.
 * @param first what else the transaction does, before the change. An error undoes everything
 * @throws Refusal last_administrator, revocation_unconfirmed
 */
export async function changeAndRevoke(
  ports: Ports,
  userId: string,
  change: Updateable<Schema['user']>,
  [action, reason]: readonly [action: string, reason: string],
  first: (trx: Trx) => Promise<void> = async () => {},
): Promise<Ended> {
  const now = ports.clock()
  const user = ownerToRevoke(ports, userId)
  const { tokens, effective } = await ports.revocation.revoke(async (trx) => {
    await first(trx)
    if (change.admin === 0 || typeof change.disabled_at === 'number') await keepAdministrator(trx, userId, now)
    const ended = await markAllRevoked(trx, user, change, now)
    const { password_hash: _secret, ...told } = change
    await appendFact(trx, ports, { action, subject: userId, details: { ...told, tokens: ended.tokens } })
    return ended
  })
  noteReceipt(ports, { subject: userId, details: {} }, { ...(effective && { effective }) })
  ports.log.info({ user: userId, reason, tokens, ...effective }, 'account changed, tokens revoked')
  return { tokens, ...(effective && { effective }) }
}

/** Without an administrator nobody could make another one. @throws Refusal last_administrator */
async function keepAdministrator(trx: Trx, userId: string, now: number): Promise<void> {
  if (await isLastAdministrator(trx, userId, now)) throw new Refusal('last_administrator')
}

/**
 * Refuses the user's logins and ends every token.
 * @param until the end of this, in milliseconds since 1970. Null: until the account is enabled
 */
export function disableUser(ports: Ports, userId: string, until: number | null = null): Promise<Ended> {
  const change = { disabled_at: ports.clock(), disabled_until: until }
  return changeAndRevoke(ports, userId, change, ['account.disabled', 'user disabled'])
}

/** Removes administrator rights, and ends every token because a token carries these rights. */
export function demoteUser(ports: Ports, userId: string): Promise<Ended> {
  return changeAndRevoke(ports, userId, { admin: 0 }, ['account.demoted', 'user demoted'])
}

/** Sets a new password and ends every token. @throws Refusal input_invalid if the password is weak, hashing_busy */
export async function changePassword(ports: Ports, userId: string, password: string): Promise<Ended> {
  const user = await findUser(ports.store, { id: userId })
  if (user !== undefined) await refuseWeakPassword(ports.settings, { password }, user)
  const password_hash = await ports.hasher.hash(password)
  const notice = user && passwordChanged(ports, user)
  return changeAndRevoke(ports, userId, { password_hash }, ['password.changed', 'password changed'], notice)
}

/**
 * Deletes the account and ends every token, in one transaction. The account's widgets stay.
 * @param hold locks the account's row, and throws if the right to delete the account is gone
 * @throws Refusal last_administrator, revocation_unconfirmed
 */
export async function deleteUser(
  ports: Ports,
  userId: string,
  hold: (trx: Trx) => Promise<void> = async () => {},
): Promise<Ended> {
  const now = ports.clock()
  const user = ownerToRevoke(ports, userId)
  const { tokens, effective } = await ports.revocation.revoke(async (trx) => {
    await keepAdministrator(trx, userId, now)
    await hold(trx)
    // Locks the row, so a login at the same moment comes before and is ended, or finds no account.
    const ended = await markAllRevoked(trx, user, {}, now)
    await deleteTokens(trx, userId)
    await deleteFactors(trx, userId)
    await deleteLinksOf(trx, userId)
    await deleteAccount(trx, userId)
    await appendFact(trx, ports, { action: 'account.deleted', subject: userId, details: { tokens: ended.tokens } })
    return ended
  })
  noteReceipt(ports, { subject: userId, details: {} }, { ...(effective && { effective }) })
  ports.log.info({ user: userId, reason: 'user deleted', tokens, ...effective }, 'account deleted, tokens revoked')
  return { tokens, ...(effective && { effective }) }
}

/** What an administrator changes about an account. Absent: it stays as it is. */
export interface AccountChange {
  admin?: boolean
  disabled?: boolean
  /** With `disabled`: until when, in milliseconds since 1970. */
  disabled_until?: number
}

/**
 * Changes an account as an administrator asks, in one transaction. Less rights end every token.
 * @returns undefined if no token had to end
 * @throws Refusal user_not_found, last_administrator, revocation_unconfirmed
 */
export async function changeUser(
  ports: Ports,
  userId: string,
  { admin, disabled, disabled_until }: AccountChange,
): Promise<Ended | undefined> {
  const row = isUuid(userId) ? await findUser(ports.store, { id: userId }) : undefined
  if (row === undefined) throw new Refusal('user_not_found')
  const now = ports.clock()
  const change: Updateable<Schema['user']> = {
    ...(admin !== undefined && { admin: admin ? 1 : 0 }),
    ...(disabled === true && { disabled_at: now, disabled_until: disabled_until ?? null }),
    ...(disabled === false && { disabled_at: null, disabled_until: null }),
  }
  const endsTokens = disabled === true || (admin === false && row.admin === 1)
  if (endsTokens) return changeAndRevoke(ports, userId, change, ['account.changed', 'changed by an administrator'])
  if (Object.keys(change).length > 0) await changeOnly(ports, userId, change, 'account.changed')
  return undefined
}

/** Allows logins again. Revoked tokens stay revoked. */
export function enableUser(ports: Ports, userId: string): Promise<void> {
  return changeOnly(ports, userId, { disabled_at: null, disabled_until: null }, 'account.enabled')
}

/** Gives administrator rights from the next login on. Tokens issued before do not get them. */
export function promoteUser(ports: Ports, userId: string): Promise<void> {
  return changeOnly(ports, userId, { admin: 1 }, 'account.promoted')
}

/** Changes an account. Its tokens stay valid. */
function changeOnly(ports: Ports, userId: string, change: Updateable<Schema['user']>, action: string): Promise<void> {
  return ports.store.transaction().execute(async (trx) => {
    await updateUser(trx, userId, change)
    await appendFact(trx, ports, { action, subject: userId, details: change })
  })
}

/**
 * Removes every second factor and every recovery code, for a person who has lost them, and ends every token. The next login needs
 * the password alone.
 * @throws Refusal revocation_unconfirmed
 */
export async function resetFactors(ports: Ports, userId: string): Promise<Ended> {
  const now = ports.clock()
  const user = ownerToRevoke(ports, userId)
  const { tokens, effective } = await ports.revocation.revoke(async (trx) => {
    const ended = await markAllRevoked(trx, user, {}, now)
    await deleteFactors(trx, userId)
    await updateFactors(trx, userId)
    await appendFact(trx, ports, { action: 'factors.reset', subject: userId, details: { tokens: ended.tokens } })
    return ended
  })
  noteReceipt(ports, { subject: userId, details: {} }, { ...(effective && { effective }) })
  ports.log.info(
    { user: userId, reason: 'second factors reset', tokens, ...effective },
    'account changed, tokens revoked',
  )
  return { tokens, ...(effective && { effective }) }
}
