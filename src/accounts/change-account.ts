import type { Updateable } from 'kysely'
import type { Action } from '../audit/action.ts'
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
import { notifyOwner, passwordChanged } from './notices.ts'
import { deleteAccount, findUser, isLastAdministrator, lockUser, updateUser } from './records.ts'

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
  [action, reason]: readonly [action: Action, reason: string],
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
  return tell(ports, userId, { reason, tokens, effective })
}

/** Tells the log and the audit trail what has become of a user's tokens. */
function tell(
  ports: Ports,
  userId: string,
  { reason, tokens, effective }: { reason: string; tokens: number; effective: Receipt['effective'] },
): Ended {
  noteReceipt(ports, { subject: userId }, effective)
  ports.log.info({ user: userId, reason, tokens, ...effective }, 'account changed, tokens revoked')
  return { tokens, ...(effective && { effective }) }
}

/** Only an administrator can make another one, so one has to stay. @throws Refusal last_administrator */
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
  return tell(ports, userId, { reason: 'user deleted', tokens, effective })
}

/** What an administrator changes about an account. Absent: it stays as it is. */
export interface AccountChange {
  admin?: boolean
  disabled?: boolean
  /** With `disabled`: until when, in milliseconds since 1970. */
  disabled_until?: number
}

/**
 * Changes an account as an administrator asks, in one transaction. What takes rights ends every token. The account's row is locked
 * before this is decided, so a promotion and a login at the same moment come before and are ended, or after.
 * @returns undefined if no token had to end
 * @throws Refusal user_not_found, last_administrator, revocation_unconfirmed
 */
export async function changeUser(
  ports: Ports,
  userId: string,
  { admin, disabled, disabled_until }: AccountChange,
): Promise<Ended | undefined> {
  if (!isUuid(userId)) throw new Refusal('user_not_found')
  const now = ports.clock()
  const owner = ownerToRevoke(ports, userId)
  const change: Updateable<Schema['user']> = {
    ...(admin !== undefined && { admin: admin ? 1 : 0 }),
    ...(disabled === true && { disabled_at: now, disabled_until: disabled_until ?? null }),
    ...(disabled === false && { disabled_at: null, disabled_until: null }),
  }
  if (Object.keys(change).length === 0) return undefined
  const { tokens, effective } = await ports.revocation.revoke(async (trx) => {
    if (admin === false || disabled === true) await keepAdministrator(trx, userId, now)
    const row = await lockUser(trx, userId)
    if (row === undefined) throw new Refusal('user_not_found')
    const takesRights = disabled === true || (admin === false && row.admin === 1)
    const ended = takesRights ? await markAllRevoked(trx, owner, change, now) : { entries: [], tokens: undefined }
    if (!takesRights) await updateUser(trx, userId, change)
    const details = { ...change, tokens: ended.tokens }
    await appendFact(trx, ports, { action: 'account.changed', subject: userId, details })
    return ended
  })
  return tokens === undefined
    ? undefined
    : tell(ports, userId, { reason: 'changed by an administrator', tokens, effective })
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
function changeOnly(ports: Ports, userId: string, change: Updateable<Schema['user']>, action: Action): Promise<void> {
  return ports.store.transaction().execute(async (trx) => {
    await updateUser(trx, userId, change)
    await appendFact(trx, ports, { action, subject: userId, details: change })
  })
}

/**
 * Removes every second factor and every recovery code, for a person who has lost them, and ends every token. The next login needs
 * the password alone. The owner is told: a stranger may have talked an administrator into this.
 * @throws Refusal revocation_unconfirmed
 */
export function resetFactors(ports: Ports, userId: string): Promise<Ended> {
  return changeAndRevoke(ports, userId, {}, ['factors.reset', 'second factors reset'], async (trx) => {
    // The account first: every transaction that changes an account and its factors locks them in this order.
    const user = await lockUser(trx, userId)
    if (user === undefined) return
    await deleteFactors(trx, userId)
    await updateFactors(trx, userId)
    const more = { factor: 'every second factor' }
    if (user.factors !== '') await notifyOwner(trx, ports, { kind: 'factor-removed', to: user, more })
  })
}
