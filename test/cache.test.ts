import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGenerations } from '../src/cache.ts'

test('holds at most twice the limit, and loses what is not in use', () => {
  const cache = createGenerations<number>(100)
  cache.set('in use', -1)
  for (let i = 0; i < 10_000; i++) {
    cache.set(`${i}`, i)
    assert.equal(cache.get('in use'), -1)
  }
  const held = Array.from({ length: 10_000 }, (_, i) => i).filter((i) => cache.get(`${i}`) !== undefined)
  assert.ok(held.length >= 99 && held.length <= 199, `${held.length}`)
  assert.ok(held.includes(9_999))
  cache.clear()
  assert.equal(cache.get('in use'), undefined)
  assert.equal(cache.get('9999'), undefined)
})
