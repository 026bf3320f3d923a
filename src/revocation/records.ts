import type { ExpressionBuilder } from 'kysely'
import type { Schema, Store } from '../store/schema.ts'
import { clockGrace_ms, type Entry, never } from './entry.ts'

/** How long an entry stays in the log after its token has expired: more than clocks may differ (`clockGrace_ms`). */
export const logGrace_ms = 3_600_000

/**
 * The condition for tokens that a revocation at `now` can end: tokens that live by any clock. The database function
 * `revoke_tokens` has the same rule.
 */
export function isEndable(now: number) {
  return ({ eb }: ExpressionBuilder<Schema, 'token'>) =>
    eb.and([eb('token.revoked_at', 'is', null), eb('token.expires_at', '>', now - clockGrace_ms)])
}

/**
 * Selects entries as one text, with the number of the last entry. One row for each entry would cost the database and
 * the reader three times as much.
 */
export const batchColumns = `count(*) as length, max(seq) as last_seq, string_agg(jti || ' ' || expires_at || ' ', '') as written`

/** What `batchColumns` selects. Without entries `last_seq` and `written` are null. */
export interface Batch {
  length: number
  last_seq: number | null
  written: string | null
}

/** Reads one entry at a time. A million parsed entries would cost a joining node a second of garbage collection. */
export function* readEntries(written: string | null): Generator<Entry> {
  if (written === null) return
  for (let at = 0; at < written.length; ) {
    const gap = written.indexOf(' ', at)
    const end = written.indexOf(' ', gap + 1)
    yield { jti: written.slice(at, gap), expires_at: Number(written.slice(gap + 1, end)) }
    at = end + 1
  }
}

/** The keys that the log has ended. Their entries never leave the log. */
export async function selectEndedKeys(store: Store): Promise<Set<string>> {
  const rows = await store.selectFrom('revocation').select('jti').where('expires_at', '=', never).execute()
  return new Set(rows.map(({ jti }) => jti))
}
