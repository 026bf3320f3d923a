import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from 'otpauth'
import { findStep } from '../../src/credentials/totp.ts'

test('codes are those of RFC 6238, Appendix B, with six digits', () => {
  const secret = Secret.fromLatin1('12345678901234567890').base32
  const vectors: [at_s: number, code: string][] = [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ]
  for (const [at_s, code] of vectors) {
    const step = Math.floor(at_s / 30)
    assert.equal(findStep(secret, code, at_s * 1000), step)
    assert.equal(findStep(secret, `${code.slice(0, 3)} ${code.slice(3)}`, at_s * 1000), step)
    // One step of drift, and no more.
    for (const drift_s of [-30, 30]) assert.equal(findStep(secret, code, (at_s + drift_s) * 1000), step)
    for (const drift_s of [-60, 60]) assert.equal(findStep(secret, code, (at_s + drift_s) * 1000), undefined)
  }
})
