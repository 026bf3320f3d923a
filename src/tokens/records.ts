import { type Selectable, sql, type Updateable } from 'kysely'
import type { Place } from '../http/page.ts'
import { type Entry, userEntry } from '../revocation/entry.ts'
import { hasHorizon } from '../revocation/records.ts'
import { isPostgres } from '../store/open.ts'
import type { Schema, Store, TokenKind, Trx } from '../store/schema.ts'

export type TokenRow = Selectable<Schema['token']>

/** The row of a token that has just been issued. */
export type NewToken = Omit<TokenRow, 'last_used_at' | 'revoked_at' | 'reason'>

/**
 * Inserts a token's row if its key is not retired. The key's row and the user's row stay locked until the commit, so a
 * transaction that ends the tokens of the key or of the user cannot miss this token.
 * @returns false if the key has been retired
 * @throws Error if the user has another generation. The caller has to lock the user's row and compare before
 */
export async function insertToken(trx: Trx, row: NewToken): Promise<boolean> {
  const key = await trx
    .selectFrom('signing_key')
    .select('kid')
    .where('kid', '=', row.kid)
    .where('retired_at', 'is', null)
    .$if(isPostgres(trx), (query) => query.forShare())
    .executeTakeFirst()
  if (key === undefined) return false
  if (!(await raiseExpiry(trx, 'user', row)) && !(await raiseExpiry(trx, 'service', row))) {
    throw new Error('the owner of a token has another generation')
  }
  await trx.insertInto('token').values(row).execute()
  return true
}

/** The tables of those that a token may belong to. Both have the columns `generation` and `tokens_expire_at`. */
type OwnerTable = 'user' | 'service'

/** @returns false if the table has no such owner with this generation */
async function raiseExpiry(
  trx: Trx,
  owner: OwnerTable,
  { user_id, generation, expires_at }: { user_id: string; generation: number; expires_at: number },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update ${sql.table(owner)}
    set tokens_expire_at = case when tokens_expire_at > ${expires_at} then tokens_expire_at else ${expires_at} end
    where id = ${user_id} and generation = ${generation}`.execute(trx)
  return numAffectedRows === 1n
}

/** A user or a service, and which of its live tokens are meant: those at `now`, or of them only the token `jti`. */
export interface LiveTokens {
  ownerId: string
  now: number
  jti?: string
  kind?: TokenKind
}

function liveTokens(store: Store, { ownerId, now, jti, kind }: LiveTokens) {
  return store
    .selectFrom('token')
    .where('user_id', '=', ownerId)
    .where('generation', '=', ({ fn, selectFrom }) =>
      fn.coalesce(
        selectFrom('user').select('generation').where('id', '=', ownerId),
        selectFrom('service').select('generation').where('id', '=', ownerId),
      ),
    )
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .$if(jti !== undefined, (query) => query.where('jti', '=', jti as string))
    .$if(kind !== undefined, (query) => query.where('kind', '=', kind as TokenKind))
}

export function findToken(store: Store, jti: string): Promise<TokenRow | undefined> {
  return store.selectFrom('token').selectAll().where('jti', '=', jti).executeTakeFirst()
}

/** Returns the ids of the users who own at least one of the tokens. */
export async function selectOwners(store: Store, jtis: readonly string[]): Promise<string[]> {
  const rows = await store.selectFrom('token').select('user_id').distinct().where('jti', 'in', jtis).execute()
  return rows.map(({ user_id }) => user_id)
}

/** Locks a user's row. @returns false if the user does not exist, or if this token is of another generation */
export async function lockOwner(trx: Trx, { sub, gen }: { sub: string; gen: number }): Promise<boolean> {
  const row = await trx
    .selectFrom('user')
    .select('id')
    .where('id', '=', sub)
    // To disable a user raises the generation.
    .where('generation', '=', gen)
    .$if(isPostgres(trx), (query) => query.forUpdate())
    .executeTakeFirst()
  return row !== undefined
}

/** Locks a token's row, so that the token cannot end before the commit. @returns false if the token has been revoked */
export async function lockLiveToken(trx: Trx, jti: string): Promise<boolean> {
  const row = await trx
    .selectFrom('token')
    .select('jti')
    .where('jti', '=', jti)
    .where('revoked_at', 'is', null)
    .$if(isPostgres(trx), (query) => query.forShare())
    .executeTakeFirst()
  return row !== undefined
}

export async function countLiveTokens(store: Store, tokens: LiveTokens): Promise<number> {
  const { count } = await liveTokens(store, tokens)
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

/** Selects one page of live tokens, oldest first. */
export function selectLiveTokenPage(
  store: Store,
  tokens: LiveTokens,
  { offset, limit, fromEnd }: Place,
): Promise<TokenRow[]> {
  const order = fromEnd ? 'desc' : 'asc'
  return liveTokens(store, tokens)
    .selectAll()
    .orderBy('issued_at', order)
    .orderBy('jti', order)
    .offset(offset)
    .limit(limit)
    .execute()
}

/** Selects up to `limit` live tokens that follow `after`, oldest first. Without `after`: the oldest ones. */
export function selectLiveTokensAfter(
  store: Store,
  tokens: LiveTokens,
  after: Pick<TokenRow, 'issued_at' | 'jti'> | undefined,
  limit: number,
): Promise<TokenRow[]> {
  return liveTokens(store, tokens)
    .$if(after !== undefined, (query) =>
      query.where(({ eb, refTuple, tuple }) =>
        eb(refTuple('issued_at', 'jti'), '>', tuple(after?.issued_at as number, after?.jti as string)),
      ),
    )
    .selectAll()
    .orderBy('issued_at')
    .orderBy('jti')
    .limit(limit)
    .execute()
}

/** Selects whether the owner has more live tokens of this kind than `limit`, with the token `jti`. */
export async function hasSurplus(trx: Trx, token: Counted, now: number, limit: number) {
  const others = liveTokens(trx, { ownerId: token.user_id, now, kind: token.kind }).where('jti', '<>', token.jti)
  return (
    (await others
      .select('jti')
      .orderBy('issued_at', 'desc')
      .orderBy('jti', 'desc')
      .offset(limit - 1)
      .limit(1)
      .executeTakeFirst()) !== undefined
  )
}

/** Tokens that one login ends at most. An account from the time before the limit comes down to it in several logins. */
const maxSurplus = 100

/** A token that was written, which counts among the others of its kind. */
interface Counted {
  jti: string
  user_id: string
  kind: TokenKind
}

/**
 * Selects the ids of the owner's oldest live tokens of this kind, so that `limit` are left, at most 100 of them. The token `jti` stays,
 * even if a node with a wrong clock has written other rows.
 */
export async function selectSurplus(
  trx: Trx,
  { jti, user_id, kind }: Counted,
  now: number,
  limit: number,
): Promise<string[]> {
  const others = liveTokens(trx, { ownerId: user_id, now, kind }).where('jti', '<>', jti)
  const { count } = await others.select(({ fn }) => fn.countAll<number>().as('count')).executeTakeFirstOrThrow()
  const surplus = Math.min(Math.max(0, count - (limit - 1)), maxSurplus)
  const oldest = await others.select('jti').orderBy('issued_at').orderBy('jti').limit(surplus).execute()
  return oldest.map((row) => row.jti)
}

/** Marks live tokens as revoked. @returns their entries for the log */
export async function markRevoked(trx: Trx, jtis: readonly string[], reason: string, now: number): Promise<Entry[]> {
  if (jtis.length === 0) return []
  const live = trx
    .selectFrom('token')
    .select('jti')
    .where('jti', 'in', jtis)
    .where('revoked_at', 'is', null)
    // Every transaction that ends several tokens locks their rows in this order, and the log last.
    .$if(isPostgres(trx), (query) => query.orderBy('jti').forUpdate())
  return trx
    .updateTable('token')
    .set({ revoked_at: now, reason })
    .where('jti', 'in', live)
    .where('revoked_at', 'is', null)
    .returning(['jti', 'expires_at'])
    .execute()
}

/** The user or the service whose tokens are ended, and what is known of the tokens beside the owner's row. */
export interface RevokedOwner {
  id: string
  /** The highest generation that a token of the owner is known to have. */
  gen: number
  /** Tokens of the owner may live until this time, in milliseconds since 1970. */
  expires_at: number
}

/**
 * Ends every token of a user or of a service by raising the owner's generation, and changes the user. Locks the owner's row,
 * as a login does, so each token is either issued before and ended, or issued after, with the new generation.
 * @returns the entry for the log, and the number of tokens that were live
 */
export async function markAllRevoked(
  trx: Trx,
  owner: RevokedOwner,
  change: Updateable<Schema['user']>,
  now: number,
): Promise<{ entries: Entry[]; tokens: number }> {
  const columns = ['generation', 'tokens_expire_at'] as const
  const user = await trx
    .updateTable('user')
    .set(({ eb }) => ({ tokens_revoked_at: now, generation: eb('generation', '+', 1), ...change }))
    .where('id', '=', owner.id)
    .returning(columns)
    .executeTakeFirst()
  const raised =
    user ??
    (await trx
      .updateTable('service')
      .set(({ eb }) => ({ generation: eb('generation', '+', 1) }))
      .where('id', '=', owner.id)
      .returning(columns)
      .executeTakeFirst())
  const row = raised && { ...raised, generation: raised.generation - 1 }
  const { generation, ...ended } = await endTokens(trx, owner, row, now)
  if (row !== undefined && generation > row.generation) {
    const table: OwnerTable = user === undefined ? 'service' : 'user'
    await sql`update ${sql.table(table)} set generation = ${generation + 1} where id = ${owner.id}`.execute(trx)
  }
  return ended
}

/**
 * Makes the entry that ends every token of a user or of a service. The caller has locked the owner's row, or deleted it. The row
 * may be older than the tokens, as after a restore, so the rows of tokens and the log count too.
 * @param row the owner's row as the tokens know it; undefined: there is none
 * @returns also the highest generation that is ended, and the number of tokens that were live
 */
export async function endTokens(
  trx: Trx,
  { id, gen, expires_at }: RevokedOwner,
  row: { generation: number; tokens_expire_at: number } | undefined,
  now: number,
): Promise<{ entries: Entry[]; tokens: number; generation: number }> {
  const own = row?.generation ?? -1
  const { tokens, last, highest } = await trx
    .selectFrom('token')
    .select(({ fn }) => [
      fn.countAll<number>().filterWhere('expires_at', '>', now).as('tokens'),
      fn.max('expires_at').as('last'),
      fn.max('generation').as('highest'),
    ])
    .where('user_id', '=', id)
    .where('generation', '>=', own)
    .where('revoked_at', 'is', null)
    .executeTakeFirstOrThrow()
  const logged = await trx
    .selectFrom('revocation')
    .select(({ fn }) => fn.max('below_generation').as('below'))
    .where('jti', '=', id)
    .where('below_generation', 'is not', null)
    .executeTakeFirst()
  const generation = Math.max(own, gen, highest ?? 0, logged?.below ?? 0)
  const tokens_expire_at = Math.max(row?.tokens_expire_at ?? 0, last ?? 0, expires_at)
  return { entries: [userEntry({ id, generation, tokens_expire_at })], tokens, generation }
}

/** Deletes the rows of an owner's tokens. The caller has ended the tokens. */
export async function deleteTokens(trx: Trx, ownerId: string): Promise<void> {
  const rows = trx
    .selectFrom('token')
    .select('jti')
    .where('user_id', '=', ownerId)
    // The order of `markRevoked`.
    .$if(isPostgres(trx), (query) => query.orderBy('jti').forUpdate())
  await trx.deleteFrom('token').where('jti', 'in', rows).execute()
}

/** Stores when tokens were last used. */
export async function updateLastUsed(store: Store, uses: [jti: string, at: number][]): Promise<void> {
  if (isPostgres(store)) return updateLastUsedIfFree(store, uses)
  await store.transaction().execute(async (trx) => {
    for (const [jti, at] of uses) {
      await trx.updateTable('token').set({ last_used_at: at }).where('jti', '=', jti).execute()
    }
  })
}

/** Skips locked rows. Waiting for a lock while holding others could deadlock with a revocation. */
async function updateLastUsedIfFree(store: Store, uses: [jti: string, at: number][]): Promise<void> {
  const ids = uses.map(([jti]) => jti)
  const instants = uses.map(([, at]) => at)
  await sql`
    with free as (select jti from token where jti = any(${ids}::text[]) for update skip locked)
    update token set last_used_at = used.at
    from free, unnest(${ids}::text[], ${instants}::bigint[]) as used (jti, at)
    where token.jti = free.jti and used.jti = free.jti`.execute(store)
}

/** Deletes up to `limit` rows of tokens that expire at the horizon or earlier. @returns the number of deleted rows */
export async function deleteExpiredTokens(store: Store, horizon: number, limit: number): Promise<number> {
  const expired = store
    .selectFrom('token')
    .select('jti')
    .where('expires_at', '<=', horizon)
    .where(hasHorizon(horizon))
    .limit(limit)
    .$if(isPostgres(store), (query) => query.forUpdate().skipLocked())
  const { numDeletedRows } = await store.deleteFrom('token').where('jti', 'in', expired).executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}
