import assert from 'node:assert/strict'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { describe, test } from 'node:test'
import { signWithServiceKey } from '../hostile/forge.ts'
import { startTestService } from '../support/service.ts'
import { assertUnauthorized } from './refusals.ts'
import { dumpDatabase } from './stored.ts'
import { type Holder, noon, onEachService, type Subject } from './suite.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

function decode(part: string) {
  return JSON.parse(Buffer.from(part, 'base64url').toString())
}

function read(token: string) {
  const [header, payload] = token.split('.') as [string, string]
  return { header: decode(header), claims: decode(payload) }
}

async function publicKey(subject: Subject, kid: string) {
  const query = subject.service.ports.store.selectFrom('signing_key').select('public_jwk').where('kid', '=', kid)
  const { public_jwk } = await query.executeTakeFirstOrThrow()
  return createPublicKey({ key: JSON.parse(public_jwk), format: 'jwk' })
}

onEachService('the token', (subject) => {
  test('has alg, kid and typ in its header, and nothing more', async () => {
    const { header } = read((await subject.newUser()).token)
    assert.deepEqual(Object.keys(header).sort(), ['alg', 'kid', 'typ'])
    assert.equal(header.alg, 'ES256')
    assert.equal(header.typ, 'at+jwt')
    assert.match(header.kid, /^[\w-]{43}$/)
  })

  test('has the claims of RFC 9068 and admin, and nothing more', async () => {
    subject.now = noon + 999
    const user = await subject.newUser()
    const { claims } = read(user.token)
    const { public_id } = (await subject.call('GET', '/auth/user', user)).json
    const { tokens } = (await subject.call('GET', '/tokens', user)).json
    const expected = {
      iss: subject.service.address,
      aud: subject.service.address,
      client_id: 'latchkey',
      sub: public_id,
      admin: false,
      jti: tokens[0].id,
      iat: noon / 1000,
      exp: noon / 1000 + 900,
    }
    assert.deepEqual(claims, expected)
    assert.match(claims.sub, uuid)
    assert.match(claims.jti, uuid)
    assert.equal(read((await subject.newAdmin()).token).claims.admin, true)
  })

  test('has an expires_in of exp - iat', async () => {
    const { email, password } = await subject.newUser()
    subject.now += 777
    const { json } = await subject.call('POST', '/auth/login', { json: { email, password } })
    const { iat, exp } = read(json.access_token).claims
    assert.equal(json.expires_in, exp - iat)
  })

  test('is signed over its header and payload with the key of its kid', async () => {
    const { token } = await subject.newUser()
    const [header, payload, signature] = token.split('.') as [string, string, string]
    const key = await publicKey(subject, read(token).header.kid)
    const signed = Buffer.from(`${header}.${payload}`)
    assert.ok(verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')))
  })

  test('is new at each login, with its own id', async () => {
    const { email, password, token } = await subject.newUser()
    const logins = Array.from({ length: 10 }, () => subject.call('POST', '/auth/login', { json: { email, password } }))
    const tokens = [token, ...(await Promise.all(logins)).map(({ json }) => json.access_token)]
    assert.equal(new Set(tokens).size, 11)
    assert.equal(new Set(tokens.map((each) => read(each).claims.jti)).size, 11)
  })

  test('has its remaining lifetime in hours, minutes and seconds', async () => {
    const user = await subject.newUser()
    const issued = subject.now
    const left: [after_ms: number, text: string][] = [
      [0, '00:15:00'],
      [1000, '00:14:59'],
      [18_000, '00:14:42'],
      [899_000, '00:00:01'],
    ]
    for (const [after_ms, text] of left) {
      subject.now = issued + after_ms
      assert.equal((await subject.call('GET', '/auth/user', user)).json.token_expires_in, text)
    }
  })

  describe('has one accepted spelling', () => {
    const assertOneSpelling = async ({ token }: Holder, spellings: string[]) => {
      for (const seen of [false, true]) {
        if (seen) assert.equal((await subject.call('GET', '/auth/user', { token })).status, 200)
        for (const spelling of spellings) {
          assert.notEqual(spelling, token)
          for (const value of [`Bearer ${spelling}`, spelling]) {
            assertUnauthorized(
              await subject.call('GET', '/auth/user', { headers: ['Authorization', value] }),
              'invalid',
            )
          }
        }
      }
    }

    test('without padding', async () => {
      const user = await subject.newUser()
      const parts = user.token.split('.')
      const padded = parts.map((_, i) => parts.map((part, j) => (i === j ? `${part}=` : part)).join('.'))
      await assertOneSpelling(user, [...padded, `${user.token}==`, parts.map((part) => `${part}=`).join('.')])
    })

    test('without stray final bits, in any part', async () => {
      const parts = (token: string) => token.split('.')
      // The lengths of the parts differ from token to token. Only some lengths leave unused bits.
      for (const i of [0, 1, 2]) {
        const user = await holderWithSpareBits(i)
        const part = parts(user.token)[i] as string
        const value = alphabet.indexOf(part.at(-1) as string)
        const others = [...alphabet].filter((_, other) => other !== value && other >> 2 === value >> 2)
        const decoded = Buffer.from(part, 'base64url')
        const spellings = others.map((last) => part.slice(0, -1) + last)
        for (const each of spellings) assert.deepEqual(Buffer.from(each, 'base64url'), decoded)
        await assertOneSpelling(
          user,
          spellings.map((each) => parts(user.token).with(i, each).join('.')),
        )
      }
    })

    test('without white space or other characters', async () => {
      const user = await subject.newUser()
      const [header, payload, signature] = user.token.split('.') as [string, string, string]
      const spaced = [
        `${header}. ${payload}.${signature}`,
        `${header}.${payload} .${signature}`,
        `${header}.\t${payload}.${signature}`,
      ]
      const split = [
        `${header.slice(0, 4)} ${header.slice(4)}.${payload}.${signature}`,
        `${header}.${payload}.${signature}.`,
      ]
      const dotted = [`.${user.token}`, `${header}..${payload}.${signature}`, `${header}%2E${payload}.${signature}`]
      // Without Bearer, a value with a space after its first word names another scheme and contains no token.
      for (const each of [...spaced, ...split, ...dotted, `${user.token};`, `'${user.token}'`]) {
        assertUnauthorized(await subject.call('GET', '/auth/user', { token: each }), 'invalid')
      }
    })

    test('with - and _ instead of + and /', async () => {
      const user = await findHolder((token) => /[-_]/.test(token))
      await assertOneSpelling(user, [user.token.replaceAll('-', '+').replaceAll('_', '/')])
    })

    test('with only one of the two signatures that verify', async () => {
      const user = await subject.newUser()
      const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
      const [header, payload, signature] = user.token.split('.') as [string, string, string]
      const bytes = Buffer.from(signature, 'base64url')
      const s = order - BigInt(`0x${bytes.toString('hex', 32)}`)
      const negated = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')])
      const key = await publicKey(subject, read(user.token).header.kid)
      assert.ok(verify('sha256', Buffer.from(`${header}.${payload}`), { key, dsaEncoding: 'ieee-p1363' }, negated))
      await assertOneSpelling(user, [`${header}.${payload}.${negated.toString('base64url')}`])
    })

    const findHolder = async (wanted: (token: string) => boolean): Promise<Holder> => {
      for (let i = 0; i < 50; i++) {
        const user = await subject.newUser()
        if (wanted(user.token)) return user
        const other = await subject.newAdmin()
        if (wanted(other.token)) return other
      }
      throw new Error('none of 100 tokens is wanted')
    }
    const holderWithSpareBits = (i: number) => findHolder((token) => (token.split('.')[i] as string).length % 4 !== 0)
  })

  test('of the registration is in the list of tokens', async () => {
    const user = await subject.newUser()
    const { tokens } = (await subject.call('GET', '/tokens', user)).json
    assert.equal(tokens.length, 1)
    assert.equal(tokens[0].current, true)
    await subject.call('DELETE', `/tokens/${tokens[0].id}`, user)
    assertUnauthorized(await subject.call('GET', '/auth/user', user), 'revoked')
  })

  test('is not stored, neither in plain text nor hashed', async () => {
    const user = await subject.newUser()
    const { json } = await subject.call('POST', '/login', { json: { email: user.email, password: user.password } })
    await subject.call('GET', '/auth/user', user)
    await subject.call('POST', '/auth/logout', user)
    const stored = await dumpDatabase(subject.database)
    assert.match(stored, new RegExp(read(user.token).claims.jti))
    for (const token of [user.token, json.access_token]) {
      const [, payload, signature] = token.split('.') as [string, string, string]
      const raw = Buffer.from(signature, 'base64url')
      const forms = [token, payload, signature, raw.toString('hex'), raw.toString('base64'), raw.toString('latin1')]
      for (const algorithm of ['md5', 'sha1', 'sha256', 'sha512']) {
        for (const text of [token, signature]) {
          const hash = createHash(algorithm).update(text).digest()
          forms.push(hash.toString('hex'), hash.toString('base64'), hash.toString('base64url'))
        }
      }
      for (const form of forms) assert.equal(stored.includes(form), false, 'a form of the token is stored')
    }
  })

  test('survives a restart, and so does its revocation', async () => {
    const [live, dead] = [await subject.newUser(), await subject.newUser()]
    await subject.call('POST', '/auth/logout', dead)
    const { kid } = read(live.token).header
    await subject.restart()
    assert.equal((await subject.call('GET', '/auth/user', live)).status, 200)
    assertUnauthorized(await subject.call('GET', '/auth/user', dead), 'revoked')
    assert.equal(read((await subject.newUser()).token).header.kid, kid)
    await subject.restart({ LATCHKEY_SECRET: 'a secret that is set from now on, for tests' })
    assert.equal((await subject.call('GET', '/auth/user', live)).status, 200)
    await subject.restart({ LATCHKEY_SECRET: 'a secret that is set from now on, for tests' })
    assert.equal((await subject.call('GET', '/auth/user', live)).status, 200)
    assertUnauthorized(await subject.call('GET', '/auth/user', dead), 'revoked')
  })
})

onEachService(
  'a token that lasts 30 days',
  (subject) => {
    test('has more digits for the hours', async () => {
      const user = await subject.newUser()
      assert.equal((await subject.call('GET', '/auth/user', user)).json.token_expires_in, '720:00:00')
      subject.now += 1000
      assert.equal((await subject.call('GET', '/auth/user', user)).json.token_expires_in, '719:59:59')
    })
  },
  { TOKEN_TTL_SECONDS: String(30 * 86_400) },
)

const production = {
  LATCHKEY_ENV: 'production',
  LATCHKEY_SECRET: 'not a secret: it is for tests only',
  ARGON2_MEMORY_KIB: '19456',
  ARGON2_PASSES: '2',
}
const lifetimes: [name: string, settings: Record<string, string>, seconds: number][] = [
  ['development', { LATCHKEY_ENV: 'development' }, 900],
  ['production', production, 3600],
  ['test', { LATCHKEY_ENV: 'test' }, 5],
  ['a setting', { LATCHKEY_ENV: 'test', TOKEN_TTL_SECONDS: '77' }, 77],
]
for (const [name, settings, seconds] of lifetimes) {
  onEachService(
    `the lifetime of a token in ${name}`,
    (subject) => {
      test(`is ${seconds} seconds`, async () => {
        const { email, password } = await subject.newUser()
        const { json } = await subject.call('POST', '/auth/login', { json: { email, password } })
        const { iat, exp } = read(json.access_token).claims
        assert.deepEqual([json.expires_in, exp - iat], [seconds, seconds])
        const call = { token: json.access_token }
        subject.now += seconds * 1000 - 1
        assert.equal((await subject.call('GET', '/auth/user', call)).status, 200)
        subject.now += 1
        assertUnauthorized(await subject.call('GET', '/auth/user', call), 'expired')
      })
    },
    settings,
  )
}

for (const alg of ['EdDSA', 'RS256']) {
  onEachService(
    `a token signed with ${alg}`,
    (subject) => {
      test('is accepted, names its algorithm, and is refused after a change or a revocation', async () => {
        const user = await subject.newUser()
        assert.equal(read(user.token).header.alg, alg)
        assert.equal((await subject.call('GET', '/auth/user', user)).status, 200)
        const end = user.token.at(-20) === 'A' ? 'B' : 'A'
        const changed = user.token.slice(0, -20) + end + user.token.slice(-19)
        assertUnauthorized(await subject.call('GET', '/auth/user', { token: changed }), 'invalid')
        await subject.call('POST', '/auth/logout', user)
        assertUnauthorized(await subject.call('GET', '/auth/user', user), 'revoked')
      })

      test('survives a change of the algorithm, which waits until the new key was announced', async () => {
        const user = await subject.newUser()
        await subject.restart({ TOKEN_ALG: 'ES256' })
        assert.equal((await subject.call('GET', '/auth/user', user)).status, 200)
        assert.equal(read((await subject.newUser()).token).header.alg, alg)
        subject.now += 600_000
        await subject.service.ports.keys.reload()
        assert.equal((await subject.call('GET', '/auth/user', user)).status, 200)
        assert.equal(read((await subject.newUser()).token).header.alg, 'ES256')
        await subject.restart()
      })
    },
    { TOKEN_ALG: alg },
  )
}

onEachService(
  'the issuer and the audience',
  (subject) => {
    test('are settings, and a token of another issuer is invalid', async () => {
      const user = await subject.newUser()
      const { iss, aud } = read(user.token).claims
      assert.deepEqual([iss, aud], ['https://keys.example', ['https://api.example', 'reports']])
      await subject.restart({ ISSUER: 'https://other.example' })
      assertUnauthorized(await subject.call('GET', '/auth/user', user), 'invalid')
      await subject.restart({ AUDIENCE: 'invoices' })
      assertUnauthorized(await subject.call('GET', '/auth/user', user), 'invalid')
      assert.equal(read((await subject.newUser()).token).claims.aud, 'invoices')
      await subject.restart({ AUDIENCE: 'invoices, reports' })
      assert.equal((await subject.call('GET', '/auth/user', user)).status, 200)
    })

    test('of a token that was issued before the audience was set are still good', async () => {
      await subject.restart({ AUDIENCE: '' })
      const user = await subject.newUser()
      assert.equal(read(user.token).claims.aud, 'https://keys.example')
      await subject.restart()
      assert.equal((await subject.call('GET', '/auth/user', user)).status, 200)
    })

    test('are missing in a token of an earlier version, which counts until it expires', async () => {
      await subject.restart()
      const user = await subject.newUser()
      const { header, claims } = read(user.token)
      const { aud, client_id, ...former } = claims
      assert.deepEqual([aud.length, client_id], [2, 'latchkey'])
      for (const iss of ['latchkey', 'https://keys.example']) {
        const token = await signWithServiceKey(subject, header, { ...former, iss })
        assert.equal((await subject.call('GET', '/auth/user', { token })).status, 200, iss)
      }
      const foreign = await signWithServiceKey(subject, header, { ...former, iss: 'https://other.example' })
      assertUnauthorized(await subject.call('GET', '/auth/user', { token: foreign }), 'invalid')
      const old = await signWithServiceKey(subject, header, { ...former, iss: 'latchkey' })
      await subject.call('POST', '/auth/logout', { token: old })
      assertUnauthorized(await subject.call('GET', '/auth/user', { token: old }), 'revoked')
      const expired = await signWithServiceKey(subject, header, { ...former, iss: 'latchkey', exp: noon / 1000 - 1 })
      assertUnauthorized(await subject.call('GET', '/auth/user', { token: expired }), 'expired')
    })
  },
  { ISSUER: 'https://keys.example', AUDIENCE: 'https://api.example,reports' },
)

onEachService('the issuer of a service without a name', (subject) => {
  test('is the address it listens on, and tokens count at each of its addresses', async () => {
    const before = subject.service.address
    const user = await subject.newUser()
    assert.equal(read(user.token).claims.iss, before)
    const other = await startTestService(subject.database, {}, () => subject.now)
    try {
      assert.notEqual(other.address, before)
      const token = await other.logIn(user)
      assert.equal(read(token).claims.iss, other.address)
      assert.equal((await subject.call('GET', '/auth/user', { token })).status, 200)
      assert.equal((await other.call('GET', '/auth/user', user)).status, 200)
    } finally {
      await other.stop()
    }
  })

  test('is PUBLIC_URL where that is set, without a slash at its end', async () => {
    await subject.restart({ PUBLIC_URL: 'https://auth.example.com/keys/' })
    const user = await subject.newUser()
    const { iss, aud } = read(user.token).claims
    assert.deepEqual([iss, aud], ['https://auth.example.com/keys', 'https://auth.example.com/keys'])
    assert.equal((await subject.call('GET', '/auth/user', user)).status, 200)
  })
})
