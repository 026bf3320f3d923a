import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import {
  type Algorithm,
  importPrivate,
  importPublic,
  isSealed,
  makeKeyPair,
  parsePrivateKey,
  seal,
  unseal,
} from '../../src/keys/keyring.ts'
import { signToken } from '../../src/tokens/sign.ts'
import { verifyToken } from '../../src/tokens/verify.ts'

const expected = { issuer: 'issuer', audience: ['audience'] }
const algorithms: Algorithm[] = ['ES256', 'EdDSA', 'RS256']
const claims = {
  iss: 'issuer',
  aud: 'audience',
  client_id: 'latchkey',
  sub: '5f0c7a55-7d1f-4c2e-9b57-0c5f2b1f6a10',
  admin: true,
  jti: '01973b32-1c1f-7d2e-8a43-1d5f5f0d6a11',
  gen: 0,
  iat: 1,
  exp: 2,
}

describe('a key pair', () => {
  for (const alg of algorithms) {
    test(`for ${alg} verifies its own tokens, and none of another pair`, async () => {
      const [pair, other] = [await makeKeyPair(alg), await makeKeyPair(alg)]
      const token = await signToken(await importPrivate(pair), claims)
      assert.deepEqual(await verifyToken(token, async () => importPublic(pair), expected), claims)
      await assert.rejects(
        verifyToken(token, async () => importPublic(other), expected),
        { code: 'token_invalid' },
      )
      await assert.rejects(
        verifyToken(token, async () => undefined, expected),
        { code: 'token_invalid' },
      )
    })

    test(`for ${alg} is the same from a JWK and from PEM, and its public part holds no secret`, async () => {
      const pair = await makeKeyPair(alg)
      const { d, p, q, dp, dq, qi, ...rest } = pair.private_jwk as Record<string, string>
      assert.ok(d)
      assert.deepEqual({ ...pair.public_jwk }, rest)
      const parsed = await parsePrivateKey(` ${JSON.stringify(pair.private_jwk)}\n`, alg)
      assert.equal(parsed.kid, pair.kid)
      const kind = { ES256: 'ec', EdDSA: 'ed25519', RS256: 'rsa' } as const
      const options = { namedCurve: 'P-256', modulusLength: 2048 }
      const { privateKey } = generateKeyPairSync(kind[alg] as 'ec', options)
      const fromPem = await parsePrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, alg)
      const fromJwk = await parsePrivateKey(JSON.stringify(privateKey.export({ format: 'jwk' })), alg)
      assert.deepEqual(fromPem, fromJwk)
    })

    test(`for ${alg} is refused for other algorithms`, async () => {
      const text = JSON.stringify((await makeKeyPair(alg)).private_jwk)
      for (const other of algorithms.filter((each) => each !== alg)) await assert.rejects(parsePrivateKey(text, other))
    })
  }

  test('is named by the thumbprint of its public part (RFC 7638)', async () => {
    const { kid, public_jwk } = await makeKeyPair('ES256')
    const { crv, kty, x, y } = public_jwk
    assert.equal(kid, createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url'))
  })

  test('is not read from a text that is no private key', async () => {
    const { public_jwk } = await makeKeyPair('ES256')
    for (const text of [
      '',
      '{}',
      'nonsense',
      JSON.stringify(public_jwk),
      '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----',
    ]) {
      await assert.rejects(parsePrivateKey(text, 'ES256'))
    }
  })
})

describe('a sealed key', () => {
  const secret = 'not a secret: it is for tests only'

  test('opens with the secret that sealed it and with no other, and does not show the private key', async () => {
    const { private_jwk = {} } = await makeKeyPair('ES256')
    const sealed = await seal(private_jwk, secret)
    assert.ok(isSealed(sealed))
    assert.deepEqual(await unseal(sealed, secret), private_jwk)
    for (const other of ['', secret.slice(1), `${secret} `, secret.toUpperCase()])
      await assert.rejects(unseal(sealed, other))
    for (const part of sealed.split('.')) assert.ok(!Buffer.from(part, 'base64url').includes(private_jwk.d as string))
    assert.notEqual(await seal(private_jwk, secret), sealed)
  })

  test('does not open after a change', async () => {
    const { private_jwk = {} } = await makeKeyPair('ES256')
    const parts = (await seal(private_jwk, secret)).split('.')
    for (const i of parts.keys()) {
      const part = parts[i] as string
      const changed = part.slice(0, 4) + (part[4] === 'A' ? 'B' : 'A') + part.slice(5)
      await assert.rejects(unseal(parts.with(i, changed).join('.'), secret))
    }
  })

  test('differs from an unsealed key, which is read unchanged', async () => {
    const { private_jwk = {} } = await makeKeyPair('EdDSA')
    const unsealed = JSON.stringify(private_jwk)
    assert.equal(isSealed(unsealed), false)
    assert.deepEqual(await unseal(unsealed, secret), private_jwk)
  })
})
