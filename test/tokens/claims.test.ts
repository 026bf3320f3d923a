import assert from 'node:assert/strict'
import { randomUUID, randomUUIDv7 } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type Claims, isExpired, isUuid, readClaims, timeLeft } from '../../src/tokens/claims.ts'

const iss = 'latchkey'
const seconds = fc.integer({ min: 0, max: 4_000_000_000 })
const claims: fc.Arbitrary<Claims> = fc.record({
  sub: fc.uuid(),
  admin: fc.boolean(),
  jti: fc.uuid(),
  iat: seconds,
  exp: seconds,
})
const expiringAt = (exp: number): Claims => ({ sub: randomUUID(), admin: false, jti: randomUUIDv7(), iat: 0, exp })

describe('claims', () => {
  test('are read as they were written, whatever else the payload contains', () => {
    fc.assert(
      fc.property(claims, fc.object(), (written, more) => {
        assert.deepEqual(readClaims({ ...more, ...written, iss }, iss), { ...written })
      }),
    )
  })

  test('are rejected if one is missing or has another type, or if the issuer differs', () => {
    const wrong = fc.oneof(
      fc.constant(undefined),
      fc.constant(null),
      fc.string(),
      fc.double(),
      fc.array(fc.uuid()),
      fc.object(),
    )
    fc.assert(
      fc.property(
        claims,
        fc.constantFrom('sub', 'admin', 'jti', 'iat', 'exp', 'iss'),
        wrong,
        (written, name, value) => {
          fc.pre(!(name === 'iss' && value === iss) && !Number.isSafeInteger(value))
          assert.equal(readClaims({ ...written, iss, [name]: value }, iss), undefined)
        },
      ),
    )
  })

  test('are rejected if the payload is empty or is not an object', () => {
    for (const payload of [null, undefined, 5, 'text', true, [], {}]) assert.equal(readClaims(payload, iss), undefined)
  })
})

describe('an id', () => {
  test('is a UUID in lower case with hyphens', () => {
    for (const id of [randomUUID(), randomUUIDv7()]) {
      assert.equal(isUuid(id), true)
      for (const other of [
        id.toUpperCase(),
        id.replaceAll('-', ''),
        ` ${id}`,
        `${id}\n`,
        `{${id}}`,
        id.slice(1),
        [id],
        null,
        5,
      ]) {
        assert.equal(isUuid(other), false)
      }
    }
    assert.equal(isUuid('00000000-0000-0000-0000-000000000000'), false)
  })
})

describe('the lifetime of a token', () => {
  test('ends at the instant of exp', () => {
    fc.assert(
      fc.property(seconds, fc.integer({ min: -5000, max: 5000 }), (exp, after_ms) => {
        assert.equal(isExpired(expiringAt(exp), exp * 1000 + after_ms), after_ms >= 0)
      }),
    )
  })

  test('is shown as the seconds until exp, rounded up', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40_000_000 }), fc.nat(999), (left_s, before_ms) => {
        const exp = 2_000_000_000
        const text = timeLeft(expiringAt(exp), (exp - left_s) * 1000 + (left_s > 0 ? before_ms : 0))
        assert.match(text, /^\d{2,}:[0-5]\d:[0-5]\d$/)
        const [hours, minutes, rest] = text.split(':').map(Number) as [number, number, number]
        assert.equal(hours * 3600 + minutes * 60 + rest, left_s)
      }),
    )
  })

  test('is shown with two digits each, and more for the hours if needed', () => {
    const texts: [left_s: number, text: string][] = [
      [0, '00:00:00'],
      [1, '00:00:01'],
      [882, '00:14:42'],
      [3600, '01:00:00'],
      [359_999, '99:59:59'],
      [360_000, '100:00:00'],
      [2_592_000, '720:00:00'],
    ]
    for (const [left_s, text] of texts) assert.equal(timeLeft(expiringAt(left_s), 0), text)
    assert.equal(timeLeft(expiringAt(1), 5000), '00:00:00')
  })
})
