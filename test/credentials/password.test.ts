import assert from 'node:assert/strict'
import { argon2Sync } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { hashPassword, isOutdated, makeDecoy, matchesPassword, passwordLength } from '../../src/credentials/password.ts'

const cheap = { memory_kib: 8, passes: 1 }
const password = fc.string({ unit: 'grapheme', maxLength: 40 })

/** Parses the PHC string format without the tested code: https://github.com/P-H-C/phc-string-format */
function readPhc(text: string) {
  const [, id, version, parameters, salt, tag] = text.split('$') as [string, string, string, string, string, string]
  const numbers = Object.fromEntries(parameters.split(',').map((each) => each.split('=')))
  return { id, version, numbers, salt: Buffer.from(salt, 'base64'), tag: Buffer.from(tag, 'base64') }
}

describe('a password hash', () => {
  test('matches the password it was made from, and no other', async () => {
    await fc.assert(
      fc.asyncProperty(password, password, async (one, other) => {
        const stored = await hashPassword(one, cheap)
        assert.ok(await matchesPassword(one, stored))
        assert.equal(await matchesPassword(other, stored), one.normalize('NFC') === other.normalize('NFC'))
      }),
    )
  })

  test('does not depend on the Unicode form of the password', async () => {
    await fc.assert(
      fc.asyncProperty(password, async (text) => {
        const stored = await hashPassword(text.normalize('NFD'), cheap)
        assert.ok(await matchesPassword(text.normalize('NFC'), stored))
      }),
    )
  })

  test('is argon2id version 19 with the given cost, one lane, 16 bytes of salt and 32 of tag', async () => {
    for (const cost of [cheap, { memory_kib: 64, passes: 3 }, { memory_kib: 19_456, passes: 2 }]) {
      const text = await hashPassword('some password', cost)
      assert.doesNotMatch(text, /=$|==/)
      const { id, version, numbers, salt, tag } = readPhc(text)
      assert.deepEqual([id, version], ['argon2id', 'v=19'])
      assert.deepEqual(numbers, { m: String(cost.memory_kib), t: String(cost.passes), p: '1' })
      assert.deepEqual([salt.length, tag.length], [16, 32])
      const parameters = {
        message: 'some password',
        nonce: salt,
        parallelism: 1,
        tagLength: 32,
        memory: cost.memory_kib,
        passes: cost.passes,
      }
      assert.deepEqual(argon2Sync('argon2id', parameters), tag)
    }
  })

  test('has its own salt', async () => {
    const hashes = await Promise.all(Array.from({ length: 20 }, () => hashPassword('same', cheap)))
    assert.equal(new Set(hashes.map((each) => readPhc(each).salt.toString('hex'))).size, 20)
  })

  test('is outdated if its parameters differ, higher or lower', async () => {
    const stored = await hashPassword('some password', { memory_kib: 16, passes: 2 })
    assert.equal(isOutdated(stored, { memory_kib: 16, passes: 2 }), false)
    for (const cost of [
      { memory_kib: 17, passes: 2 },
      { memory_kib: 8, passes: 2 },
      { memory_kib: 16, passes: 1 },
      { memory_kib: 16, passes: 3 },
    ]) {
      assert.equal(isOutdated(stored, cost), true)
    }
  })

  test('that is malformed throws an error that does not contain it', async () => {
    for (const stored of [
      '',
      'secret',
      '$2b$12$secretsecretsecret',
      '$argon2i$v=19$m=8,t=1,p=1$c2VjcmV0$c2VjcmV0',
      '$argon2id$v=16$m=8,t=1,p=1$c2VjcmV0$c2VjcmV0',
      '$argon2id$v=19$m=8,t=1,p=1$c2VjcmV0$c2VjcmV0 ',
    ]) {
      await assert.rejects(
        matchesPassword('some password', stored),
        (error: Error) => !/secret|c2VjcmV0/.test(error.message),
      )
    }
  })

  test('that is a decoy matches no password, and has the same cost', async () => {
    const decoy = makeDecoy(cheap)
    for (const text of ['', 'password', decoy]) assert.equal(await matchesPassword(text, decoy), false)
    assert.equal(isOutdated(decoy, cheap), false)
    assert.notEqual(makeDecoy(cheap), decoy)
  })
})

describe('the length of a password', () => {
  test('counts the code points of the NFC form', () => {
    const lengths: [text: string, characters: number][] = [
      ['', 0],
      ['abc', 3],
      ['🔑', 1],
      ['e\u0301', 1],
      ['é', 1],
      ['👨‍👩‍👧', 5],
      ['\u{1F1E6}\u{1F1F9}', 2],
      ['ﬁ', 1],
      ['\0\n', 2],
    ]
    for (const [text, characters] of lengths) assert.equal(passwordLength(text), characters, JSON.stringify(text))
  })

  test('is over the limit for a text too long to normalise', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1537, maxLength: 3000 }),
        (text) => passwordLength(text) > 256,
      ),
    )
    assert.ok(passwordLength('\u0301'.repeat(60_000)) > 256)
  })
})
