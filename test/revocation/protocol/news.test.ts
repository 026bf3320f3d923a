import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '../../../src/revocation/protocol/messages.ts'
import { wakeAt } from '../../../src/revocation/protocol/node.ts'
import { appended, ended, entries, entry, joined, kinds, look, news, position, revoke, row } from './driven.ts'

test("a caller's own append is told after its commit, and a renewal that has advanced tells in its transaction", () => {
  const { node, tell, answer } = joined()
  const database = { incarnation: 'first', settled: true }
  const news = { after: position(3), entries: [entry('b')], last: position(4) }
  tell({ kind: 'committed', ticket: 't1', ...news, database }, 1100)
  assert.deepEqual(
    node.out.filter(({ kind }) => kind === 'notify'),
    [{ kind: 'notify', news: { ...news, by: 'me1' } }],
  )
  tell({ kind: 'hint', of: 'log' }, 1102)
  const [renewal] = answer(entries(4, 'b'), 1103)
  assert.ok(renewal?.kind === 'renew' && renewal.tells)
  answer({ kind: 'renew', present: true }, 1104)
  tell({ kind: 'tick' }, 1440)
  const [next] = answer(entries(4), 1441)
  assert.ok(next?.kind === 'renew' && !next.tells)
})

const shown = (id: string, seq: number, incarnation = 'first'): Event => {
  return { kind: 'hint', of: 'rows', shown: { id, applied: position(seq), incarnation } }
}

test('news of what came next are applied and shown in the row without a read, and the lease stays as it was', () => {
  const { node, tell, answer, verdict } = joined()
  const { lease } = node.renewal
  const [show] = tell(news(3, ['b'], 'you'), 1100)
  assert.equal(verdict('b', 1100), 'revoked')
  assert.ok(show?.kind === 'renew' && show.applied.seq === 4 && show.tells)
  assert.deepEqual(kinds(answer({ kind: 'renew', present: true }, 1102)), [])
  assert.equal(node.renewal.lease, lease)
  assert.equal(wakeAt(node), node.renewal.began.mono_ms + node.timing.renew_ms)
})

test('news after a gap, of another log, or during a read make the node read', () => {
  const apart: Event[] = [news(4, ['b'], 'you'), news(2, ['x', 'b'], 'you')]
  for (const event of apart) assert.deepEqual(kinds(joined().tell(event, 1100)), ['read'])
  const { tell, answer } = joined()
  tell({ kind: 'hint', of: 'log' }, 1100)
  assert.deepEqual(kinds(tell(news(3, ['b'], 'you'), 1101)), [])
  answer(entries(3), 1102)
  assert.deepEqual(kinds(answer({ kind: 'renew', present: true }, 1103)), ['read'])
})

test('news of the own append, and news that the node has read, do nothing', () => {
  const { node, tell, answer } = joined()
  tell(revoke('t1'), 1100)
  answer(appended(4, [ended('t1', 'b')]), 1101)
  assert.equal(node.renewal.applied.seq, 4)
  assert.deepEqual(kinds(tell(news(3, ['b'], 'me1'), 1102)), [])
})

test('a revocation is answered when a notification says that the last row shows its entry', () => {
  const { tell, answer } = joined()
  tell(revoke('t1'), 1100)
  answer(appended(4, [ended('t1', 'b')]), 1101)
  answer(look([row('me1', 3), row('you', 3), row('they', 4)]), 1102)
  for (const other of [shown('you', 3), shown('they', 4)]) assert.deepEqual(kinds(tell(other, 1103)), [])
  assert.deepEqual(kinds(tell(shown('you', 4), 1104)), ['effective'])
})

test('a notification of another incarnation, or of a later entry, only makes the node look', () => {
  for (const hint of [shown('you', 4, 'second'), shown('you', 5)]) {
    const { tell, answer } = joined()
    tell(revoke('t1'), 1100)
    answer(appended(4, [ended('t1', 'b')]), 1101)
    answer(look([row('me1', 3), row('you', 3)]), 1102)
    assert.deepEqual(kinds(tell(hint, 1103)), ['look'])
  }
})

test('a notification that comes before the look counts with the look', () => {
  const { tell, answer } = joined()
  tell(revoke('t1'), 1100)
  answer(appended(4, [ended('t1', 'b')]), 1101)
  assert.deepEqual(kinds(tell(shown('you', 4), 1102)), [])
  assert.deepEqual(kinds(answer(look([row('me1', 3), row('you', 3)]), 1103)), ['effective'])
})
