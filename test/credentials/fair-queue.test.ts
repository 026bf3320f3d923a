import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createFairQueue } from '../../src/credentials/fair-queue.ts'

/** Takes everything. */
function drain(queue: ReturnType<typeof createFairQueue<string>>, now_ms = 0): string[] {
  return Array.from({ length: queue.size() }, () => queue.take(now_ms) as string)
}

describe('the queue of hashes', () => {
  test('serves networks in turn, and each network in order', () => {
    const queue = createFairQueue<string>()
    for (const work of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2'])
      assert.equal(queue.add({ network: work[0] as string, since_ms: 0, work }, 10), undefined)
    assert.deepEqual(drain(queue), ['a1', 'b1', 'c1', 'a2', 'c2', 'a3'])
    assert.equal(queue.take(0), undefined)
  })

  test('serves a newcomer before a network that has used much, even if many such networks wait', () => {
    const queue = createFairQueue<string>()
    const networks = Array.from({ length: 100 }, (_, i) => `busy-${i}`)
    for (const network of networks) {
      queue.add({ network, since_ms: 0, work: network }, 1000)
      queue.take(0)
    }
    for (const network of networks) queue.add({ network, since_ms: 1, work: network }, 1000)
    queue.add({ network: 'new', since_ms: 2, work: 'new' }, 1000)
    assert.equal(queue.take(3), 'new')
  })

  test('forgets what was used long ago', () => {
    const queue = createFairQueue<string>()
    for (let i = 0; i < 20; i++) queue.add({ network: 'once busy', since_ms: 0, work: 'old' }, 100)
    drain(queue)
    const later_ms = 20 * 60_000
    queue.add({ network: 'other', since_ms: later_ms, work: 'other' }, 100)
    assert.equal(queue.take(later_ms), 'other')
    queue.add({ network: 'other', since_ms: later_ms, work: 'other' }, 100)
    queue.add({ network: 'once busy', since_ms: later_ms, work: 'once busy' }, 100)
    assert.equal(queue.take(later_ms), 'once busy')
  })

  test('that is full gives the place of the busiest network to a network that has used less', () => {
    const queue = createFairQueue<string>()
    queue.add({ network: 'flood', since_ms: 0, work: 'first' }, 3)
    queue.take(0)
    for (const work of ['1', '2', '3']) queue.add({ network: 'flood', since_ms: 0, work }, 3)
    assert.equal(queue.add({ network: 'flood', since_ms: 0, work: '4' }, 3), '4')
    assert.equal(queue.add({ network: 'honest', since_ms: 0, work: 'honest' }, 3), '3')
    assert.deepEqual(drain(queue), ['honest', '1', '2'])
  })

  test('serves a network that asks once before a hundred that ask again and again while the queue is full', () => {
    const queue = createFairQueue<string>()
    queue.add({ network: 'honest', since_ms: 0, work: 'an earlier login' }, 100)
    queue.take(0)
    const networks = Array.from({ length: 100 }, (_, i) => `flood-${i}`)
    const ask = () => networks.filter((network) => queue.add({ network, since_ms: 1, work: network }, 100)).length
    assert.equal(ask(), 0)
    for (let round = 0; round < 20; round++) assert.equal(ask(), 100)
    assert.notEqual(queue.add({ network: 'honest', since_ms: 2, work: 'honest' }, 100), 'honest')
    assert.equal(queue.take(3), 'honest')
  })

  test('gives up what is too old', () => {
    const queue = createFairQueue<string>()
    for (const since_ms of [5, 6, 7]) queue.add({ network: 'a', since_ms, work: String(since_ms) }, 3)
    assert.deepEqual(queue.takeOlder(7), ['5', '6'])
    assert.deepEqual(drain(queue), ['7'])
  })

  test('loses and repeats no work, and is never longer than its room', () => {
    const item = fc.record({ network: fc.constantFrom('a', 'b', 'c'), takes: fc.nat(2) })
    fc.assert(
      fc.property(fc.array(item, { maxLength: 60 }), fc.integer({ min: 1, max: 8 }), (items, room) => {
        const queue = createFairQueue<string>()
        const left: (string | undefined)[] = []
        for (const [i, { network, takes }] of items.entries()) {
          left.push(queue.add({ network, since_ms: i, work: `${i}` }, room))
          assert.ok(queue.size() <= room)
          for (let n = 0; n < takes; n++) left.push(queue.take(i))
        }
        left.push(...drain(queue, items.length))
        const numbers = left.filter((work) => work !== undefined).map(Number)
        assert.deepEqual(
          numbers.toSorted((a, b) => a - b),
          items.map((_, i) => i),
        )
      }),
    )
  })
})
