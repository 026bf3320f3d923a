import assert from 'node:assert/strict'
import { randomUUID, randomUUIDv7 } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  type Claims,
  type Expected,
  isEarly,
  isExpired,
  isUuid,
  readClaims,
  timeLeft,
} from '../../src/tokens/claims.ts'

const iss = 'https://issuer.example'
const expected: Expected = { issuer: iss, audience: ['https://api.example', 'reports'] }
const seconds = fc.integer({ min: 0, max: 4_000_000_000 })
const claims: fc.Arbitrary<Claims> = fc.record(
  {
    iss: fc.constant(iss),
    aud: fc.constantFrom(iss, 'reports', ['elsewhere', 'https://api.example'], [iss, 'elsewhere']),
    client_id: fc.constantFrom('latchkey', randomUUID()),
    sub: fc.uuid(),
    admin: fc.boolean(),
    jti: fc.uuid(),
    gen: fc.nat(),
    iat: seconds,
    exp: seconds,
    nbf: fc.double({ min: 0, max: 4e9, noNaN: true }),
  },
  { requiredKeys: ['iss', 'aud', 'client_id', 'sub', 'admin', 'jti', 'gen', 'iat', 'exp'] },
)
const minimal: Claims = { iss, sub: randomUUID(), admin: false, jti: randomUUIDv7(), gen: 0, iat: 0, exp: 0 }
const expiringAt = (exp: number): Claims => ({ ...minimal, exp })
const addressed = { ...minimal, aud: iss, client_id: 'latchkey' }

describe('claims', () => {
  test('are read as they were written, and other members of the payload are ignored', () => {
    const others = fc.object().filter((more) => !('nbf' in more))
    fc.assert(
      fc.property(claims, others, (written, more) => {
        assert.deepEqual(readClaims({ ...more, ...written }, expected), { ...written })
      }),
    )
  })

  test('are rejected if one is missing or has another type, or if the issuer or the audience differs', () => {
    const wrong = fc.oneof(
      fc.constant(undefined),
      fc.constant(null),
      fc.constant([]),
      fc.string(),
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 0.5),
      fc.array(fc.uuid()),
      fc.object(),
    )
    const names = ['sub', 'admin', 'jti', 'gen', 'iat', 'exp', 'iss', 'aud', 'client_id', 'nbf'] as const
    fc.assert(
      fc.property(claims, fc.constantFrom(...names), wrong, (written, name, value) => {
        fc.pre(!((name === 'gen' || name === 'nbf') && value === undefined))
        fc.pre(!(name === 'client_id' && typeof value === 'string' && value !== ''))
        fc.pre(!(name === 'nbf' && value === 0.5))
        assert.equal(readClaims({ ...written, [name]: value }, expected), undefined)
      }),
    )
  })

  test('have generation 0 if the payload has no generation, as in tokens of earlier versions', () => {
    fc.assert(
      fc.property(claims, ({ gen: _, ...written }) => {
        assert.equal(readClaims(written, expected)?.gen, 0)
      }),
    )
  })

  test('of earlier versions have neither aud nor client_id, and this issuer or the former default', () => {
    for (const former of [iss, 'latchkey']) {
      const written = { ...minimal, iss: former }
      assert.deepEqual(readClaims(written, expected), written)
      for (const more of [{ aud: iss }, { client_id: 'latchkey' }, { aud: null, client_id: null }]) {
        assert.equal(readClaims({ ...written, ...more }, expected), undefined, JSON.stringify(more))
      }
    }
    assert.equal(readClaims({ ...minimal, iss: 'https://other.example' }, expected), undefined)
  })

  test('name any address of a server as the issuer only if the operator has named none', () => {
    const here = 'http://127.0.0.1:5000'
    const named: Expected = { issuer: here, audience: [here] }
    for (const there of ['http://127.0.0.1:5001', 'http://[::1]:5000', 'http://node-2.internal:80']) {
      const written = { ...addressed, iss: there, aud: there }
      assert.deepEqual(readClaims(written, { ...named, any_address: true }), written)
      assert.equal(readClaims(written, named), undefined)
      assert.equal(readClaims({ ...written, iss: here }, named), undefined)
    }
    for (const other of ['https://127.0.0.1:5001', 'http://127.0.0.1', 'http://a@b:1', 'http://a:1/', 'latchkey', '']) {
      for (const written of [{ iss: other }, { aud: other, iss: here }]) {
        assert.equal(readClaims({ ...addressed, ...written }, { ...named, any_address: true }), undefined, other)
      }
    }
  })

  test('are rejected if the payload is empty or is not an object', () => {
    for (const payload of [null, undefined, 5, 'text', true, [], {}]) {
      assert.equal(readClaims(payload, expected), undefined)
    }
  })

  test('do not count before nbf', () => {
    fc.assert(
      fc.property(seconds, fc.integer({ min: -5000, max: 5000 }), (nbf, after_ms) => {
        assert.equal(isEarly({ ...minimal, nbf }, nbf * 1000 + after_ms), after_ms < 0)
      }),
    )
    assert.equal(isEarly(minimal, 0), false)
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
