import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createUsage } from '../../src/tokens/usage.ts'

describe('the last uses of tokens', () => {
  test('hold the latest time of each token, and are taken once', () => {
    const usage = createUsage()
    usage.touch('one', 1)
    usage.touch('other', 2)
    usage.touch('one', 3)
    assert.equal(usage.get('one'), 3)
    assert.equal(usage.get('unknown'), undefined)
    assert.deepEqual(Object.fromEntries(usage.take()), { one: 3, other: 2 })
    assert.deepEqual(usage.take(), [])
  })

  test('hold at most 100,000 tokens between two writes, and recorded tokens are still updated', () => {
    const usage = createUsage()
    for (let i = 0; i < 100_001; i++) usage.touch(`token ${i}`, 1)
    usage.touch('token 5', 2)
    assert.equal(usage.get('token 99999'), 1)
    assert.equal(usage.get('token 100000'), undefined)
    assert.equal(usage.get('token 5'), 2)
    assert.equal(usage.take().length, 100_000)
    usage.touch('token 100000', 3)
    assert.equal(usage.get('token 100000'), 3)
  })
})
