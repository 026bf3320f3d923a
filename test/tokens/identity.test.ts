import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { adviseIdentity, identityOf, urlOfAddress } from '../../src/tokens/identity.ts'

const unset = { PUBLIC_URL: '', ISSUER: '', AUDIENCE: [] }
const address = 'http://127.0.0.1:5000'

describe('the identity', () => {
  test('is the address of the server if no setting names the service', () => {
    const expected = { public_url: address, issuer: address, audience: [address], any_address: true }
    assert.deepEqual(identityOf(unset, address), expected)
  })

  test('is PUBLIC_URL, or ISSUER where that is set; AUDIENCE names each audience once', () => {
    const public_url = 'https://auth.example.com'
    assert.deepEqual(identityOf({ ...unset, PUBLIC_URL: public_url }, address), {
      public_url,
      issuer: public_url,
      audience: [public_url],
      any_address: false,
    })
    assert.deepEqual(identityOf({ PUBLIC_URL: public_url, ISSUER: 'us', AUDIENCE: ['a', 'b', 'a'] }, address), {
      public_url,
      issuer: 'us',
      audience: ['a', 'b'],
      any_address: false,
    })
    const { issuer, any_address } = identityOf({ ...unset, ISSUER: 'us' }, address)
    assert.deepEqual([issuer, any_address], ['us', false])
  })

  test('has a URL that a client on the same machine can use, for each address to listen on', () => {
    assert.equal(urlOfAddress('127.0.0.1', 5000), 'http://127.0.0.1:5000')
    assert.equal(urlOfAddress('localhost', 80), 'http://localhost:80')
    assert.equal(urlOfAddress('::1', 5000), 'http://[::1]:5000')
    assert.equal(urlOfAddress('0.0.0.0', 5000), 'http://127.0.0.1:5000')
    assert.equal(urlOfAddress('::', 5000), 'http://[::1]:5000')
  })

  test('comes with advice: an https issuer in production, and a public URL for a wildcard address', () => {
    const advice = (
      named: Partial<typeof unset>,
      LATCHKEY_ENV: string,
      HOST = '127.0.0.1',
      REALM_DOMAIN = 'example.com',
    ) =>
      adviseIdentity(identityOf({ ...unset, ...named }, address), { LATCHKEY_ENV, HOST, REALM_DOMAIN }, 'mydomain.com')
    assert.deepEqual(advice({}, 'development'), [])
    assert.deepEqual(advice({ PUBLIC_URL: 'https://auth.example.com' }, 'production', '0.0.0.0'), [])
    assert.deepEqual(advice({ PUBLIC_URL: 'http://auth.example.com', ISSUER: 'https://a.example' }, 'production'), [])
    assert.match(String(advice({}, 'production')), /^the issuer http:\/\/127\.0\.0\.1:5000 is no https URL/)
    assert.match(String(advice({ ISSUER: 'us' }, 'production')), /^the issuer us is no https URL/)
    for (const host of ['0.0.0.0', '::']) {
      assert.match(String(advice({}, 'development', host)), /^PUBLIC_URL is not set, so tokens name http/)
    }
    const named = { PUBLIC_URL: 'https://auth.example.com' }
    assert.match(String(advice(named, 'production', 'localhost', 'mydomain.com')), /^REALM_DOMAIN is not set/)
    assert.deepEqual(advice(named, 'development', 'localhost', 'mydomain.com'), [])
  })
})
