import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Flaw } from '../../src/import/entry.ts'
import { derivedId, parseInstant, readUser } from '../../src/import/user.ts'
import { isUuid } from '../../src/tokens/claims.ts'

const password_hash = `$2b$12$${'a'.repeat(53)}`
const email = 'ann@example.com'

function read(fields: Record<string, unknown>) {
  const user = readUser({ email, password_hash, ...fields })
  if (user instanceof Flaw) throw new Error(user.reason)
  return user
}

function why(fields: Record<string, unknown>): string {
  const user = readUser({ email, password_hash, ...fields })
  if (!(user instanceof Flaw)) throw new Error(`${JSON.stringify(fields)} is accepted`)
  return user.reason
}

describe('an account of another system', () => {
  test('needs an address and a hash only', () => {
    assert.deepEqual(read({}), {
      id: derivedId('user', email),
      email,
      username: null,
      password_hash: `imported:${password_hash}`,
      admin: 0,
      email_verified: 0,
      created_at: undefined,
    })
    const nothing = { username: null, admin: null, email_verified: null, created_at: null, public_id: null }
    assert.deepEqual(read(nothing), read({}))
    assert.deepEqual(read({ admin: false, email_verified: false, roles: ['admin'], id: 7 }), read({}))
  })

  test('may have its hash in the form in which PostgreSQL shows bytes', () => {
    for (const hex of [
      Buffer.from(password_hash).toString('hex'),
      Buffer.from(password_hash).toString('hex').toUpperCase(),
    ])
      assert.deepEqual(read({ password_hash: `\\x${hex}` }), read({}))
    assert.equal(why({ password_hash: '\\x00ff' }), 'password_hash has an unknown format')
  })

  test('has its address in the form in which addresses are compared, and the same id for each spelling', () => {
    assert.deepEqual(read({ email: ' Ann@EXAMPLE.com ' }), read({}))
    assert.notEqual(read({ email: 'bob@example.com' }).id, read({}).id)
  })

  test('is refused with the field', () => {
    const reasons: [Record<string, unknown>, string][] = [
      [{ email: undefined }, 'email is not a valid email'],
      [{ email: '' }, 'email is not a valid email'],
      [{ email: 'a b@example.com' }, 'a b@example.com is not a valid email'],
      [{ email: `${'x'.repeat(400)}@example.com` }, `${'x'.repeat(300)}… is not a valid email`],
      [{ email: 5 }, 'email must be a text'],
      [{ email: ['a@example.com'] }, 'email must be a text'],
      [{ username: 'Ann' }, 'username must be 1 to 39 of a-z, 0-9 and single inner hyphens'],
      [{ username: '' }, 'username must be 1 to 39 of a-z, 0-9 and single inner hyphens'],
      [{ password_hash: undefined }, 'password_hash is missing'],
      [{ password_hash: null }, 'password_hash is missing'],
      [{ password_hash: { bytes: 1 } }, 'password_hash must be a text'],
      [{ password_hash: '!' }, 'password_hash marks an account without a usable password'],
      [{ password_hash: 'secret' }, 'password_hash has an unknown format'],
      [{ password_hash: `scrypt:2:8:1$\0$${'00'.repeat(64)}` }, 'password_hash has characters that no text may have'],
      [
        { password_hash: `scrypt:2:8:1$\ud800$${'00'.repeat(64)}` },
        'password_hash has characters that no text may have',
      ],
      [{ admin: 1 }, 'admin must be true or false'],
      [{ admin: 'false' }, 'admin must be true or false'],
      [{ email_verified: 'yes' }, 'email_verified must be true or false'],
      [{ public_id: 'auth0|5dea9f9c' }, 'public_id must be a UUID'],
      [{ public_id: 12 }, 'public_id must be a text'],
      [{ created_at: 1_700_000_000 }, 'created_at must be a text'],
      [{ created_at: 'yesterday' }, 'created_at must be an instant such as 2030-01-31T12:00:00Z'],
      [{ created_at: '1960-01-01T00:00:00Z' }, 'created_at must be an instant such as 2030-01-31T12:00:00Z'],
    ]
    for (const [fields, reason] of reasons) assert.equal(why(fields), reason, JSON.stringify(fields))
  })

  test('never makes the reader throw', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('email', 'username', 'password_hash', 'created_at'), fc.anything()),
        (fields) => {
          readUser({ email, password_hash, ...fields })
        },
      ),
    )
  })
})

test('an id that depends on the name is a UUID of version 8', () => {
  fc.assert(
    fc.property(fc.string(), (name) => {
      const id = derivedId('user', name)
      assert.ok(isUuid(id))
      assert.match(id, /^.{14}8.{4}[89ab]/)
      assert.notEqual(derivedId('widget', name), id)
    }),
  )
})

test('an instant may be written as databases write it', () => {
  const instants: [text: string, instant: string | undefined][] = [
    ['2020-02-28T11:38:53Z', '2020-02-28T11:38:53.000Z'],
    ['2020-02-28 11:38:53', '2020-02-28T11:38:53.000Z'],
    ['2020-02-28 11:38:53.123456', '2020-02-28T11:38:53.123Z'],
    ['2020-02-28 11:38:53.123456+00', '2020-02-28T11:38:53.123Z'],
    ['2020-02-28T11:38:53+05:30', '2020-02-28T06:08:53.000Z'],
    ['2020-02-28 11:38:53 -0800', '2020-02-28T19:38:53.000Z'],
    ['2020-02-28T11:38', '2020-02-28T11:38:00.000Z'],
    ['2020-02-30T11:38:53Z', undefined],
    ['2020-02-28T25:00:00Z', undefined],
    ['2020-02-28', undefined],
    ['28/02/2020 11:38', undefined],
    ['', undefined],
  ]
  for (const [text, instant] of instants) {
    const parsed = parseInstant(text)
    assert.equal(parsed === undefined ? undefined : new Date(parsed).toISOString(), instant, text)
  }
})
