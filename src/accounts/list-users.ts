import { type Factor, factorsOf } from '../credentials/factor.ts'
import { type PageQuery, readPage } from '../http/page.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import { isUuid } from '../tokens/claims.ts'
import { findUser, findUsers, isDisabled, selectUserPage, type UserOrder, type UserRow } from './records.ts'

/** An account as administrators see it. Instants are milliseconds since 1970. */
export interface ListedUser {
  public_id: string
  email: string
  username: string | null
  admin: boolean
  /** Whether logins are refused now. */
  disabled: boolean
  disabled_at: number | null
  /** Null: until an administrator or a command enables the account. */
  disabled_until: number | null
  created_at: number
  last_login_at: number | null
  email_verified: boolean
  factors: Factor[]
}

/**
 * Returns one page of the accounts. A page past the end is empty.
 * @param prefix see `findUsers`
 */
export async function listUsers(
  { store, clock }: Ports,
  { prefix, ...order }: UserOrder & { prefix: string },
  query: PageQuery,
): Promise<{ items: ListedUser[]; total: number }> {
  const found = await findUsers(store, prefix)
  const { items, total } = await readPage(query, {
    total: found.total,
    select: (place) => selectUserPage(store, found, order, place),
  })
  const now = clock()
  return { items: items.map((row) => describeRow(row, now)), total }
}

/** @throws Refusal user_not_found */
export async function getUser({ store, clock }: Ports, id: string): Promise<ListedUser> {
  // Another text may contain NUL, which PostgreSQL cannot compare.
  const row = isUuid(id) ? await findUser(store, { id }) : undefined
  if (row === undefined) throw new Refusal('user_not_found')
  return describeRow(row, clock())
}

function describeRow(row: UserRow, now: number): ListedUser {
  const { id, email, username, admin, created_at, last_login_at } = row
  const disabled = isDisabled(row, now)
  return {
    public_id: id,
    email,
    username,
    admin: admin === 1,
    disabled,
    disabled_at: disabled ? row.disabled_at : null,
    disabled_until: disabled ? row.disabled_until : null,
    created_at,
    last_login_at,
    email_verified: row.email_verified_at !== null,
    factors: factorsOf(row.factors),
  }
}
