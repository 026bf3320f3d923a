import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { isEmail, isUsername, normalizeEmail } from '../../src/accounts/names.ts'

describe('an e-mail address', () => {
  test('does not change if it is normalised again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const email = normalizeEmail(text)
        assert.equal(normalizeEmail(email), email)
        assert.equal(isEmail(text), isEmail(email))
      }),
    )
  })

  test('is valid in upper and lower case and with white space around it', () => {
    fc.assert(
      fc.property(fc.emailAddress(), fc.constantFrom('', ' ', '\t', '\n', '  '), (email, space) => {
        assert.ok(isEmail(space + email.toUpperCase() + space))
        assert.equal(normalizeEmail(space + email.toUpperCase() + space), email.toLowerCase())
      }),
    )
  })

  test('has one @, no white space, no control character and at most 254 characters if it is valid', () => {
    const almost = fc.tuple(
      fc.string(),
      fc.constantFrom('@', '@@', '', ' @', '@.'),
      fc.string(),
      fc.constantFrom('', '.com', '.'),
    )
    fc.assert(
      fc.property(
        fc.oneof(
          almost.map((parts) => parts.join('')),
          fc.emailAddress(),
        ),
        (text) => {
          fc.pre(isEmail(text))
          const email = normalizeEmail(text)
          assert.match(email, /^[^\s@]+@[^\s@]+\.[^\s@]+$/)
          assert.ok([...email].every((character) => character > ' ' && character < '\x7f'))
          assert.ok(email.length <= 254)
        },
      ),
    )
  })
})

describe('a username', () => {
  const part = fc.stringMatching(/^[a-z0-9]{1,10}$/)

  test('is letters and digits joined by single hyphens, at most 39 characters', () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
        const name = parts.join('-')
        assert.equal(isUsername(name), name.length <= 39)
      }),
    )
  })

  test('has no hyphen at its ends and no two in a row', () => {
    fc.assert(
      fc.property(part, part, (one, other) => {
        for (const name of [`-${one}`, `${one}-`, `${one}--${other}`, `${one}-${other}-`])
          assert.equal(isUsername(name), false)
      }),
    )
  })

  test('contains no other character', () => {
    fc.assert(
      fc.property(part, fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }), part, (one, character, other) => {
        fc.pre(!/^[a-z0-9-]$/.test(character))
        assert.equal(isUsername(one + character + other), false)
        assert.equal(isUsername(one + character), false)
      }),
    )
  })
})
