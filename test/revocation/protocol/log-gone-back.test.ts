// The log has gone back: the database does not have an entry that the node has read.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start } from '../../../src/revocation/entry.ts'
import type { Effect } from '../../../src/revocation/protocol/messages.ts'
import { appended, ended, joined, kinds, look, position, revoke, row } from './driven.ts'

test('a log that has lost what the node has read is read from its beginning, and nothing is confirmed for a lease', () => {
  const { tell, answer, verdict } = joined()
  tell(revoke('t1'), 1100)
  tell({ kind: 'tick' }, 1340)
  const again = answer({ kind: 'read', continues: false, entries: [], last: position(3), more: false }, 1341)
  assert.deepEqual(kinds(again).sort(), ['abandon', 'append', 'look', 'read'])
  assert.deepEqual(again.find((effect) => effect.kind === 'read')?.after, start)
  assert.equal(verdict('c', 1341), 'ask')
  answer(appended(1, [ended('t1', 'b')]), 1342)
  answer(look([]), 1343)
  assert.deepEqual(kinds(answer(look([]), 1344)), [])
  tell({ kind: 'tick' }, 1341 + 1023)
  assert.deepEqual(kinds(answer(look([]), 1341 + 1024)), ['effective'])
})

test('a look proves the node’s place in the log and the entry of each fence', () => {
  const { tell, answer } = joined()
  tell(revoke('t1'), 1100)
  // Another node has appended the entry 4, which this node has not read.
  const looking = answer(appended(5, [ended('t1', 'b')]), 1101).find((effect) => effect.kind === 'look')
  assert.deepEqual(looking?.known, [position(3), position(5)])
  const again = answer({ kind: 'look', continues: false, rows: [row('you', 9)] }, 1102)
  assert.deepEqual(kinds(again).sort(), ['abandon', 'append', 'look', 'read'])
})

test('a lost row covers no fence, is not removed at once, and is swept when it stands still', () => {
  const { tell, answer } = joined()
  tell(revoke('t1'), 1100)
  answer(appended(4, [ended('t1', 'b')]), 1100)
  const lost = { ...row('you', 20), lost: true }
  const removals: Effect[] = []
  for (let mono_ms = 1101; mono_ms < 2200; mono_ms += 50) {
    tell({ kind: 'hint', of: 'rows' }, mono_ms)
    removals.push(...answer(look([lost]), mono_ms).filter(({ kind }) => kind !== 'look' && kind !== 'read'))
  }
  assert.deepEqual(kinds(removals), ['sweep'])
  answer({ kind: 'sweep', removed: ['you'] }, 2201)
  assert.deepEqual(kinds(answer(look([]), 2202)), ['effective'])
})
