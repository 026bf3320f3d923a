import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { describeClient, shortUserAgent } from '../../src/tokens/client.ts'

describe('the description of a client', () => {
  test('names the browser and the system, or the product of another program', () => {
    const known: Record<string, string> = {
      'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0': 'Firefox on Linux',
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36':
        'Chrome on Windows',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15':
        'Safari on macOS',
      'curl/8.14.1': 'curl/8.14.1',
      'HTTPie/3.2.2': 'HTTPie/3.2.2',
      'my-program 1.0 and more': 'my-program',
    }
    for (const [agent, text] of Object.entries(known)) assert.equal(describeClient(agent), text)
    assert.equal(describeClient(undefined), 'unknown client')
    assert.equal(describeClient(''), 'unknown client')
  })

  test('has no text that a stranger could write to the reader of a message', () => {
    for (const [agent, text] of Object.entries({
      'Your account was hacked: restore it at https://evil.example/fix now/1 x': 'Your',
      'https://evil.example/fix': 'unknown client',
      'evil.example/1.0': 'unknown client',
      'evil/1.evil.example': 'evil',
      'www.evil.example Linux': 'unknown client on Linux',
      '<b>x</b>/1 (Linux)': 'unknown client on Linux',
      'call-5550100-now-and-say-your-password-to-the-voice': 'unknown client',
      '\u009b31mred': 'unknown client',
    }))
      assert.equal(describeClient(agent), text, agent)
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('', '/1 x', ' (X11; Linux x86_64)'), (text, end) => {
        assert.match(describeClient(text + end), /^[A-Za-z0-9 _+'()-]+(\/[\d.]+)?( on [A-Za-z0-9 ]+)?$/)
      }),
    )
  })

  test('is a short text for every user agent, and the user agent is stored up to a limit', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (agent) => {
        assert.ok(describeClient(agent).length <= 300)
        assert.equal(shortUserAgent(agent), agent.slice(0, 256))
      }),
    )
    assert.equal(shortUserAgent(undefined), null)
  })
})
