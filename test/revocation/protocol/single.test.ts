import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Position } from '../../../src/revocation/entry.ts'
import { createSingle, type SingleEvent, singleWakeAt, stepSingle } from '../../../src/revocation/protocol/single.ts'
import { at, entry, position } from './driven.ts'

function createDriven() {
  const set = new Set<string>()
  const single = createSingle(500, { add: ({ jti }) => void set.add(jti), has: ({ jti }) => set.has(jti) })
  const tell = (event: SingleEvent, mono_ms: number) => stepSingle(single, event, at(mono_ms))
  return { single, tell }
}

const follow: SingleEvent = { kind: 'follow', verifier: 'v', service: 's', resumed: undefined }
const read = (seq: number): SingleEvent => {
  return { kind: 'read', entries: [entry(`t${seq}`)], last: position(seq), continues: true }
}

test('a server that leaves before the leases of its predecessor are over says so', () => {
  for (const [left_ms, settled] of [
    [600, false],
    [1600, true],
  ] as const) {
    const { tell } = createDriven()
    tell({ kind: 'take over', others_ms: 1000 }, 500)
    assert.deepEqual(tell({ kind: 'leave' }, left_ms), [{ kind: 'left', settled }])
  }
})

test('a server leaves when the leases of its verifiers are over, or at once when they are given up', () => {
  for (const ends of [true, false]) {
    const { single, tell } = createDriven()
    tell({ kind: 'take over', others_ms: 0 }, 0)
    tell(follow, 1)
    tell({ kind: 'applied', verifier: 'v', seq: 0 }, 1)
    tell({ kind: 'ask', verifier: 'v', n: 1 }, 2)
    assert.deepEqual(tell({ kind: 'leave' }, 10), [{ kind: 'end', verifier: 'v' }])
    if (ends) assert.deepEqual(tell({ kind: 'ended', verifier: 'v' }, 11), [{ kind: 'left', settled: true }])
    else {
      const due_ms = singleWakeAt(single)
      assert.ok(due_ms > 502 && due_ms < 600)
      assert.deepEqual(tell({ kind: 'tick' }, due_ms), [{ kind: 'left', settled: true }])
    }
  }
})

test('a revocation waits for the verifiers, and for leases of another process', () => {
  const { single, tell } = createDriven()
  tell({ kind: 'take over', others_ms: 0 }, 0)
  tell(follow, 1)
  tell({ kind: 'applied', verifier: 'v', seq: 0 }, 1)
  tell({ kind: 'ask', verifier: 'v', n: 1 }, 2)
  tell(read(1), 3)
  assert.deepEqual(tell({ kind: 'committed', ticket: 'a', last: position(1), others_ms: 0 }, 4), [])
  const answered = tell({ kind: 'applied', verifier: 'v', seq: 1 }, 6)
  assert.deepEqual(answered, [{ kind: 'effective', ticket: 'a', verifiers: 1, waited_ms: 2 }])
  tell(read(2), 10)
  tell({ kind: 'committed', ticket: 'b', last: position(2), others_ms: 1000 }, 10)
  assert.deepEqual(tell({ kind: 'applied', verifier: 'v', seq: 2 }, 11), [])
  assert.ok(singleWakeAt(single) > 1010)
  assert.deepEqual(
    tell({ kind: 'tick' }, singleWakeAt(single)).map(({ kind }) => kind),
    ['effective'],
  )
})

test('what the log had after a position of a verifier counts only if the log still ends with the same entry', () => {
  const ends: [last: Position, counts: boolean][] = [
    [position(2), true],
    // The log has gone back, and has other entries now: fewer, or as many.
    [position(3), false],
    [{ seq: 2, mark: 'of another log' }, false],
    [position(1), false],
  ]
  for (const [last, counts] of ends) {
    const { tell } = createDriven()
    tell({ kind: 'take over', others_ms: 0 }, 0)
    tell(read(1), 1)
    const resumed = { entries: [entry('t2')], last }
    tell(read(2), 3)
    const [begin] = tell({ kind: 'follow', verifier: 'v', service: 's', resumed }, 4)
    const entries = counts ? resumed.entries : undefined
    assert.deepEqual(begin, { kind: 'begin', verifier: 'v', entries, last: position(2) })
  }
})

test('a server that leaves takes nothing over, before and after it has left', () => {
  const { single, tell } = createDriven()
  tell({ kind: 'take over', others_ms: 0 }, 0)
  tell(follow, 1)
  tell({ kind: 'ask', verifier: 'v', n: 1 }, 2)
  tell({ kind: 'leave' }, 3)
  for (const mono_ms of [4, 2000]) {
    tell({ kind: 'take over', others_ms: 0 }, mono_ms)
    const [effect] = tell({ kind: 'follow', verifier: `v${mono_ms}`, service: 's', resumed: undefined }, mono_ms)
    assert.deepEqual([single.grants, effect?.kind], [false, 'cut'])
  }
})
