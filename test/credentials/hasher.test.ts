import assert from 'node:assert/strict'
import { createHook } from 'node:async_hooks'
import { describe, test } from 'node:test'
import { createHasher } from '../../src/credentials/io/hasher.ts'
import { hashPassword } from '../../src/credentials/password.ts'
import { Refusal } from '../../src/refusal.ts'

const cheap = { memory_kib: 8, passes: 1 }

describe('the hasher', () => {
  test('knows a password again, and nobody by no hash', async () => {
    const { hash, verify } = createHasher(cheap, 1)
    const stored = await hash('a password')
    assert.equal(await verify('a password', stored), true)
    assert.equal(await verify('another one', stored), false)
    assert.equal(await verify('a password', undefined), false)
  })

  test('does as much work where there is no hash', async () => {
    const hasher = createHasher({ memory_kib: 16, passes: 3 }, 1)
    const stored = await hasher.hash('a password')
    let hashes = 0
    const hook = createHook({ init: (_id, type) => void (type === 'ARGON2REQUEST' && hashes++) }).enable()
    await hasher.verify('a password', undefined)
    assert.equal(hashes, 1)
    await hasher.verify('a password', stored)
    hook.disable()
    assert.equal(hashes, 2)
  })

  test('never has more hashes running than it may, and does all that wait', async () => {
    for (const concurrency of [1, 2, 3]) {
      const hasher = createHasher(cheap, concurrency)
      let most = 0
      const look = () => {
        most = Math.max(most, hasher.running())
      }
      const hashes = Array.from({ length: 30 }, () => hasher.hash('a password').finally(look))
      await Promise.resolve()
      look()
      assert.equal(hasher.running() + hasher.waiting(), 30)
      assert.equal(new Set(await Promise.all(hashes)).size, 30)
      assert.equal(most, concurrency)
      assert.deepEqual([hasher.running(), hasher.waiting()], [0, 0])
    }
  })

  /** Asks for hashes that cost next to nothing, whatever the hasher reckons with, and says how many it took. */
  const storm = async (hasher: ReturnType<typeof createHasher>, attempts: number) => {
    const stored = await hashPassword('a password', cheap)
    const all = Array.from({ length: attempts }, async () => hasher.verify('a password', stored))
    const outcomes = await Promise.allSettled(all)
    const refused = outcomes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[]
    return { taken: attempts - refused.length, refusals: refused.map(({ reason }) => reason) }
  }

  for (const { cost, concurrency, takes } of [
    { cost: { memory_kib: 19_456, passes: 2 }, concurrency: 1, takes: 81 },
    { cost: { memory_kib: 19_456, passes: 2 }, concurrency: 3, takes: 241 },
    { cost: { memory_kib: 131_072, passes: 4 }, concurrency: 1, takes: 6 },
    { cost: { memory_kib: 4_194_304, passes: 100 }, concurrency: 1, takes: 2 },
    { cost: { memory_kib: 4_194_304, passes: 100 }, concurrency: 3, takes: 6 },
  ]) {
    test(`takes as many as it can begin within some seconds: ${takes} of ${JSON.stringify(cost)}, ${concurrency} at once, before it has seen one`, async () => {
      const hasher = createHasher(cost, concurrency)
      const { taken, refusals } = await storm(hasher, 300)
      assert.equal(taken, takes)
      for (const refusal of refusals) {
        assert.ok(refusal instanceof Refusal)
        assert.equal(refusal.code, 'hashing_busy')
        assert.ok((refusal.detail.retry_after_s as number) >= 9)
      }
      assert.deepEqual([hasher.running(), hasher.waiting()], [0, 0])
    })
  }

  test('learns how long a hash takes: it takes more when they are quick', async () => {
    const hasher = createHasher({ memory_kib: 131_072, passes: 4 }, 1)
    assert.equal((await storm(hasher, 20)).taken, 6)
    for (let i = 0; i < 30; i++) await storm(hasher, 1)
    assert.equal((await storm(hasher, 20)).taken, 20)
  })
})
