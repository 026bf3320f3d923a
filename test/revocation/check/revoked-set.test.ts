import assert from 'node:assert/strict'
import { randomUUID, randomUUIDv7 } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createRevokedSet } from '../../../src/revocation/check/revoked-set.ts'
import { type Entry, horizonEntry, type TokenClaims } from '../../../src/revocation/entry.ts'
import { collectGarbage } from '../../support/memory.ts'

const minute_ms = 60_000

/** UUIDs that differ in few digits, so that many of them collide in the table. */
const crowdedUuid = fc
  .record({ time: fc.nat(3), version: fc.integer({ min: 1, max: 8 }), tail: fc.nat(40) })
  .map(
    ({ time, version, tail }) =>
      `0000000${time}-0000-${version}000-8000-0000000000${tail.toString(16).padStart(2, '0')}`,
  )
const uuid = fc.oneof(crowdedUuid, fc.uuid({ version: [1, 4, 7] }))
/** In milliseconds since 1970, in whole seconds as the claims have it. */
const instant = fc.nat(300).map((seconds) => seconds * 1000)

type Operation =
  | { kind: 'add'; entry: Entry }
  | { kind: 'raise'; to: number }
  | { kind: 'end'; user: Entry & { below_generation: number } }
  | { kind: 'has'; claims: TokenClaims }
const entry = fc.record({ jti: uuid, expires_at: instant })
const userId = fc.nat(3).map((number) => `user ${number}`)
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: entry.map((each): Operation => ({ kind: 'add', entry: each })) },
  { weight: 1, arbitrary: instant.map((to): Operation => ({ kind: 'raise', to })) },
  {
    weight: 1,
    arbitrary: fc
      .record({ jti: userId, expires_at: instant, below_generation: fc.nat(4) })
      .map((user): Operation => ({ kind: 'end', user })),
  },
  {
    weight: 3,
    arbitrary: fc
      .record({ jti: uuid, sub: userId, gen: fc.nat(4), exp: fc.nat(300) })
      .map((claims): Operation => ({ kind: 'has', claims })),
  },
)

/** The claims of a token that only its own entry ends. */
const claimsOf = (jti: string, expires_at: number): TokenClaims => ({
  jti,
  sub: 'another user',
  gen: 0,
  exp: expires_at / 1000,
})
const minuteOf = (instant_ms: number) => Math.floor(instant_ms / minute_ms)
const modelKey = ({ jti, expires_at }: Entry) => `${minuteOf(expires_at)} ${jti}`

/** What has been applied. Nothing is dropped, because the horizon ends all that the real set drops. */
interface Model {
  tokens: Set<string>
  users: Map<string, number>
  horizon: number
}

function apply(model: Model, each: Operation): void {
  const { tokens, users, horizon } = model
  if (each.kind === 'add' && each.entry.expires_at > horizon) tokens.add(modelKey(each.entry))
  if (each.kind === 'raise') model.horizon = Math.max(horizon, each.to)
  if (each.kind === 'end') {
    const { jti, below_generation } = each.user
    users.set(jti, Math.max(users.get(jti) ?? 0, below_generation))
  }
}

function modelHas({ tokens, users, horizon }: Model, { jti, sub, gen, exp }: TokenClaims): boolean {
  const expires_at = exp * 1000
  return expires_at <= horizon || tokens.has(modelKey({ jti, expires_at })) || gen < (users.get(sub) ?? 0)
}

describe('the set of revoked tokens', () => {
  test('behaves like a plain set for every sequence of operations', () => {
    const property = fc.property(fc.array(operation, { maxLength: 300, size: 'max' }), (operations) => {
      const set = createRevokedSet()
      const model: Model = { tokens: new Set(), users: new Map(), horizon: Number.NEGATIVE_INFINITY }
      // The log says of each user until when the last token lives, so an entry never ends before a token that it ends.
      const lastExpiry = Math.max(0, ...operations.map((each) => (each.kind === 'has' ? each.claims.exp * 1000 : 0)))
      for (const each of operations) {
        apply(model, each)
        if (each.kind === 'add') set.add(each.entry)
        if (each.kind === 'raise') set.add(horizonEntry(each.to))
        if (each.kind === 'end') set.add({ ...each.user, expires_at: lastExpiry })
        if (each.kind === 'has') assert.equal(set.has(each.claims), modelHas(model, each.claims))
      }
    })
    fc.assert(property, { numRuns: 300 })
  })

  test('keeps an entry until the horizon has passed it, and at most one minute longer', () => {
    fc.assert(
      fc.property(entry, fc.nat(10 * minute_ms), ({ jti, expires_at }, horizon) => {
        const set = createRevokedSet()
        set.add({ jti, expires_at })
        set.add(horizonEntry(horizon))
        assert.ok(set.has(claimsOf(jti, expires_at)))
        if (horizon < expires_at) assert.equal(set.size(), 1)
        if (horizon >= expires_at + minute_ms) assert.equal(set.size(), 0)
      }),
    )
  })

  test('keeps the highest generation of a user until the horizon has passed the last token', () => {
    const set = createRevokedSet()
    const token = (gen: number, exp = 60) => set.has({ jti: randomUUID(), sub: 'u', gen, exp })
    set.add({ jti: 'u', expires_at: 60_000, below_generation: 2 })
    set.add({ jti: 'u', expires_at: 50_000, below_generation: 1 })
    assert.deepEqual([token(0), token(1), token(2)], [true, true, false])
    assert.equal(set.has({ jti: randomUUID(), sub: 'v', gen: 0, exp: 60 }), false)
    set.add(horizonEntry(59_999))
    assert.deepEqual([token(1), set.size()], [true, 1])
    set.add(horizonEntry(60_000))
    assert.deepEqual([token(2), token(2, 61), set.size()], [true, false, 0])
  })

  test('distinguishes ids that differ in one digit', () => {
    fc.assert(
      fc.property(uuid, fc.nat(35), fc.nat(14), (jti, at, by) => {
        fc.pre(jti[at] !== '-' && at !== 14)
        const digit = ((Number.parseInt(jti[at] as string, 16) + 1 + by) % 16).toString(16)
        const other = jti.slice(0, at) + digit + jti.slice(at + 1)
        const set = createRevokedSet()
        set.add({ jti, expires_at: 0 })
        assert.equal(set.has(claimsOf(other, 0)), false)
        set.add({ jti: other, expires_at: 0 })
        assert.equal(set.size(), 2)
      }),
    )
  })

  test('ignores the case of ids', () => {
    const set = createRevokedSet()
    const jti = randomUUID()
    set.add({ jti: jti.toUpperCase(), expires_at: 0 })
    assert.ok(set.has(claimsOf(jti, 0)))
  })

  test('finds every entry while the table grows, and nothing that was never added', () => {
    const set = createRevokedSet()
    const ids = Array.from({ length: 20_000 }, () => randomUUIDv7())
    for (const [i, jti] of ids.entries()) {
      set.add({ jti, expires_at: 0 })
      assert.equal(set.size(), i + 1)
      assert.ok(set.has(claimsOf(ids[i >> 1] as string, 0)))
    }
    for (const jti of ids) assert.ok(set.has(claimsOf(jti, 0)))
    for (let i = 0; i < 20_000; i++) assert.equal(set.has(claimsOf(randomUUIDv7(), 0)), false)
    for (const jti of ids) set.add({ jti, expires_at: 0 })
    assert.equal(set.size(), ids.length)
  })

  test('keeps entries of different minutes apart, and drops one minute at a time', () => {
    const set = createRevokedSet()
    const jti = randomUUIDv7()
    const other = randomUUIDv7()
    const minutes = Array.from({ length: 1000 }, (_, i) => i * minute_ms + (i % 7) * 1000 + 1000)
    for (const expires_at of minutes) set.add({ jti, expires_at })
    assert.equal(set.size(), 1000)
    for (const [i, expires_at] of minutes.entries()) {
      set.add(horizonEntry(expires_at - 1))
      assert.equal(set.size(), 1000 - i)
      assert.deepEqual([set.has(claimsOf(jti, expires_at)), set.has(claimsOf(other, expires_at))], [true, false])
      set.add(horizonEntry((i + 1) * minute_ms))
      assert.equal(set.size(), 999 - i)
    }
  })

  test('counts every token up to the horizon as revoked, and never lowers the horizon', () => {
    const set = createRevokedSet()
    for (const to of [10 * minute_ms, 0, 5 * minute_ms]) {
      set.add(horizonEntry(to))
      assert.equal(set.horizon(), 10 * minute_ms)
      assert.equal(set.has(claimsOf(randomUUIDv7(), 10 * minute_ms)), true)
      assert.equal(set.has(claimsOf(randomUUIDv7(), 10 * minute_ms + 1000)), false)
    }
    set.add({ jti: randomUUIDv7(), expires_at: minute_ms })
    assert.equal(set.size(), 0, 'an entry below the horizon is not kept')
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
      assert.ok(set.has(claimsOf('01973b32-1c1f-7d2e-8a43-1d5f00000000', 0)))
    })
  }
})
