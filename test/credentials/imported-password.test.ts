import assert from 'node:assert/strict'
import { pbkdf2Sync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { hashPassword } from 'better-auth/crypto'
import fc from 'fast-check'
import { type ImportedHash, readImportedHash } from '../../src/credentials/imported-hash.ts'
import { isImported, matchesImported, readStored, storeImported } from '../../src/credentials/imported-password.ts'
import { createBcrypt } from '../../src/credentials/io/bcrypt.ts'

interface Vector {
  name: string
  hash: string
  password: string
}

/** Made by bcrypt 5.0, argon2-cffi 25.1, Passlib 1.7.4, Django 5.2 and Werkzeug 3.1 in Python, with low costs. */
const vectors: Vector[] = JSON.parse(readFileSync(join(import.meta.dirname, 'imported-hashes.json'), 'utf8'))

const compareBcrypt = createBcrypt()

function read(text: string): ImportedHash {
  const hash = readImportedHash(text)
  if (typeof hash === 'string') throw new Error(`${text} ${hash}`)
  return hash
}

function why(text: string): string {
  const hash = readImportedHash(text)
  if (typeof hash !== 'string') throw new Error(`${text} is accepted`)
  return hash
}

const matches = (password: string, text: string) => matchesImported(password, read(text), compareBcrypt)

describe('a hash of another system', () => {
  for (const { name, hash, password } of vectors) {
    test(`matches its password and no other: ${name}`, async () => {
      assert.equal(await matches(password, hash), true)
      for (const other of [`x${password}`, password.slice(1), '', password.toUpperCase()])
        assert.equal(await matches(other, hash), false, other)
    })
  }

  test('matches its password and no other: Better Auth, in the form NFKC', async () => {
    const hash = await hashPassword('ﬁnal pässwörd')
    assert.equal(await matches('ﬁnal pässwörd', hash), true)
    assert.equal(await matches('final pässwörd', hash), true)
    assert.equal(await matches('finale pässwörd', hash), false)
  })

  test('matches its password and no other: PBKDF2 in PHC format', async () => {
    for (const [digest, bytes] of [
      ['sha1', 20],
      ['sha256', 32],
      ['sha512', 64],
    ] as const) {
      const encode = (part: Buffer) => part.toString('base64').replaceAll('=', '')
      const [salt, length] = [Buffer.from('salt of 16 bytes'), bytes]
      const tag = pbkdf2Sync('a password', salt, 10, length, digest)
      for (const cost of ['i=10', `i=10,l=${length}`]) {
        const hash = `$pbkdf2-${digest}$${cost}$${encode(salt)}$${encode(tag)}`
        assert.equal(await matches('a password', hash), true)
        assert.equal(await matches('a passworD', hash), false)
      }
    }
  })

  test('is compared with the password as it was typed', async () => {
    const [{ hash, password }] = vectors as [Vector]
    assert.equal(await matches(password.normalize('NFD'), hash), false)
  })

  test('of bcrypt matches whatever the unused bits at the end of its salt are', async () => {
    const [{ hash, password }] = vectors as [Vector]
    const alphabet = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
    const end = alphabet[alphabet.indexOf(hash[28] as string) + 7] as string
    assert.equal(await matches(password, hash.slice(0, 28) + end + hash.slice(29)), true)
  })

  test('of bcrypt is not limited to one at a time', async () => {
    const [{ hash, password }] = vectors as [Vector]
    const all = Array.from({ length: 20 }, (_, i) => matches(i % 2 === 0 ? password : 'wrong', hash))
    assert.deepEqual(
      await Promise.all(all),
      all.map((_, i) => i % 2 === 0),
    )
  })
})

const salt = 'c2FsdHNhbHRzYWx0c2FsdA'
const tag = 'A'.repeat(43)

describe('the cost of a hash of another system', () => {
  const bcrypt = (cost: string) => `$2b$${cost}$${'a'.repeat(53)}`
  const scrypt = (cost: string) => `$scrypt$${cost}$${salt}$${tag}`
  const argon2 = (cost: string) => `$argon2id$v=19$${cost}$${salt}$${tag}`
  const pbkdf2 = (digest: string, i: number) => `$pbkdf2-${digest}$i=${i}$${salt}$${tag}`

  test('is accepted up to a limit', () => {
    for (const hash of [
      bcrypt('04'),
      bcrypt('14'),
      scrypt('ln=18,r=8,p=1'),
      scrypt('ln=14,r=8,p=16'),
      argon2('m=8,t=1,p=1'),
      argon2('m=262144,t=4,p=8'),
      argon2('m=8,t=131072,p=1'),
      argon2('m=4096,t=16,p=64'),
      pbkdf2('sha256', 3_000_000),
      pbkdf2('sha1', 1_500_000),
    ])
      read(hash)
  })

  test('is refused above it, and if there is no such cost', () => {
    for (const hash of [
      ...['03', '15', '31', '99', '00'].map(bcrypt),
      ...['ln=19,r=8,p=1', 'ln=18,r=8,p=2', 'ln=14,r=8,p=17', 'ln=0,r=8,p=1', 'ln=99,r=8,p=1'].map(scrypt),
      ...[
        'ln=1,r=0,p=1',
        'ln=1,r=1,p=0',
        'ln=1,r=65,p=1',
        'ln=1,r=1,p=65',
        'ln=1,r=9999999999,p=1',
        'ln=1,r=1,p=9999999999',
      ].map(scrypt),
      `scrypt:1000:8:1$salt$${'00'.repeat(64)}`,
      ...['m=262145,t=1,p=1', 'm=262144,t=5,p=1', 'm=7,t=1,p=1', 'm=64,t=1,p=9', 'm=64,t=0,p=1'].map(argon2),
      ...['m=520,t=1,p=65', 'm=512,t=17,p=64', 'm=16,t=513,p=2', 'm=262144,t=4,p=32768'].map(argon2),
      ...['m=64,t=1,p=0', 'm=8,t=9999999999,p=1', 'm=9999999999,t=1,p=1'].map(argon2),
      pbkdf2('sha256', 3_000_001),
      pbkdf2('sha1', 1_500_001),
      pbkdf2('sha256', 0),
    ])
      assert.equal(why(hash), 'has a cost that Latchkey does not accept', hash)
  })

  test('is bounded by the limits in practice: the dearest hashes of each kind can be checked', async () => {
    for (const hash of [
      scrypt('ln=18,r=8,p=1'),
      scrypt('ln=9,r=64,p=64'),
      argon2('m=262144,t=1,p=1'),
      argon2('m=512,t=16,p=64'),
    ])
      assert.equal(await matches('a password', hash), false)
  })
})

describe('a text that is no usable hash', () => {
  test('is refused with the reason', () => {
    const [{ hash }] = vectors as [Vector]
    for (const text of [
      'secret',
      `${hash} `,
      ` ${hash}`,
      `${hash}\n`,
      hash.slice(0, -1),
      hash.replace('$2a$', '$2x$'),
      hash.replace('$2a$', '$2$'),
      `md5$salt$${'0'.repeat(32)}`,
      '5f4dcc3b5aa765d61d8327deb882cf99',
      `pbkdf2:md5:1000$salt$${'00'.repeat(16)}`,
      `pbkdf2:sha256:-1$salt$${'00'.repeat(32)}`,
      `pbkdf2:sha256:1e3$salt$${'00'.repeat(32)}`,
      `$argon2id$v=19$m=8,t=1,p=1,keyid=AAAA$${salt}$${tag}`,
      'x'.repeat(100_000),
      `pbkdf2:sha256:1$${'s'.repeat(100_000)}$${'00'.repeat(32)}`,
    ])
      assert.equal(why(text), 'has an unknown format', text)
    for (const text of ['', '!', '!Xk3sl', '*', '*LK*'])
      assert.equal(why(text), 'marks an account without a usable password', text)
    for (const text of [`$argon2id$v=16$m=8,t=1,p=1$${salt}$${tag}`, `$argon2i$m=8,t=1,p=1$${salt}$${tag}`])
      assert.equal(why(text), 'is argon2 of a version before 1.3 (v=19)', text)
  })

  test('is refused if so little of the hash is left that other passwords would match', () => {
    for (const hash of [`$pbkdf2-sha256$i=10$${salt}$AAAA`, '$scrypt$ln=4,r=8,p=1$c2FsdA$AAAA', 'scrypt:16:8:1$s$00'])
      assert.equal(why(hash), 'has a length that Latchkey does not accept')
    assert.equal(why(`$argon2id$v=19$m=8,t=1,p=1$AAAA$${tag}`), 'has a salt that is too short')
  })

  test('never throws, and the reason never contains the text', () => {
    const cut = fc
      .tuple(fc.constantFrom(...vectors), fc.nat(60), fc.string({ unit: 'binary', maxLength: 3 }))
      .map(([{ hash }, at, more]) => `${hash.slice(0, at)}${more}${hash.slice(at + more.length)}`)
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), cut), (text) => {
        const read = readImportedHash(text)
        if (typeof read === 'string' && text.length > 3) assert.ok(!read.includes(text))
      }),
    )
  })
})

describe('a stored hash', () => {
  test('is imported only with the mark, so that a native hash is never taken for an imported one', () => {
    const native = `$argon2id$v=19$m=8,t=1,p=1$${salt}$${tag}`
    assert.equal(isImported(native), false)
    assert.equal(readStored(native), undefined)
    assert.equal(isImported(storeImported(native)), true)
    assert.equal(readStored(storeImported(native))?.kind, 'argon2')
  })
})
