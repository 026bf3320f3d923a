import type { Insertable, Selectable } from 'kysely'
import type { Schema, Store, Trx } from '../store/schema.ts'

export type ServiceRow = Selectable<Schema['service']>

type NewService = Omit<Insertable<Schema['service']>, 'previous_hash' | 'previous_until'>

/** @returns false if a service has this name */
export async function insertService(store: Store, row: NewService): Promise<boolean> {
  const inserted = await store
    .insertInto('service')
    .values({ ...row, previous_hash: null, previous_until: 0 })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  return inserted !== undefined
}

export function selectService(store: Store, id: string): Promise<ServiceRow | undefined> {
  return store.selectFrom('service').selectAll().where('id', '=', id).executeTakeFirst()
}

export function selectServices(store: Store): Promise<ServiceRow[]> {
  return store.selectFrom('service').selectAll().orderBy('created_at').orderBy('id').execute()
}

/**
 * Replaces the secret. The secret before counts until `previous_until`, in milliseconds since 1970, or is forgotten without
 * this time. No earlier secret counts.
 * @returns the service's name; undefined if there is no such service
 */
export async function replaceSecret(
  store: Store,
  id: string,
  { secret_hash, previous_until }: { secret_hash: string; previous_until: number | undefined },
): Promise<string | undefined> {
  const replaced = await store
    .updateTable('service')
    .set(({ ref }) => ({
      secret_hash,
      previous_hash: previous_until === undefined ? null : ref('secret_hash'),
      previous_until: previous_until ?? 0,
    }))
    .where('id', '=', id)
    .returning('name')
    .executeTakeFirst()
  return replaced?.name
}

/**
 * Records that a token is issued, if the service has not changed since it was read. The row stays locked until the commit, so
 * a transaction that ends the service's tokens runs either before or after.
 * @param generation the generation of the token
 * @returns false if the service has another secret or generation, or was removed
 */
export async function markIssued(
  trx: Trx,
  service: { id: string; secret_hash: string; generation: number },
  generation: number,
): Promise<boolean> {
  const updated = await trx
    .updateTable('service')
    .set({ generation })
    .where('id', '=', service.id)
    .where('secret_hash', '=', service.secret_hash)
    .where('generation', '=', service.generation)
    .returning('id')
    .executeTakeFirst()
  return updated !== undefined
}

/** @returns the row as it was; undefined if there is no such service */
export function deleteService(trx: Trx, id: string): Promise<ServiceRow | undefined> {
  return trx.deleteFrom('service').where('id', '=', id).returningAll().executeTakeFirst()
}
