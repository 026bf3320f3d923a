import { type Insertable, type Selectable, sql } from 'kysely'
import { isEnabled } from '../../store/enabled.ts'
import type { Schema, Store, Trx } from '../../store/schema.ts'

export type PasskeyRow = Selectable<Schema['passkey']>

export function selectPasskeys(store: Store, userId: string): Promise<PasskeyRow[]> {
  return store
    .selectFrom('passkey')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
}

/** @returns false if the authenticator's credential is stored already */
export async function insertPasskey(trx: Trx, row: Insertable<Schema['passkey']>): Promise<boolean> {
  const inserted = await trx
    .insertInto('passkey')
    .values(row)
    .onConflict((conflict) => conflict.column('credential_id').doNothing())
    .returning('id')
    .executeTakeFirst()
  return inserted !== undefined
}

/** @returns false if the user has no such passkey */
export async function deletePasskey(trx: Trx, userId: string, id: string): Promise<boolean> {
  const { numDeletedRows } = await trx
    .deleteFrom('passkey')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return numDeletedRows === 1n
}

/** Finds the owner of a passkey, as a login needs it. `known` is the account's last login from this network, or null. */
export function findPasskeyOwner(store: Store, credential_id: string, network: string, now: number) {
  return store
    .selectFrom('passkey')
    .innerJoin('user', 'user.id', 'passkey.user_id')
    .leftJoin('known_address', (join) =>
      join.onRef('known_address.user_id', '=', 'user.id').on('known_address.address', '=', network),
    )
    .select(['user.id', 'user.email', 'user.password_hash', 'user.admin', 'user.generation', 'user.factors'])
    .select('user.email_verified_at')
    .select('known_address.last_login_at as known')
    .where('passkey.credential_id', '=', credential_id)
    .where(isEnabled(now))
    .executeTakeFirst()
}

export function findPasskey(store: Store, credential_id: string): Promise<PasskeyRow | undefined> {
  return store.selectFrom('passkey').selectAll().where('credential_id', '=', credential_id).executeTakeFirst()
}

/** Records a use. @returns false if another use has changed the counter, or the passkey is gone */
export async function spendCounter(
  trx: Trx,
  { id, counter }: { id: string; counter: number },
  next: { counter: number; last_used_at: number },
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('passkey')
    .set(next)
    .where('id', '=', id)
    .where('counter', '=', counter)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

export async function insertChallenge(store: Store, row: Insertable<Schema['passkey_challenge']>): Promise<void> {
  await store.insertInto('passkey_challenge').values(row).execute()
}

/**
 * Uses a challenge up, if this user may answer it.
 * @returns false if it is unknown, used, or expired at `now`, or if it is for another purpose or another user
 */
export async function spendChallenge(
  store: Store,
  { challenge, purpose, user_id }: { challenge: string; purpose: 'add' | 'log in'; user_id: string },
  now: number,
): Promise<boolean> {
  const { numDeletedRows } = await store
    .deleteFrom('passkey_challenge')
    .where('challenge', '=', challenge)
    .where('purpose', '=', purpose)
    .where(({ eb, or }) => or([eb('user_id', 'is', null), eb('user_id', '=', user_id)]))
    .where('expires_at', '>', now)
    .executeTakeFirstOrThrow()
  return numDeletedRows === 1n
}

/** Deletes up to `limit` challenges that expired before `before`. @returns the number of deleted rows */
export async function deleteOldChallenges(store: Store, before: number, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from passkey_challenge where challenge in (
      select challenge from passkey_challenge where expires_at < ${before} limit ${limit}
    )`.execute(store)
  return Number(numAffectedRows)
}
