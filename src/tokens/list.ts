import { type PageQuery, readPage } from '../http/page.ts'
import type { Ports } from '../ports.ts'
import type { TokenKind } from '../store/schema.ts'
import {
  countLiveTokens,
  type LiveTokens,
  selectLiveTokenPage,
  selectLiveTokensAfter,
  type TokenRow,
} from './records.ts'

/** A live token as its owner sees it. Instants are milliseconds since 1970. */
export interface ListedToken {
  id: string
  created_at: number
  expires_at: number
  last_used_at: number | null
  description: string
  ip: string
  user_agent: string | null
  kind: TokenKind
  scope: string | null
}

/**
 * Returns one page of the live tokens of a user or of a service, oldest first. A page past the end is empty.
 * @param owner `jti`: list only this token
 */
export async function listTokens(
  { store, usage, clock }: Ports,
  owner: Omit<LiveTokens, 'now'>,
  query: PageQuery,
): Promise<{ items: ListedToken[]; total: number }> {
  const tokens = { ...owner, now: clock() }
  const { items, total } = await readPage(query, {
    total: await countLiveTokens(store, tokens),
    select: (place) => selectLiveTokenPage(store, tokens, place),
  })
  return { items: items.map((row) => describeToken(row, usage.get(row.jti))), total }
}

/** Tokens that one statement reads. */
const step = 1000

/**
 * Returns all live tokens of a user or of a service, oldest first. Each statement begins after the last token that was read, so
 * no token is missing if others end meanwhile.
 */
export async function listAllTokens({ store, usage, clock }: Ports, ownerId: string): Promise<ListedToken[]> {
  const tokens = { ownerId, now: clock() }
  const all: ListedToken[] = []
  let rows: TokenRow[] = []
  do {
    rows = await selectLiveTokensAfter(store, tokens, rows.at(-1), step)
    for (const row of rows) all.push(describeToken(row, usage.get(row.jti)))
  } while (rows.length === step)
  return all
}

type Described = Omit<ListedToken, 'id' | 'created_at'> & Pick<TokenRow, 'jti' | 'issued_at'>

/** Returns a token's row as its owner sees the token. */
export function describeToken(row: Described, used_at?: number): ListedToken {
  const { jti, issued_at, expires_at, last_used_at, description, ip, user_agent, kind, scope } = row
  return {
    id: jti,
    created_at: issued_at,
    expires_at,
    last_used_at: used_at ?? last_used_at,
    description,
    ip,
    user_agent,
    kind,
    scope,
  }
}
