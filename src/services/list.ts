import type { Store } from '../store/schema.ts'
import { selectServices } from './records.ts'

/** A service for people, without a hash. Instants are milliseconds since 1970. */
export interface ListedService {
  client_id: string
  name: string
  may: 'revoke-users'[]
  /** Until when the secret before counts. Null: there is none. */
  previous_secret_until: number | null
  created_at: number
}

export async function listServices(store: Store): Promise<ListedService[]> {
  const rows = await selectServices(store)
  return rows.map(({ id, name, may_revoke_users, previous_hash, previous_until, created_at }) => ({
    client_id: id,
    name,
    may: may_revoke_users === 1 ? ['revoke-users'] : [],
    previous_secret_until: previous_hash === null ? null : previous_until,
    created_at,
  }))
}
