import assert from 'node:assert/strict'
import { randomUUID, randomUUIDv7 } from 'node:crypto'
import { describe, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { createRevokedSet } from '../../../src/revocation/check/revoked-set.ts'
import type { Entry } from '../../../src/revocation/entry.ts'

const minute_ms = 60_000
setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** Collects twice. Buffers are swept by another thread, and the second collection waits for the first sweep. */
function collectGarbage(): void {
  collect()
  collect()
}

/** UUIDs that differ in few digits, so that many of them collide in the table. */
const crowdedUuid = fc
  .record({ time: fc.nat(3), version: fc.integer({ min: 1, max: 8 }), tail: fc.nat(40) })
  .map(
    ({ time, version, tail }) =>
      `0000000${time}-0000-${version}000-8000-0000000000${tail.toString(16).padStart(2, '0')}`,
  )
const uuid = fc.oneof(crowdedUuid, fc.uuid({ version: [1, 4, 7] }))
const instant = fc.oneof(
  fc.integer({ min: 0, max: 5 * minute_ms }),
  fc.nat(5).map((minutes) => minutes * minute_ms),
)

type Operation = { kind: 'add'; entry: Entry } | { kind: 'drop'; now: number } | { kind: 'has'; entry: Entry }
const entry = fc.record({ jti: uuid, expires_at: instant })
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: entry.map((each): Operation => ({ kind: 'add', entry: each })) },
  { weight: 2, arbitrary: entry.map((each): Operation => ({ kind: 'has', entry: each })) },
  { weight: 1, arbitrary: instant.map((now): Operation => ({ kind: 'drop', now })) },
)

const minuteOf = (instant_ms: number) => Math.floor(instant_ms / minute_ms)

/** The expected content: entries by minute and id, and every token that expires before `horizon` (in minutes). */
interface Model {
  entries: Set<string>
  horizon: number
}

const modelKey = ({ jti, expires_at }: Entry) => `${minuteOf(expires_at)} ${jti}`

function drop(model: Model, now: number): void {
  model.horizon = Math.max(model.horizon, minuteOf(now))
  for (const each of model.entries) if (Number(each.split(' ', 1)[0]) < model.horizon) model.entries.delete(each)
}

function modelHas({ entries, horizon }: Model, entry: Entry): boolean {
  return minuteOf(entry.expires_at) < horizon || entries.has(modelKey(entry))
}

describe('the set of revoked tokens', () => {
  test('behaves like a plain set for every sequence of operations', () => {
    const property = fc.property(fc.array(operation, { maxLength: 300, size: 'max' }), (operations) => {
      const set = createRevokedSet()
      const model: Model = { entries: new Set(), horizon: Number.NEGATIVE_INFINITY }
      for (const each of operations) {
        if (each.kind === 'drop') {
          set.dropExpired(each.now)
          drop(model, each.now)
        } else {
          if (each.kind === 'add') {
            set.add(each.entry)
            model.entries.add(modelKey(each.entry))
          }
          assert.equal(set.has(each.entry.jti, each.entry.expires_at), modelHas(model, each.entry))
        }
        assert.equal(set.size(), model.entries.size)
      }
    })
    fc.assert(property, { numRuns: 200 })
  })

  test('keeps an entry until it has expired, and at most one minute longer', () => {
    fc.assert(
      fc.property(entry, fc.nat(10 * minute_ms), ({ jti, expires_at }, now) => {
        const set = createRevokedSet()
        set.add({ jti, expires_at })
        set.dropExpired(now)
        assert.ok(set.has(jti, expires_at))
        if (now < expires_at) assert.equal(set.size(), 1)
        if (now >= expires_at + minute_ms) assert.equal(set.size(), 0)
      }),
    )
  })

  test('distinguishes ids that differ in one digit', () => {
    fc.assert(
      fc.property(uuid, fc.nat(35), fc.nat(14), (jti, at, by) => {
        fc.pre(jti[at] !== '-' && at !== 14)
        const digit = ((Number.parseInt(jti[at] as string, 16) + 1 + by) % 16).toString(16)
        const other = jti.slice(0, at) + digit + jti.slice(at + 1)
        const set = createRevokedSet()
        set.add({ jti, expires_at: 0 })
        assert.equal(set.has(other, 0), false)
        set.add({ jti: other, expires_at: 0 })
        assert.equal(set.size(), 2)
      }),
    )
  })

  test('ignores the case of ids', () => {
    const set = createRevokedSet()
    const jti = randomUUID()
    set.add({ jti: jti.toUpperCase(), expires_at: 0 })
    assert.ok(set.has(jti, 0))
  })

  test('finds every entry while the table grows, and nothing that was never added', () => {
    const set = createRevokedSet()
    const ids = Array.from({ length: 20_000 }, () => randomUUIDv7())
    for (const [i, jti] of ids.entries()) {
      set.add({ jti, expires_at: 0 })
      assert.equal(set.size(), i + 1)
      assert.ok(set.has(ids[i >> 1] as string, 0))
    }
    for (const jti of ids) assert.ok(set.has(jti, 0))
    for (let i = 0; i < 20_000; i++) assert.equal(set.has(randomUUIDv7(), 0), false)
    for (const jti of ids) set.add({ jti, expires_at: 0 })
    assert.equal(set.size(), ids.length)
  })

  test('keeps entries of different minutes apart, and drops one minute at a time', () => {
    const set = createRevokedSet()
    const jti = randomUUIDv7()
    const other = randomUUIDv7()
    const minutes = Array.from({ length: 1000 }, (_, i) => i * minute_ms + (i % 7) * 1000)
    for (const expires_at of minutes) set.add({ jti, expires_at })
    assert.equal(set.size(), 1000)
    for (const [i, expires_at] of minutes.entries()) {
      set.dropExpired((i + 1) * minute_ms - 1)
      assert.equal(set.size(), 1000 - i)
      assert.deepEqual([set.has(jti, expires_at), set.has(other, expires_at)], [true, false])
      set.dropExpired((i + 1) * minute_ms)
      assert.equal(set.size(), 999 - i)
    }
  })

  test('counts every token of a dropped minute as revoked, even if the clock is set back', () => {
    const set = createRevokedSet()
    set.dropExpired(10 * minute_ms)
    for (const now of [10 * minute_ms, 0, 5 * minute_ms]) {
      set.dropExpired(now)
      assert.equal(set.has(randomUUIDv7(), 10 * minute_ms - 1), true)
      assert.equal(set.has(randomUUIDv7(), 10 * minute_ms), false)
    }
  })

  for (const [entries, minutes, when] of [
    [1_000_000, 1, 'that expire within one minute'],
    [1_000_000, 15, 'that expire within a quarter of an hour'],
    [700_000, 1, 'just after the table has grown'],
  ] as const) {
    test(`uses less than 100 bytes per entry: ${entries} ${when}`, () => {
      collectGarbage()
      const before = process.memoryUsage().arrayBuffers
      const set = createRevokedSet()
      // randomUUIDv7 would add its pool of random bytes to the measurement.
      for (let i = 0; i < entries; i++) {
        const tail = ((i * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, '0')
        set.add({ jti: `01973b32-1c1f-7d2e-8a43-1d5f${tail}`, expires_at: (i % minutes) * minute_ms })
      }
      assert.equal(set.size(), entries)
      // Tables that growth has replaced are garbage and do not count.
      collectGarbage()
      const held = process.memoryUsage().arrayBuffers - before
      assert.ok(held > 16 * entries && held < 100 * entries, `${held / entries} bytes an entry`)
      assert.ok(set.has('01973b32-1c1f-7d2e-8a43-1d5f00000000', 0))
    })
  }
})
