import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listAudit } from '../../src/audit/list.ts'
import { type AuditFilter, deleteRowsTo } from '../../src/audit/records.ts'
import type { AuditRow } from '../../src/audit/row.ts'
import { migrate } from '../../src/store/migrate.ts'
import { openDatabase } from '../../src/store/open.ts'
import { onEachDatabase, open } from '../support/databases.ts'

const day_ms = 86_400_000
const first = Date.UTC(2030, 0, 1)

/** Facts of nine days, of which the fourth has none. Clocks differ, so the times are not in the order of the chain. */
function facts(count: number): AuditRow[] {
  return Array.from({ length: count }, (_, i) => {
    const day = Math.floor((i / count) * 9)
    return {
      seq: i + 1,
      at: first + (day === 3 ? 4 : day) * day_ms + ((i * 7919) % 97) * 890_000,
      action: ['login', 'login.failed', 'token.revoked'][(i * 31) % 3] as string,
      actor: i % 5 === 0 ? null : `actor ${i % 4}`,
      subject: `subject ${i % 7}`,
      address: null,
      request_id: null,
      details: '{}',
      hash: '',
    }
  })
}

function isIn(row: AuditRow, { since = 0, until = Infinity, actor, subject, action }: AuditFilter): boolean {
  return (
    row.at >= since &&
    row.at < until &&
    (actor === undefined || row.actor === actor) &&
    (subject === undefined || row.subject === subject) &&
    (action === undefined || row.action === action)
  )
}

const times = [undefined, first - 1, first + day_ms, first + 1.3 * day_ms, first + 3.5 * day_ms, first + 6.7 * day_ms]
const names: AuditFilter[] = [{}, { action: 'login' }, { action: 'none' }, { actor: 'actor 1' }]
const filters: AuditFilter[] = [...names, { subject: 'subject 2', action: 'login' }].flatMap((name) =>
  times.flatMap((since) => times.map((until) => ({ ...name, since, until }))),
)

onEachDatabase('a list of the audit trail', (create) => {
  test('has each row that its filter finds once, newest first, before and after old rows are deleted', async (t) => {
    const { database, undo } = await open(t, create)
    const { store } = await openDatabase(database.url)
    undo.push(() => store.destroy())
    await migrate(store)
    const rows = facts(270)
    await store.insertInto('audit').values(rows).execute()
    for (const deleted of [0, 47, 200]) {
      await store.transaction().execute((trx) => deleteRowsTo(trx, deleted))
      for (const filter of filters) {
        const expected = rows
          .filter((row) => row.seq > deleted && isIn(row, filter))
          .sort((a, b) => b.at - a.at || b.seq - a.seq)
          .map(({ seq }) => seq)
        const read: number[] = []
        for (let page = 1; page === 1 || (page - 1) * 50 < expected.length; page++) {
          const { items, total } = await listAudit(store, filter, { page, per_page: 50 })
          assert.equal(total, expected.length, JSON.stringify(filter))
          read.push(...items.map(({ seq }) => seq))
        }
        assert.deepEqual(read, expected, JSON.stringify(filter))
      }
    }
    await store.transaction().execute((trx) => deleteRowsTo(trx, rows.length))
    assert.deepEqual(await store.selectFrom('audit_day').selectAll().execute(), [], 'nothing is left')
  })
})
