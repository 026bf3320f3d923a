import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addService } from '../../src/services/add.ts'
import { assertForbidden, assertUnauthorized } from '../contract/refusals.ts'
import { onEachService } from '../contract/suite.ts'
import { decodeToken, encode, negateS, p256Order, rawSignature, signAsAttacker, signWithServiceKey } from './forge.ts'
import { assertAlive, assertInvalidTokens } from './harm.ts'

onEachService('hostile tokens', (subject) => {
  test('of the two ES256 signatures that verify, only the one with a low S is accepted', async () => {
    const { token } = await subject.newUser()
    const [h, p, s] = token.split('.') as [string, string, string]
    const other = `${h}.${p}.${negateS(Buffer.from(s, 'base64url')).toString('base64url')}`
    assert.notEqual(other, token)
    await assertInvalidTokens(subject, { 'before the token was seen': other })
    assert.equal((await subject.call('GET', '/auth/user', { token })).status, 200)
    await assertInvalidTokens(subject, { 'after the token was seen': other })
    await subject.call('POST', '/auth/logout', { token })
    await assertInvalidTokens(subject, { 'after the token was revoked': other })
  })

  test('an ES256 signature with malformed or out-of-range numbers is invalid', async () => {
    const { token } = await subject.newUser()
    const [h, p, s] = token.split('.') as [string, string, string]
    const numbers = Buffer.from(s, 'base64url').toString('hex')
    const [r, low] = [BigInt(`0x${numbers.slice(0, 64)}`), BigInt(`0x${numbers.slice(64)}`)]
    const der = Buffer.concat([
      Buffer.from([0x30, 68, 2, 32]),
      Buffer.from(numbers.slice(0, 64), 'hex'),
      Buffer.from([2, 32]),
      Buffer.from(numbers.slice(64), 'hex'),
    ])
    const signatures = {
      'both zero': rawSignature(0n, 0n),
      'r zero': rawSignature(0n, low),
      's zero': rawSignature(r, 0n),
      'both the order': rawSignature(p256Order, p256Order),
      'r one, s one': rawSignature(1n, 1n),
      'all bits': rawSignature(2n ** 256n - 1n, 2n ** 256n - 1n),
      swapped: rawSignature(low, r),
      'in DER': der.toString('base64url'),
      'a leading zero': Buffer.concat([Buffer.alloc(1), Buffer.from(numbers, 'hex')]).toString('base64url'),
      'trailing zeros': Buffer.from(`${numbers}0000`, 'hex').toString('base64url'),
      'of 8 KiB': 'A'.repeat(8192),
    }
    const tokens = Object.entries(signatures).map(([what, signature]) => [what, `${h}.${p}.${signature}`])
    await assertInvalidTokens(subject, Object.fromEntries(tokens))
  })

  test('a token over 8 KiB is invalid, even with a valid signature', async () => {
    const { token } = await subject.newUser()
    const { header, claims } = decodeToken(token)
    const signed = (padding: number) => signWithServiceKey(subject, header, { ...claims, padding: 'x'.repeat(padding) })
    const short = await signed(4_000)
    assert.equal((await subject.call('GET', '/auth/user', { token: short })).status, 200, 'a shorter token is accepted')
    await assertInvalidTokens(subject, {
      'over 8 KiB': await signed(6_500),
      '100 KB': await signed(75_000),
      '100 KB of one letter': 'a'.repeat(100_000),
      '100 KB of dots': '.'.repeat(100_000),
      '100 KB of brackets': encode('['.repeat(75_000)),
    })
  })

  test('a token counts exactly from the instant of its nbf, also if it was seen and the clock goes back', async () => {
    const service = await addService(subject.service.ports, { name: 'early', may_revoke_users: false })
    assert.ok(service)
    const basic = Buffer.from(`${service.client_id}:${service.client_secret}`).toString('base64')
    const introspected = async (token: string) => {
      const call = { form: { token }, headers: ['Authorization', `Basic ${basic}`] }
      return (await subject.call('POST', '//oauth/introspect', call)).json
    }
    const { token } = await subject.newUser()
    const { header, claims } = decodeToken(token)
    const now = subject.now
    try {
      for (const nbf of [Number(claims.iat) + 10, Number(claims.iat) + 10.5]) {
        const early = await signWithServiceKey(subject, header, { ...claims, nbf })
        for (const at of [-10_000, -1, 0, 1, -1, 0]) {
          subject.now = nbf * 1000 + at
          const answer = await subject.call('GET', '/auth/user', { token: early })
          if (at < 0) {
            assertUnauthorized(answer, 'invalid')
            assertUnauthorized(await subject.call('DELETE', '/tokens', { token: early }), 'invalid')
            assert.deepEqual(await introspected(early), { active: false })
          } else {
            assert.equal(answer.status, 200)
            const { active, nbf: said } = await introspected(early)
            assert.deepEqual([active, said], [true, nbf])
          }
        }
      }
      for (const nbf of [String(claims.iat), null, [claims.iat], true]) {
        const odd = await signWithServiceKey(subject, header, { ...claims, nbf })
        assert.deepEqual(await introspected(odd), { active: false }, JSON.stringify(nbf))
      }
    } finally {
      subject.now = now
    }
  })

  test('a token can be revoked before its nbf', async () => {
    const { token } = await subject.newUser()
    const { header, claims } = decodeToken(token)
    const nbf = Number(claims.iat) + 10
    const early = await signWithServiceKey(subject, header, { ...claims, nbf })
    assert.equal((await subject.call('POST', '//oauth/revoke', { form: { token: early } })).status, 200)
    const now = subject.now
    try {
      subject.now = nbf * 1000
      assertUnauthorized(await subject.call('GET', '/auth/user', { token: early }), 'revoked')
    } finally {
      subject.now = now
    }
  })

  test('a token expires exactly at the instant of its exp', async () => {
    const { token } = await subject.newUser()
    const { exp } = decodeToken(token).claims as { exp: number }
    const now = subject.now
    try {
      subject.now = exp * 1000 - 1
      assert.equal((await subject.call('GET', '/auth/user', { token })).status, 200)
      for (const late of [0, 1, 1000, 10 ** 9]) {
        subject.now = exp * 1000 + late
        assertUnauthorized(await subject.call('GET', '/auth/user', { token }), 'expired')
        assertUnauthorized(await subject.call('POST', '/auth/logout', { token }), 'expired')
      }
    } finally {
      subject.now = now
    }
  })

  test('signature, expiry, revocation and rights are checked in this order, and the first failure decides', async () => {
    const { token } = await subject.newUser()
    const { header, claims } = decodeToken(token)
    await subject.call('POST', '/auth/logout', { token })
    const expired = { ...claims, exp: Number(claims.iat) - 1 }
    assertUnauthorized(await subject.call('GET', '/auth/user', { token: signAsAttacker(header, expired) }), 'invalid')
    const ended = await signWithServiceKey(subject, header, expired)
    assertUnauthorized(await subject.call('GET', '/auth/user', { token: ended }), 'expired')
    assertUnauthorized(await subject.call('DELETE', '/widgets/x', { token }), 'revoked', 'admin_users')
    const live = await subject.newUser()
    assertForbidden(await subject.call('DELETE', '/widgets/x', { token: live.token }))
  })

  test('a flood of tokens with unknown keys is refused, and other requests are answered', async () => {
    const { token } = await subject.newUser()
    const { header, claims } = decodeToken(token)
    const forged = Array.from({ length: 40 }, async (_, i) => {
      const kid = `${'x'.repeat(41)}${String(i).padStart(2, '0')}`
      const answer = await subject.call('GET', '/auth/user', { token: signAsAttacker({ ...header, kid }, claims) })
      assertUnauthorized(answer, 'invalid')
    })
    const honest = Array.from({ length: 40 }, async () => {
      assert.equal((await subject.call('GET', '/auth/user', { token })).status, 200)
    })
    await Promise.all([...forged, ...honest])
    await assertAlive(subject)
  })

  test('a token in another scheme, a cookie, the query string or a body is ignored', async () => {
    const { token } = await subject.newUser()
    for (const scheme of ['Basic', 'Digest', 'Token', 'JWT', 'Bearer:', 'MAC', 'Negotiate', 'bearer,']) {
      const answer = await subject.call('GET', '/auth/user', { headers: ['Authorization', `${scheme} ${token}`] })
      assertUnauthorized(answer, 'missing')
    }
    for (const value of ['', ' ', 'Bearer', 'Bearer ', 'bearer']) {
      assertUnauthorized(await subject.call('GET', '/auth/user', { headers: ['Authorization', value] }), 'missing')
    }
    const elsewhere = [
      'Cookie',
      `access_token=${token}`,
      'X-Access-Token',
      token,
      'Proxy-Authorization',
      `Bearer ${token}`,
    ]
    const query = `/auth/user?access_token=${token}&token=${token}`
    assertUnauthorized(await subject.call('GET', query, { headers: elsewhere }), 'missing')
    const body = String(new URLSearchParams({ access_token: token }))
    const headers = ['Content-Type', 'application/x-www-form-urlencoded']
    assertUnauthorized(await subject.call('POST', '/auth/logout', { body, headers }), 'missing')
  })
})
