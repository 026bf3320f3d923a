import { sql } from 'kysely'
import { isPostgres } from '../store/open.ts'
import type { Store, Trx } from '../store/schema.ts'
import type { AuditHead, AuditRow, PendingRow } from './row.ts'

/** Which rows a list has. */
export interface AuditFilter {
  actor?: string
  subject?: string
  action?: string
  /** From this time on, in milliseconds since 1970. */
  since?: number
  /** Before this time. */
  until?: number
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

export async function countRows(store: Store, filter: AuditFilter): Promise<number> {
  // The whole trail has no gap.
  if (Object.keys(filter).length === 0) return readHead(store).then(({ seq, base_seq }) => seq - base_seq)
  const { count } = await filtered(store, filter)
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

/** Selects one page, newest first. */
export function selectRowPage(
  store: Store,
  filter: AuditFilter,
  { offset, limit }: { offset: number; limit: number },
): Promise<AuditRow[]> {
  return filtered(store, filter).selectAll().orderBy('seq', 'desc').offset(offset).limit(limit).execute()
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
