import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { isWidgetName, isWidgetUrl } from '../../src/widgets/widget.ts'

describe('the name of a widget', () => {
  test('is 1 to 100 characters of a-z, 0-9, - and _', () => {
    const character = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789-_')
    fc.assert(
      fc.property(fc.array(character, { maxLength: 200, size: 'max' }), (characters) => {
        assert.equal(isWidgetName(characters.join('')), characters.length >= 1 && characters.length <= 100)
      }),
    )
  })

  test('contains no other character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }), (character) => {
        fc.pre(!/^[a-z0-9_-]$/.test(character))
        for (const name of [character, `a${character}`, `${character}a`, `a${character}a`])
          assert.equal(isWidgetName(name), false)
      }),
    )
  })
})

describe('the URL of a widget', () => {
  test('is an http or https URL of at most 255 characters without credentials', () => {
    const url = fc.webUrl({
      validSchemes: ['http', 'https'],
      withQueryParameters: true,
      withFragments: true,
      authoritySettings: { withPort: true, withIPv4: true, withIPv6: true },
    })
    fc.assert(fc.property(url, (text) => assert.equal(isWidgetUrl(text), [...text].length <= 255, text)))
  })

  test('is absolute, has a host, no credentials, no white space and no lone surrogate if it is valid', () => {
    const piece = fc.constantFrom(
      'http',
      'https',
      ':',
      '/',
      '//',
      '@',
      'user',
      'example.com',
      '.',
      '?',
      '#',
      ' ',
      '\t',
      '\n',
      '\\',
      '[::1]',
      '%',
      '%41',
      '\0',
      ':80',
      'é',
      '\u2028',
      '\ud800',
    )
    const text = fc.oneof(
      fc.array(piece, { maxLength: 10 }).map((each) => each.join('')),
      fc.array(piece, { maxLength: 8 }).map((each) => `http://${each.join('')}`),
      fc.string({ unit: 'binary' }),
    )
    fc.assert(
      fc.property(text, (value) => {
        fc.pre(isWidgetUrl(value))
        const url = new URL(value)
        assert.match(url.protocol, /^https?:$/)
        assert.notEqual(url.hostname, '')
        assert.deepEqual([url.username, url.password], ['', ''])
        assert.doesNotMatch(value, /\s/)
        assert.ok(value.isWellFormed())
      }),
      { numRuns: 3000 },
    )
  })
})
