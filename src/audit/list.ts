import { type PageQuery, readPage } from '../http/page.ts'
import type { Store } from '../store/schema.ts'
import { type AuditFilter, countSpans, selectRowPage, selectRowsAfter } from './records.ts'
import type { AuditRow } from './row.ts'

/** Returns one page of the audit trail, newest first. */
export async function listAudit(
  store: Store,
  filter: AuditFilter,
  query: PageQuery,
): Promise<{ items: AuditRow[]; total: number }> {
  const spans = await countSpans(store, filter)
  return readPage(query, {
    total: spans.reduce((sum, { rows }) => sum + rows, 0),
    select: (place) => selectRowPage(store, filter, spans, place),
  })
}

const step = 1000

/** Yields the rows in the order of the chain. @param since milliseconds since 1970 */
export async function* exportAudit(store: Store, since: number | undefined): AsyncGenerator<AuditRow> {
  const filter = since === undefined ? {} : { since }
  let rows: AuditRow[] = []
  do {
    rows = await selectRowsAfter(store, rows.at(-1)?.seq ?? 0, step, filter)
    yield* rows
  } while (rows.length === step)
}
