import { sql } from 'kysely'
import type { Place } from '../http/page.ts'
import { isPostgres } from '../store/open.ts'
import type { Store, Trx } from '../store/schema.ts'
import type { AuditHead, AuditRow, PendingRow } from './row.ts'

/** Which rows a list has. */
export interface AuditFilter {
  actor?: string
  subject?: string
  action?: string
  /** From this time on, in milliseconds since 1970. */
  since?: number | undefined
  /** Before this time. */
  until?: number | undefined
}

/** Reads the head of the chain, and locks it until the commit: rows are appended one after the other. */
export function lockHead(trx: Trx): Promise<AuditHead & { mac: string | null }> {
  return trx
    .selectFrom('audit_head')
    .select(['seq', 'hash', 'base_seq', 'base_hash', 'mac'])
    .$if(isPostgres(trx), (query) => query.forUpdate())
    .executeTakeFirstOrThrow()
}

export function readHead(store: Store): Promise<AuditHead & { mac: string | null }> {
  return store
    .selectFrom('audit_head')
    .select(['seq', 'hash', 'base_seq', 'base_hash', 'mac'])
    .executeTakeFirstOrThrow()
}

export async function insertPending(trx: Trx, row: PendingRow): Promise<void> {
  await trx.insertInto('audit_pending').values(row).execute()
}

export function selectPending(store: Store, limit: number): Promise<PendingRow[]> {
  return store.selectFrom('audit_pending').selectAll().orderBy('id').limit(limit).execute()
}

/** Moves pending facts to the end of the chain. The caller has locked the head. */
export async function insertRows(trx: Trx, rows: readonly AuditRow[], pending: readonly string[]): Promise<void> {
  await trx.insertInto('audit').values(rows).execute()
  await trx.deleteFrom('audit_pending').where('id', 'in', pending).execute()
}

export async function writeHead(trx: Trx, head: AuditHead, mac: string | null): Promise<void> {
  await trx
    .updateTable('audit_head')
    .set({ ...head, mac })
    .execute()
}

function filtered(store: Store, { actor, subject, action, since, until }: AuditFilter) {
  return store
    .selectFrom('audit')
    .$if(actor !== undefined, (query) => query.where('actor', '=', actor as string))
    .$if(subject !== undefined, (query) => query.where('subject', '=', subject as string))
    .$if(action !== undefined, (query) => query.where('action', '=', action as string))
    .$if(since !== undefined, (query) => query.where('at', '>=', since as number))
    .$if(until !== undefined, (query) => query.where('at', '<', until as number))
}

/** A span of time, and how many rows of a filter it has. */
interface Span {
  since: number
  until: number
  rows: number
}

const day_ms = 86_400_000

/** Counts the rows that a filter finds, the newest span of time first. */
export async function countSpans(store: Store, filter: AuditFilter): Promise<Span[]> {
  const { since = 0, until = Number.MAX_SAFE_INTEGER, action = '' } = filter
  if (since >= until) return []
  // Rows of one account are few.
  if (filter.actor !== undefined || filter.subject !== undefined) return [await countSpan(store, filter, since, until)]
  const first = Math.ceil(since / day_ms)
  const end = Math.floor(until / day_ms)
  if (first >= end) return [await countSpan(store, filter, since, until)]
  const days = await store
    .selectFrom('audit_day')
    .select(['day', 'rows'])
    .where('action', '=', action)
    .where('day', '>=', first)
    .where('day', '<', end)
    .orderBy('day', 'desc')
    .execute()
  return [
    await countSpan(store, filter, end * day_ms, until),
    ...days.map(({ day, rows }) => ({ since: day * day_ms, until: (day + 1) * day_ms, rows })),
    await countSpan(store, filter, since, first * day_ms),
  ]
}

async function countSpan(store: Store, filter: AuditFilter, since: number, until: number): Promise<Span> {
  const { rows } = await filtered(store, { ...filter, since, until })
    .select(({ fn }) => fn.countAll<number>().as('rows'))
    .executeTakeFirstOrThrow()
  return { since, until, rows }
}

/** Selects one page, the newest row first. @param spans as they were counted: whole spans are skipped without a look */
export function selectRowPage(
  store: Store,
  filter: AuditFilter,
  spans: Span[],
  { offset, limit, fromEnd }: Place,
): Promise<AuditRow[]> {
  const bounds = { since: filter.since, until: filter.until }
  let skip = offset
  for (const { since, until, rows } of fromEnd ? spans.toReversed() : spans) {
    if (fromEnd) bounds.since = since
    else bounds.until = until
    if (skip < rows) break
    skip -= rows
  }
  const order = fromEnd ? 'asc' : 'desc'
  return filtered(store, { ...filter, ...bounds })
    .selectAll()
    .orderBy('at', order)
    .orderBy('seq', order)
    .offset(skip)
    .limit(limit)
    .execute()
}

/** Selects up to `limit` rows after a row, in the order of the chain. */
export function selectRowsAfter(
  store: Store,
  seq: number,
  limit: number,
  filter: AuditFilter = {},
): Promise<AuditRow[]> {
  return filtered(store, filter).selectAll().where('seq', '>', seq).orderBy('seq').limit(limit).execute()
}

/**
 * Selects the rows that the retention may delete: the rows at the beginning of the chain, at most `limit`, up to the first one that is
 * younger. A clock that was wrong leaves a younger row among older ones.
 */
export function selectOldRows(trx: Trx, { base_seq }: AuditHead, before: number, limit: number): Promise<AuditRow[]> {
  return trx
    .selectFrom('audit')
    .selectAll()
    .where('seq', '<=', base_seq + limit)
    .where('seq', '<', ({ fn, selectFrom }) =>
      fn.coalesce(
        selectFrom('audit')
          .select(({ fn }) => fn.min('seq').as('seq'))
          .where('at', '>=', before),
        sql<number>`${Number.MAX_SAFE_INTEGER}`,
      ),
    )
    .orderBy('seq')
    .execute()
}

export async function deleteRowsTo(trx: Trx, seq: number): Promise<void> {
  await trx.deleteFrom('audit').where('seq', '<=', seq).execute()
}
