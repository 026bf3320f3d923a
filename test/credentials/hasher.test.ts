import assert from 'node:assert/strict'
import { createHook } from 'node:async_hooks'
import { describe, test } from 'node:test'
import { hashSync } from 'bcryptjs'
import { storeImported } from '../../src/credentials/imported-password.ts'
import { createHasher } from '../../src/credentials/io/hasher.ts'
import { hashPassword } from '../../src/credentials/password.ts'
import { Refusal } from '../../src/refusal.ts'

const cheap = { memory_kib: 8, passes: 1 }

describe('the hasher', () => {
  test('verifies the right password, and no password if there is no hash', async () => {
    const { hash, verify } = createHasher(cheap, 1)
    const stored = await hash('a password')
    assert.equal(await verify('a password', stored), true)
    assert.equal(await verify('another one', stored), false)
    assert.equal(await verify('a password', undefined), false)
  })

  test('does the same work if there is no hash', async () => {
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

  test('never runs more hashes than its concurrency, and runs every waiting hash', async () => {
    for (const concurrency of [1, 2, 3]) {
      const hasher = createHasher(cheap, concurrency)
      let maxRunning = 0
      const observe = () => {
        maxRunning = Math.max(maxRunning, hasher.running())
      }
      const hashes = Array.from({ length: 30 }, () => hasher.hash('a password').finally(observe))
      await Promise.resolve()
      observe()
      assert.equal(hasher.running() + hasher.waiting(), 30)
      assert.equal(new Set(await Promise.all(hashes)).size, 30)
      assert.equal(maxRunning, concurrency)
      assert.deepEqual([hasher.running(), hasher.waiting()], [0, 0])
    }
  })

  test('compares bcrypt in as many threads as it may run hashes, and never on the main thread', async () => {
    const hasher = createHasher(cheap, 2)
    const stored = storeImported(hashSync('a password', 4))
    let threads = 0
    const hook = createHook({ init: (_id, type) => void (type === 'WORKER' && threads++) }).enable()
    const passwords = Array.from({ length: 12 }, (_, i) => (i % 3 === 0 ? 'a password' : 'another one'))
    const all = passwords.map((password) => hasher.verify(password, stored))
    await Promise.resolve()
    assert.deepEqual([hasher.running(), hasher.waiting()], [2, 10])
    assert.deepEqual(
      await Promise.all(all),
      passwords.map((password) => password === 'a password'),
    )
    hook.disable()
    assert.equal(threads, 2)
    assert.equal(hasher.isOutdated(stored), true)
  })

  test('does the work of a native hash for an imported hash that it does not accept', async () => {
    const hasher = createHasher(cheap, 1)
    let hashes = 0
    const hook = createHook({ init: (_id, type) => void (type === 'ARGON2REQUEST' && hashes++) }).enable()
    for (const text of ['', 'unknown', `$2b$31$${'a'.repeat(53)}`])
      assert.equal(await hasher.verify('a password', storeImported(text)), false)
    hook.disable()
    assert.equal(hashes, 3)
  })

  /** Asks for many cheap verifications. The cost that the hasher assumes may be another. Returns how many the hasher accepted. */
  const storm = async (hasher: ReturnType<typeof createHasher>, attempts: number) => {
    const stored = await hashPassword('a password', cheap)
    const all = Array.from({ length: attempts }, async () => hasher.verify('a password', stored))
    const outcomes = await Promise.allSettled(all)
    const refused = outcomes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[]
    return { accepted: attempts - refused.length, refusals: refused.map(({ reason }) => reason) }
  }

  for (const { cost, concurrency, expected } of [
    { cost: { memory_kib: 19_456, passes: 2 }, concurrency: 1, expected: 81 },
    { cost: { memory_kib: 19_456, passes: 2 }, concurrency: 3, expected: 241 },
    { cost: { memory_kib: 131_072, passes: 4 }, concurrency: 1, expected: 6 },
    { cost: { memory_kib: 4_194_304, passes: 100 }, concurrency: 1, expected: 2 },
    { cost: { memory_kib: 4_194_304, passes: 100 }, concurrency: 3, expected: 6 },
  ]) {
    test(`accepts ${expected} hashes of ${JSON.stringify(cost)} with concurrency ${concurrency} before its first measurement`, async () => {
      const hasher = createHasher(cost, concurrency)
      const { accepted, refusals } = await storm(hasher, 300)
      assert.equal(accepted, expected)
      for (const refusal of refusals) {
        assert.ok(refusal instanceof Refusal)
        assert.equal(refusal.code, 'hashing_busy')
        assert.ok((refusal.detail.retry_after_s as number) >= 9)
      }
      assert.deepEqual([hasher.running(), hasher.waiting()], [0, 0])
    })
  }

  test('measures how long a hash takes, and accepts more if hashes are fast', async () => {
    const hasher = createHasher({ memory_kib: 131_072, passes: 4 }, 1)
    assert.equal((await storm(hasher, 20)).accepted, 6)
    for (let i = 0; i < 30; i++) await storm(hasher, 1)
    assert.equal((await storm(hasher, 20)).accepted, 20)
  })
})
