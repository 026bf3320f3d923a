import type { Selectable } from 'kysely'
import { isPostgres } from '../../store/open.ts'
import type { Schema, Store, Trx } from '../../store/schema.ts'

export type LinkRow = Selectable<Schema['mailed_link']>

export async function insertLink(trx: Trx, link: LinkRow): Promise<void> {
  await trx.insertInto('mailed_link').values(link).execute()
}

/** Finds a link that has not expired. */
export function findLink(store: Store, hash: string, now: number): Promise<LinkRow | undefined> {
  return store
    .selectFrom('mailed_link')
    .selectAll()
    .where('hash', '=', hash)
    .where('expires_at', '>', now)
    .executeTakeFirst()
}

/** Uses a link up. Of simultaneous calls one gets true. */
export async function takeLink(trx: Trx, hash: string): Promise<boolean> {
  const { numDeletedRows } = await trx.deleteFrom('mailed_link').where('hash', '=', hash).executeTakeFirstOrThrow()
  return numDeletedRows === 1n
}

/** Deletes every link of an account. */
export async function deleteLinksOf(trx: Trx, userId: string): Promise<void> {
  await trx.deleteFrom('mailed_link').where('user_id', '=', userId).execute()
}

/** Deletes up to `limit` links that have expired. @returns the number of deleted links */
export async function deleteExpiredLinks(store: Store, now: number, limit: number): Promise<number> {
  const expired = store
    .selectFrom('mailed_link')
    .select('hash')
    .where('expires_at', '<=', now)
    .limit(limit)
    .$if(isPostgres(store), (query) => query.forUpdate().skipLocked())
  const { numDeletedRows } = await store
    .deleteFrom('mailed_link')
    .where('hash', 'in', expired)
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

/** Deletes the links of all accounts. */
export async function deleteAllLinks(trx: Trx): Promise<void> {
  await trx.deleteFrom('mailed_link').execute()
}
