import assert from 'node:assert/strict'
import { createHook } from 'node:async_hooks'
import { describe, test } from 'node:test'
import { createHasher } from '../../src/accounts/hasher.ts'
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

  test('refuses what would wait for more than some seconds, says for how long, and takes more when it has caught up', async () => {
    const hasher = createHasher(cheap, 1)
    // Before it has seen a hash it reckons with 50 ms each: 8 s are 160 of them, beside the one that runs.
    const outcomes = await Promise.allSettled(Array.from({ length: 200 }, () => hasher.hash('a password')))
    const refused = outcomes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[]
    assert.equal(outcomes.length - refused.length, 162)
    for (const { reason } of refused) {
      assert.ok(reason instanceof Refusal)
      assert.equal(reason.code, 'hashing_busy')
      assert.equal(reason.detail.retry_after_s, 9)
    }
    assert.equal(await hasher.verify('a password', await hasher.hash('a password')), true)
  })
})
