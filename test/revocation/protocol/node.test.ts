import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start } from '../../../src/revocation/entry.ts'
import type { Answer, Effect, Event } from '../../../src/revocation/protocol/messages.ts'
import { wakeAt } from '../../../src/revocation/protocol/node.ts'
import { appended, createDriven, ended, entries, entry, joined, kinds, look, position, revoke, row } from './driven.ts'

test('joining is load, insert, read, renew; the lease counts from the read after the insert', () => {
  const { tell, answer, verdict } = createDriven()
  assert.deepEqual(tell({ kind: 'join' }, 0)[0], { kind: 'read', op: 1, after: start, limit: 10_000 })
  const [insert] = answer(entries(7, 'a'), 10)
  assert.deepEqual(insert, {
    kind: 'insert',
    op: 3,
    id: 'me1',
    applied: position(7),
    lease_ms: 1000,
    replaces: undefined,
  })
  assert.deepEqual(kinds(answer({ kind: 'insert', joined: true }, 20)), ['read'])
  const [renew] = answer(entries(8, 'b'), 30)
  assert.deepEqual(renew, {
    kind: 'renew',
    op: 5,
    id: 'me1',
    applied: position(8),
    renewal: 1,
    verifiers: 0,
    tells: true,
  })
  assert.equal(verdict('c', 39), 'ask')
  answer({ kind: 'renew', present: true }, 40)
  assert.deepEqual([verdict('a', 41), verdict('b', 41), verdict('c', 41)], ['revoked', 'revoked', 'live'])
  assert.equal(verdict('c', 1019), 'live')
  assert.equal(verdict('c', 1020), 'ask')
  assert.equal(verdict('b', 1020), 'revoked')
})

test('a node loads a long log in batches before it inserts its row', () => {
  const { node, tell, answer, verdict } = createDriven()
  const batch = (jti: string, last_seq: number): Answer => {
    return { kind: 'read', continues: true, entries: [entry(jti)], last: position(last_seq), more: true }
  }
  tell({ kind: 'join' }, 0)
  assert.deepEqual(answer(batch('a', 5), 10)[0], { kind: 'read', op: 3, after: position(5), limit: 10_000 })
  assert.equal(verdict('a', 10), 'ask')
  assert.equal(wakeAt(node), Number.NEGATIVE_INFINITY)
  tell({ kind: 'tick' }, 10)
  assert.equal(verdict('a', 10), 'revoked')
  assert.equal(wakeAt(node), 1000)
  // With or without a tick in between, the set has every entry that the row shows.
  answer(batch('b', 6), 20)
  answer(batch('c', 7), 30)
  const [insert] = answer(entries(8, 'd'), 40)
  assert.equal(insert?.kind === 'insert' && insert.applied.seq, 8)
  assert.deepEqual(
    ['b', 'c', 'd'].map((jti) => verdict(jti, 40)),
    ['revoked', 'revoked', 'revoked'],
  )
})

test('an insert that may have been executed is repeated under another id', () => {
  const { tell, answer, fail } = createDriven()
  tell({ kind: 'join' }, 0)
  answer(entries(0), 1)
  fail('insert', 2)
  const again = tell({ kind: 'tick' }, 60)
  assert.deepEqual(again[0], { kind: 'insert', op: 4, id: 'me2', applied: start, lease_ms: 1000, replaces: 'me1' })
})

test('a renewal that is answered too late gives no lease, and the next one begins immediately', () => {
  const { tell, answer, verdict } = joined()
  tell({ kind: 'hint', of: 'log' }, 1100)
  answer(entries(4, 'b'), 1110)
  const effects = answer({ kind: 'renew', present: true }, 2105)
  assert.equal(verdict('c', 2105), 'ask')
  assert.deepEqual(kinds(effects).slice(0, 1), ['read'])
})

test('a node without its row has no lease, keeps its entries, and joins again under a new id', () => {
  const { tell, answer, verdict } = joined()
  tell({ kind: 'tick' }, 1334)
  answer(entries(3), 1335)
  const [load] = answer({ kind: 'renew', present: false }, 1336)
  assert.equal(verdict('c', 1336), 'ask')
  assert.equal(load?.kind === 'read' && load.after.seq, 3)
  const [insert] = answer(entries(3), 1337)
  assert.ok(insert?.kind === 'insert' && insert.id === 'me2' && insert.replaces === 'me1')
})

test('hints during a renewal cause one more renewal', () => {
  const { tell, answer } = joined()
  assert.deepEqual(kinds(tell({ kind: 'hint', of: 'log' }, 1100)), ['read'])
  assert.deepEqual(kinds(tell({ kind: 'hint', of: 'log' }, 1101)), [])
  assert.deepEqual(kinds(tell({ kind: 'hint', of: 'log' }, 1101)), [])
  answer(entries(4), 1102)
  assert.deepEqual(kinds(answer({ kind: 'renew', present: true }, 1103)), ['read'])
  answer(entries(4), 1104)
  assert.deepEqual(kinds(answer({ kind: 'renew', present: true }, 1105)), [])
})

test('revocations that arrive during an append go into the next append', () => {
  const { tell, answer } = joined()
  const requested = (effects: Effect[]) =>
    effects.flatMap((effect) => (effect.kind === 'append' ? [effect.requests.map(({ id }) => id)] : []))
  assert.deepEqual(requested(tell(revoke('t1'), 1100)), [['t1']])
  assert.deepEqual(requested(tell(revoke('t2'), 1101)), [])
  assert.deepEqual(requested(tell(revoke('t3'), 1102)), [])
  assert.deepEqual(requested(answer(appended(4, [ended('t1', 'b')]), 1103)), [['t2', 't3']])
})

test('an append that may have been executed is repeated', () => {
  const { tell, fail } = joined()
  tell(revoke('t1'), 1100)
  fail('append', 1200)
  assert.ok(kinds(tell({ kind: 'tick' }, 1250)).includes('append'))
})

test('a revocation is in the own set first, and is answered when every other row shows it', () => {
  const { tell, answer, verdict } = joined()
  tell(revoke('t1'), 1100)
  const looking = answer(appended(4, [ended('t1', 'b')]), 1102)
  assert.equal(verdict('b', 1102), 'revoked')
  assert.deepEqual(kinds(looking), ['look'])
  assert.deepEqual(kinds(answer(look([row('me1', 3), row('you', 3)]), 1104)), [])
  tell({ kind: 'hint', of: 'rows' }, 1105)
  assert.deepEqual(answer(look([row('me1', 3), row('you', 4, 2)]), 1106), [
    { kind: 'effective', ticket: 't1', receipt: { nodes: 2, verifiers: 0, waited_ms: 4, waited_out: [] }, ended: true },
  ])
})

test('a look that was sent before the append was answered does not count', () => {
  const { node, tell, answer } = joined()
  tell(revoke('t1'), 1100)
  assert.deepEqual(kinds(tell({ kind: 'tick' }, wakeAt(node))), ['read'])
  assert.deepEqual(kinds(tell({ kind: 'tick' }, 1995)), ['look'])
  answer(appended(4, [ended('t1', 'b')]), 1996)
  assert.deepEqual(kinds(answer(look([row('me1', 3)]), 1997)), ['look'])
  assert.deepEqual(kinds(answer(look([row('me1', 3)]), 1998)), ['effective'])
})

test('a dead node is waited out, removed, and named in the receipt', () => {
  const { tell, answer } = joined()
  tell(revoke('t1'), 1100)
  answer(appended(4, [ended('t1', 'b')]), 1100)
  answer(look([row('me1', 3), row('dead', 3)]), 1110)
  tell({ kind: 'tick' }, 2100)
  answer(look([row('me1', 3), row('dead', 3)]), 2121)
  tell({ kind: 'tick' }, 2122)
  const removing = answer(look([row('me1', 3), row('dead', 3)]), 2123)
  assert.ok(removing.some((effect) => effect.kind === 'remove' && effect.below_seq === 4 && effect.except === 'me1'))
  assert.deepEqual(kinds(answer({ kind: 'remove' }, 2124)), ['look'])
  assert.deepEqual(answer(look([row('me1', 3)]), 2126), [
    {
      kind: 'effective',
      ticket: 't1',
      receipt: { nodes: 1, verifiers: 0, waited_ms: 1026, waited_out: ['dead'] },
      ended: true,
    },
  ])
})

test('a longer lease is waited out by its own length, and its row is not swept earlier', () => {
  const { tell, answer } = joined()
  const rows = [row('me1', 3), row('long', 3, 1, 5000)]
  tell(revoke('t1'), 1100)
  answer(appended(4, [ended('t1', 'b')]), 1100)
  for (let mono_ms = 1101; mono_ms < 1100 + 5051; mono_ms += 50) {
    tell({ kind: 'hint', of: 'rows' }, mono_ms)
    const done = kinds(answer(look(rows), mono_ms))
    assert.ok(!done.includes('remove') && !done.includes('sweep') && !done.includes('effective'), done.join())
  }
  tell({ kind: 'hint', of: 'rows' }, 6250)
  const removing = answer(look(rows), 6250)
  assert.ok(removing.some((effect) => effect.kind === 'remove' && effect.below_seq === 4))
})

test('a node that leaves during a revocation does not count as waited out', () => {
  const { tell, answer } = joined()
  tell(revoke('t1'), 1100)
  answer(appended(4, [ended('t1', 'b')]), 1100)
  answer(look([row('me1', 3), row('leaving', 3)]), 1110)
  tell({ kind: 'hint', of: 'rows' }, 1111)
  assert.deepEqual(answer(look([row('me1', 3)]), 1112), [
    {
      kind: 'effective',
      ticket: 't1',
      receipt: { nodes: 1, verifiers: 0, waited_ms: 12, waited_out: [] },
      ended: true,
    },
  ])
})

test('rows that stop renewing are swept without a revocation, if they still show the same renewal', () => {
  const { tell, answer } = joined()
  tell({ kind: 'tick' }, 2000)
  answer(look([row('me1', 3), row('dead', 3, 9)]), 2001)
  tell({ kind: 'tick' }, 3030)
  const sweeping = answer(look([row('me1', 3), row('dead', 3, 9)]), 3031)
  assert.deepEqual(
    sweeping.flatMap((effect) => (effect.kind === 'sweep' ? effect.idle : [])),
    [row('dead', 3, 9)],
  )
})

test('in a new incarnation the node proves its place, appends everything again, and confirms after a full lease', () => {
  const { database, tell, answer, verdict } = joined()
  tell(revoke('t1'), 1100)
  answer(appended(4, [ended('t1', 'b')]), 1101)
  Object.assign(database, { incarnation: 'second', settled: false })
  const again = answer(look([row('me1', 4)]), 1102)
  assert.deepEqual(kinds(again).sort(), ['append', 'look', 'read'])
  assert.deepEqual(again.find((effect) => effect.kind === 'read')?.after, position(4))
  assert.equal(verdict('c', 1102), 'ask')
  answer(entries(4), 1103)
  answer(appended(4, [ended('t1', 'b')]), 1103)
  answer(look([]), 1104)
  assert.deepEqual(kinds(answer(look([]), 1105)), [])
  tell({ kind: 'tick' }, 1102 + 1023)
  const confirming = answer(look([]), 1102 + 1024)
  assert.ok(kinds(confirming).includes('effective'))
  assert.ok(kinds(confirming).includes('settle'))
})

test('a node does not wait for leases that another node has waited out', () => {
  const { database, tell, answer } = createDriven()
  database.settled = true
  tell(revoke('t1'), 0)
  answer(appended(1, [ended('t1', 'a')]), 2)
  assert.deepEqual(kinds(answer(look([row('you', 1)]), 3)), ['effective'])
})

test('a revocation committed by its caller waits for the fleet, and is given up in another incarnation', () => {
  const { tell, answer } = joined()
  const committed = (ticket: string, incarnation: string): Event => {
    return {
      kind: 'committed',
      ticket,
      after: position(3),
      last: position(4),
      entries: [entry('b')],
      database: { incarnation, settled: true },
    }
  }
  assert.deepEqual(kinds(tell(committed('t1', 'first'), 1100)), ['look'])
  assert.deepEqual(kinds(answer(look([row('you', 4)]), 1101)), ['effective'])
  assert.deepEqual(tell(committed('t2', 'zeroth'), 1102), [{ kind: 'unconfirmed', ticket: 't2' }])
})

test('a node that has never asked the database takes the incarnation from its caller', () => {
  const { tell, answer } = createDriven()
  const database = { incarnation: 'first', settled: true }
  assert.deepEqual(
    kinds(
      tell(
        { kind: 'committed', ticket: 't1', after: position(3), last: position(4), entries: [entry('b')], database },
        0,
      ),
    ),
    ['look'],
  )
  assert.deepEqual(kinds(answer(look([row('you', 4)]), 1)), ['effective'])
})

test('revocations are given up if the database does not answer', () => {
  const { node, tell } = joined()
  const effects: Effect[] = tell(revoke('t1'), 1100)
  while (wakeAt(node) < 9000) effects.push(...tell({ kind: 'tick' }, wakeAt(node)))
  assert.deepEqual(
    effects.filter((effect) => effect.kind === 'unconfirmed'),
    [{ kind: 'unconfirmed', ticket: 't1' }],
  )
})

test('revocations are given up at once if the database is read-only, and later ones are asked again', () => {
  const { tell } = joined()
  const [first] = tell(revoke('t1'), 1100)
  assert.ok(first?.kind === 'append')
  assert.deepEqual(tell(revoke('t2', 'c'), 1100), [])
  const givenUp = tell({ kind: 'failed', op: first.op, read_only: true }, 1101)
  assert.deepEqual(
    givenUp.filter(({ kind }) => kind === 'unconfirmed'),
    [
      { kind: 'unconfirmed', ticket: 't1' },
      { kind: 'unconfirmed', ticket: 't2' },
    ],
  )
  assert.ok(kinds(tell(revoke('t3'), 2000)).includes('append'))
})

test('a node in a new incarnation waits for the longest lease, and does not give up earlier', () => {
  const { database, tell, answer } = createDriven()
  Object.assign(database, { incarnation: 'second', settled: false })
  tell(revoke('t1'), 0)
  answer(appended(4, [ended('t1', 'b')]), 1)
  const rows = [row('long', 4, 1, 20_000)]
  const effects: Effect[] = []
  for (let mono_ms = 100; mono_ms < 25_000; mono_ms += 100) {
    rows[0] = row('long', 4, mono_ms, 20_000)
    tell({ kind: 'hint', of: 'rows' }, mono_ms)
    effects.push(...answer(look(rows), mono_ms))
    if (effects.some(({ kind }) => kind === 'effective')) break
  }
  assert.ok(!effects.some(({ kind }) => kind === 'unconfirmed'))
  const [done] = effects.filter((effect) => effect.kind === 'effective')
  assert.ok(done?.kind === 'effective' && done.receipt.waited_ms >= 20_000)
})

test('leaving gives up the lease, then the row', () => {
  const { tell, verdict } = joined()
  assert.deepEqual(tell({ kind: 'leave' }, 1100)[0], { kind: 'leave', op: 6, id: 'me1' })
  assert.equal(verdict('c', 1100), 'ask')
})

test('answers to abandoned commands are dropped', () => {
  const { tell, answer, verdict } = joined()
  tell({ kind: 'hint', of: 'log' }, 1100)
  tell({ kind: 'tick' }, 2101)
  answer({ kind: 'renew', present: true }, 2102)
  assert.equal(verdict('c', 2102), 'ask')
})

test('the pauses between attempts double up to the length of a lease', () => {
  const { node, tell, fail } = createDriven()
  tell(revoke('t1'), 0)
  const pauses: number[] = []
  for (let now_ms = 0; pauses.length < 7; now_ms = node.appends.due_ms) {
    tell({ kind: 'tick' }, now_ms)
    fail('append', now_ms)
    pauses.push(node.appends.due_ms - now_ms)
  }
  assert.deepEqual(pauses, [50, 100, 200, 400, 800, 1000, 1000])
})

test('a request whose token is locked waits for the next append, and the others go on', () => {
  const { tell, answer } = joined()
  tell(revoke('t0'), 1100)
  tell(revoke('t1', 'b'), 1101)
  tell(revoke('t2', 'c'), 1101)
  answer(appended(3, []), 1102)
  const answered = answer(appended(4, [ended('t2', 'c')], ['t1']), 1103)
  assert.deepEqual(kinds(answered), [])
  tell({ kind: 'hint', of: 'rows' }, 1104)
  answer(look([]), 1104)
  const done = answer(look([]), 1105)
  assert.deepEqual(
    done.flatMap((effect) => (effect.kind === 'effective' ? [effect.ticket] : [])),
    ['t2'],
  )
  const [again] = tell({ kind: 'tick' }, 1153)
  assert.deepEqual(again?.kind === 'append' && again.requests.map(({ id }) => id), ['t1'])
})
