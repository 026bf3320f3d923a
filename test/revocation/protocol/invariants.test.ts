import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer, Command, Event } from '../../../src/revocation/protocol/messages.ts'
import { createNode, type Node, step } from '../../../src/revocation/protocol/node.ts'
import { timingFor } from '../../../src/revocation/protocol/timing.ts'

const at = (mono_ms: number) => ({ mono_ms, wall_ms: mono_ms })
const database = { incarnation: 'first', settled: true }
const last = { seq: 1, mark: 'm1' }
const entry = { jti: 'a', expires_at: 0 }
const revoke = (id: string): Event => {
  return { kind: 'revoke', request: { id, jti: 'a', user_id: undefined, reason: 'a test', now: -1 } }
}

/** A node that has joined at 5 ms, with an append in flight. */
function joined(audit = true): Node {
  let ids = 0
  const set = { add: () => {}, has: () => false }
  const node = createNode({ timing: timingFor(1000), set, newId: () => `id${++ids}`, audit })
  const opOf = (kind: Command['kind'], out = node.out) =>
    out.find((effect) => effect.kind === kind && 'op' in effect) as { op: number } & Command
  const answer = (given: Answer, mono_ms: number) => {
    const { op } = opOf(given.kind)
    step(node, { kind: 'answer', op, answer: given, database }, at(mono_ms))
  }
  step(node, { kind: 'join' }, at(1))
  answer({ kind: 'read', continues: true, entries: [entry], last, more: false }, 2)
  answer({ kind: 'insert', joined: true }, 3)
  answer({ kind: 'read', continues: true, entries: [], last, more: false }, 4)
  answer({ kind: 'renew', present: true }, 5)
  step(node, revoke('t1'), at(6))
  return node
}

const broken: [what: string, name: RegExp, corrupt: (node: Node) => void][] = [
  ['a lease without a row', /a lease belongs to a row/, ({ renewal }) => Object.assign(renewal, { id: undefined })],
  [
    'a lease of a node at rest',
    /a lease belongs to a node that has joined/,
    ({ renewal }) => Object.assign(renewal, { next: 'rest' }),
  ],
  [
    'a lease that counts from the answer',
    /a lease counts from a read of the log/,
    ({ renewal }) => Object.assign(renewal, { lease: at(5 + 1000) }),
  ],
  [
    'a renewal that is sent with entries that are not applied',
    /entries are applied before the row shows them/,
    ({ renewal }) => {
      const inFlight = { op: 99, deadline_ms: 500 }
      Object.assign(renewal, { next: 'renew', unread: [entry], inFlight })
    },
  ],
  ['a ticket that waits nowhere', /every open ticket waits in one place/, ({ tickets }) => void tickets.add('lost')],
  [
    'a ticket that waits twice',
    /every open ticket waits in one place/,
    ({ appends }) => void appends.batch.push(...appends.batch),
  ],
  [
    'a batch that is not in flight',
    /a batch is in flight/,
    ({ appends }) => Object.assign(appends, { inFlight: undefined, due_ms: 1e9 }),
  ],
]

for (const [what, name, corrupt] of broken) {
  test(`a step refuses ${what}`, () => {
    const node = joined()
    corrupt(node)
    assert.throws(() => step(node, { kind: 'hint', of: 'rows' }, at(7)), { name: 'InvariantError', message: name })
  })
}

test('a step refuses a clock that goes back, and a ticket that is there already', () => {
  assert.throws(() => step(joined(), { kind: 'tick' }, at(5)), /the monotonic clock does not go back/)
  assert.throws(() => step(joined(), revoke('t1'), at(7)), /each ticket has an id of its own/)
})

test('a node without an audit checks nothing, so that the simulation can run a broken protocol', () => {
  const node = joined(false)
  node.renewal.id = undefined
  step(node, { kind: 'hint', of: 'log' }, at(5))
})
