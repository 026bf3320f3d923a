import { type Selectable, sql } from 'kysely'
import { isEnabled } from '../store/enabled.ts'
import type { Schema, Store, Trx } from '../store/schema.ts'
import { accountState } from './secret.ts'

/** What an account was when it was read. */
export interface AccountSeen {
  id: string
  generation: number
  /** Undefined: any. */
  password_hash?: string
  /** Undefined: any. */
  factors?: string
}

/**
 * Locks the account's row until the commit, if the account is enabled and has not changed since it was read. A login updates
 * the same row, so a change of factors and a login have an order.
 * @returns false if the account has changed
 */
export async function lockAccount(trx: Trx, { id, generation, password_hash, factors }: AccountSeen): Promise<boolean> {
  const locked = await trx
    .updateTable('user')
    .set(({ ref }) => ({ factors: ref('factors') }))
    .where('id', '=', id)
    // To disable an account raises its generation.
    .where('generation', '=', generation)
    .$if(password_hash !== undefined, (query) => query.where('password_hash', '=', password_hash as string))
    .$if(factors !== undefined, (query) => query.where('factors', '=', factors as string))
    .returning('id')
    .executeTakeFirst()
  return locked !== undefined
}

/**
 * Writes the names of the factors in force into the account's row, which the caller has locked. Without a factor, recovery codes
 * open nothing, so they are deleted.
 * @returns also the names, separated by spaces
 */
export async function updateFactors(trx: Trx, userId: string): Promise<{ factors: string; admin: 0 | 1 }> {
  const totp = await trx
    .selectFrom('totp')
    .select('user_id')
    .where('user_id', '=', userId)
    .where('secret', 'is not', null)
    .executeTakeFirst()
  const passkey = await trx.selectFrom('passkey').select('id').where('user_id', '=', userId).limit(1).executeTakeFirst()
  const factors = [totp && 'totp', passkey && 'passkey'].filter(Boolean).join(' ')
  const user = await trx
    .updateTable('user')
    .set({ factors })
    .where('id', '=', userId)
    .returning(['factors', 'admin'])
    .executeTakeFirstOrThrow()
  if (factors === '') await trx.deleteFrom('recovery_code').where('user_id', '=', userId).execute()
  return user
}

/** Deletes everything that the account has besides its password. The caller has locked its row. */
export async function deleteFactors(trx: Trx, userId: string): Promise<void> {
  for (const table of ['totp', 'recovery_code', 'passkey'] as const) {
    await trx.deleteFrom(table).where('user_id', '=', userId).execute()
  }
}

/** The e-mail address of an account. */
export async function findAddress(store: Store, userId: string): Promise<string | undefined> {
  return (await store.selectFrom('user').select('email').where('id', '=', userId).executeTakeFirst())?.email
}

export type TotpRow = Selectable<Schema['totp']>

export function findTotp(store: Store, userId: string): Promise<TotpRow | undefined> {
  return store.selectFrom('totp').selectAll().where('user_id', '=', userId).executeTakeFirst()
}

/** Stores a new secret, which is not in force yet. It replaces a secret that was not confirmed. */
export async function putPendingTotp(trx: Trx, user_id: string, pending: string, pending_until: number): Promise<void> {
  await trx
    .insertInto('totp')
    .values({ user_id, pending, pending_until })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet({ pending, pending_until }))
    .execute()
}

/** Puts the pending secret in force, and uses the step up. @returns false if it is no longer the pending secret */
export async function confirmPendingTotp(
  trx: Trx,
  user_id: string,
  { pending, step }: { pending: string; step: number },
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('totp')
    .set({ secret: pending, last_step: step, pending: null, pending_until: 0 })
    .where('user_id', '=', user_id)
    .where('pending', '=', pending)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** Uses up every code until `step`. @returns false if the step was used, or if the secret is no longer in force */
export async function spendStep(
  trx: Trx,
  user_id: string,
  { secret, step }: { secret: string; step: number },
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('totp')
    .set({ last_step: step })
    .where('user_id', '=', user_id)
    .where('secret', '=', secret)
    .where('last_step', '<', step)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** @returns false if there was none */
export async function deleteTotp(trx: Trx, userId: string): Promise<boolean> {
  const { numDeletedRows } = await trx.deleteFrom('totp').where('user_id', '=', userId).executeTakeFirstOrThrow()
  return numDeletedRows === 1n
}

/** Stores new recovery codes in place of the ones before. */
export async function replaceRecoveryCodes(trx: Trx, user_id: string, hashes: readonly string[]): Promise<void> {
  await trx.deleteFrom('recovery_code').where('user_id', '=', user_id).execute()
  await trx
    .insertInto('recovery_code')
    .values(hashes.map((code_hash) => ({ user_id, code_hash })))
    .execute()
}

export async function hasRecoveryCode(store: Store, user_id: string, code_hash: string): Promise<boolean> {
  const found = await store
    .selectFrom('recovery_code')
    .select('user_id')
    .where('user_id', '=', user_id)
    .where('code_hash', '=', code_hash)
    .executeTakeFirst()
  return found !== undefined
}

/** @returns false if the code was used, or never existed */
export async function spendRecoveryCode(trx: Trx, user_id: string, code_hash: string): Promise<boolean> {
  const { numDeletedRows } = await trx
    .deleteFrom('recovery_code')
    .where('user_id', '=', user_id)
    .where('code_hash', '=', code_hash)
    .executeTakeFirstOrThrow()
  return numDeletedRows === 1n
}

export async function insertTicket(
  store: Store,
  ticket: { ticket_hash: string; user_id: string; state: string; expires_at: number },
): Promise<void> {
  await store.insertInto('login_ticket').values(ticket).execute()
}

/** Finds who may still use the ticket. `known` is the account's last login from this network, or null. */
export async function findTicketHolder(store: Store, ticket_hash: string, network: string, now: number) {
  const found = await store
    .selectFrom('login_ticket')
    .innerJoin('user', 'user.id', 'login_ticket.user_id')
    .leftJoin('known_address', (join) =>
      join.onRef('known_address.user_id', '=', 'user.id').on('known_address.address', '=', network),
    )
    .select(['user.id', 'user.email', 'user.password_hash', 'user.admin', 'user.generation', 'user.factors'])
    .select('user.email_verified_at')
    .select(['login_ticket.state', 'known_address.last_login_at as known'])
    .where('login_ticket.ticket_hash', '=', ticket_hash)
    .where('login_ticket.expires_at', '>', now)
    .where(isEnabled(now))
    .executeTakeFirst()
  return found !== undefined && found.state === accountState(found) ? found : undefined
}

/** Counts one try of the ticket. @returns false if all tries were used */
export async function countTry(store: Store, ticket_hash: string, most: number): Promise<boolean> {
  const { numUpdatedRows } = await store
    .updateTable('login_ticket')
    .set(({ eb }) => ({ tries: eb('tries', '+', 1) }))
    .where('ticket_hash', '=', ticket_hash)
    .where('tries', '<', most)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

/** Uses the ticket up. @returns false if another login has used it */
export async function spendTicket(trx: Trx, ticket_hash: string): Promise<boolean> {
  const { numDeletedRows } = await trx
    .deleteFrom('login_ticket')
    .where('ticket_hash', '=', ticket_hash)
    .executeTakeFirstOrThrow()
  return numDeletedRows === 1n
}

/** Deletes up to `limit` tickets that expired before `before`. @returns the number of deleted rows */
export async function deleteOldTickets(store: Store, before: number, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from login_ticket where ticket_hash in (
      select ticket_hash from login_ticket where expires_at < ${before} limit ${limit}
    )`.execute(store)
  return Number(numAffectedRows)
}
