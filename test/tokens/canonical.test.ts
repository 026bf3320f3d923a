import assert from 'node:assert/strict'
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { hasLowS, isCanonicalJws, maxToken_chars, withLowS } from '../../src/tokens/canonical.ts'

const bytes = fc.uint8Array({ minLength: 1, maxLength: 80 })
const parts = fc.tuple(bytes, bytes, bytes).map((each) => each.map((part) => Buffer.from(part).toString('base64url')))

describe('the canonical form of a token', () => {
  test('is three parts in base64url', () => {
    fc.assert(fc.property(parts, (each) => isCanonicalJws(each.join('.'))))
  })

  test('is no other text that decodes to the same bytes', () => {
    const lastCharacter = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')
    fc.assert(
      fc.property(parts, fc.nat(2), lastCharacter, (each, at, last) => {
        const part = each[at] as string
        const other = part.slice(0, -1) + last
        fc.pre(other !== part && Buffer.from(other, 'base64url').equals(Buffer.from(part, 'base64url')))
        assert.equal(isCanonicalJws(each.with(at, other).join('.')), false)
      }),
    )
  })

  test('is the text that its decoded bytes encode to', () => {
    const character = fc.constantFrom(...'AQgwEIMUYcgkosw048Bb-_=+/. \n')
    const text = fc.array(character, { maxLength: 12 }).map((each) => each.join(''))
    fc.assert(
      fc.property(fc.tuple(text, text, text), (each) => {
        const canonical = each.every(
          (part) => part !== '' && Buffer.from(part, 'base64url').toString('base64url') === part,
        )
        assert.equal(isCanonicalJws(each.join('.')), canonical)
      }),
      { numRuns: 2000 },
    )
  })

  test('has two dots and no empty part', () => {
    for (const text of ['', '.', '..', 'QQ', 'QQ.QQ', 'QQ..QQ', '.QQ.QQ', 'QQ.QQ.', 'QQ.QQ.QQ.QQ'])
      assert.equal(isCanonicalJws(text), false)
    assert.equal(isCanonicalJws('QQ.QQ.QQ'), true)
  })

  test('has at most 8 KiB', () => {
    const ofLength = (length: number) => `QQ.QQ.${'A'.repeat(length - 6)}`
    assert.equal(maxToken_chars, 8192)
    assert.equal(isCanonicalJws(ofLength(8190)), true)
    assert.equal(isCanonicalJws(ofLength(8193)), false)
    assert.equal(isCanonicalJws(ofLength(8194)), false)
  })
})

describe('an ES256 signature', () => {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const
  const withS = (s: bigint) =>
    Buffer.concat([Buffer.alloc(32, 7), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')])

  test('has one low-S form, which verifies', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (message) => {
        const signature = sign('sha256', message, key)
        const low = withLowS(signature)
        assert.ok(hasLowS(low))
        assert.ok(verify('sha256', message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, low))
        assert.deepEqual(withLowS(low), low)
        assert.equal(hasLowS(signature), signature.equals(low))
      }),
    )
  })

  test('has a low S up to half of the order n, and the low form n − s above', () => {
    const half = order / 2n
    for (const s of [1n, 255n, half - 1n, half]) {
      assert.ok(hasLowS(withS(s)))
      assert.equal(hasLowS(withS(order - s)), false)
      assert.deepEqual(withLowS(withS(order - s)), withS(s))
    }
    assert.equal(hasLowS(withS(half + 1n)), false)
  })
})
