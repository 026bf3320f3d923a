import assert from 'node:assert/strict'
import { argon2Sync } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { hashPassword, isOutdated, makeDecoy, matchesPassword, passwordLength } from '../../src/credentials/password.ts'

const cheap = { memory_kib: 8, passes: 1 }
const password = fc.string({ unit: 'grapheme', maxLength: 40 })

/** The PHC string format, read anew: https://github.com/P-H-C/phc-string-format */
function readPhc(text: string) {
  const [, id, version, parameters, salt, tag] = text.split('$') as [string, string, string, string, string, string]
  const numbers = Object.fromEntries(parameters.split(',').map((each) => each.split('=')))
  return { id, version, numbers, salt: Buffer.from(salt, 'base64'), tag: Buffer.from(tag, 'base64') }
}

describe('a password hash', () => {
  test('matches the password that it was made of, and no other', async () => {
    await fc.assert(
      fc.asyncProperty(password, password, async (one, other) => {
        const stored = await hashPassword(one, cheap)
        assert.ok(await matchesPassword(one, stored))
        assert.equal(await matchesPassword(other, stored), one.normalize('NFC') === other.normalize('NFC'))
      }),
    )
  })

  test('matches in any form that NFC makes the same', async () => {
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

  test('has a salt of its own', async () => {
    const hashes = await Promise.all(Array.from({ length: 20 }, () => hashPassword('same', cheap)))
    assert.equal(new Set(hashes.map((each) => readPhc(each).salt.toString('hex'))).size, 20)
  })

  test('is outdated when its parameters are others, higher or lower', async () => {
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

  test('that is none is an error that does not repeat it', async () => {
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

  test('for nobody matches nothing, and costs the same', async () => {
    const decoy = makeDecoy(cheap)
    for (const text of ['', 'password', decoy]) assert.equal(await matchesPassword(text, decoy), false)
    assert.equal(isOutdated(decoy, cheap), false)
    assert.notEqual(makeDecoy(cheap), decoy)
  })
})

describe('the length of a password', () => {
  test('counts characters of the form that is hashed', () => {
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

  test('of a text too long for any form is over the limit', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1537, maxLength: 3000 }),
        (text) => passwordLength(text) > 256,
      ),
    )
    assert.ok(passwordLength('\u0301'.repeat(60_000)) > 256)
  })
})
