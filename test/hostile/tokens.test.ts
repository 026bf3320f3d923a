import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { test } from 'node:test'
import { CompactEncrypt, exportJWK } from 'jose'
import { onEachService, type Subject } from '../contract/suite.ts'
import { attacker, decodeToken, encode, signAsAttacker, signHmac, signWithServiceKey } from './forge.ts'
import { assertInvalidTokens } from './harm.ts'

async function publicKeyOf(subject: Subject) {
  const { public_jwk } = await subject.service.ports.store
    .selectFrom('signing_key')
    .select('public_jwk')
    .executeTakeFirstOrThrow()
  return { text: public_jwk, key: createPublicKey({ key: JSON.parse(public_jwk), format: 'jwk' }) }
}

/** Returns other spellings of the token. Many of them decode to the same bytes. */
function spellings(token: string): Record<string, string> {
  const [h = '', p = '', s = ''] = token.split('.')
  const last = (part: string, change: number) => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    return part.slice(0, -1) + alphabet[alphabet.indexOf(part.at(-1) as string) ^ change]
  }
  return {
    'padding on the header': `${h}=.${p}.${s}`,
    'padding on the claims': `${h}.${p}==.${s}`,
    'padding on the signature': `${token}==`,
    'one sign of padding': `${token}=`,
    'stray bits in the header': `${last(h, 1)}.${p}.${s}`,
    'stray bits in the claims': `${h}.${last(p, 1)}.${s}`,
    'stray bits in the signature': `${h}.${p}.${last(s, 1)}`,
    'more stray bits in the signature': `${h}.${p}.${last(s, 2)}`,
    'a trailing dot': `${token}.`,
    'a leading dot': `.${token}`,
    'a dot twice': `${h}..${p}.${s}`,
    'a part more': `${token}.${s}`,
    'five parts': `${h}.${p}.${s}.${s}.${s}`,
    'the header alone': h,
    'two parts': `${h}.${p}`,
    'two parts and a dot': `${h}.${p}.`,
    'dots alone': '..',
    'the header in upper case': `${h.toUpperCase()}.${p}.${s}`,
    'the claims in lower case': `${h}.${p.toLowerCase()}.${s}`,
    'the signature in upper case': `${h}.${p}.${s.toUpperCase()}`,
    'a space inside': `${h}. ${p}.${s}`,
    'a tab inside': `${h}.\t${p}.${s}`,
    'a tab before': `\t${token}`,
    'a no-break space before': `\xa0${token}`,
    'a byte order mark before': Buffer.from(`\ufeff${token}`).toString('latin1'),
    'a byte of another alphabet inside': `${h}.${p}\xe9.${s}`,
    'two tokens': `${token},${token}`,
    'a token after it': `${token} ${token}`,
    'quotes around': `"${token}"`,
    'percent escapes': token.replaceAll('.', '%2E'),
    'the base64 alphabet': `${h}.${p}.${s.slice(0, -2)}+/`,
    'a character less': token.slice(0, -1),
    'a character more': `${token}A`,
    'four characters more': `${token}AAAA`,
    'the signature twice': `${token}${s}`,
    'the parts in another order': `${p}.${h}.${s}`,
    'the scheme twice': `Bearer ${token}`,
    'JSON serialisation': encode({ payload: p, protected: h, signature: s }),
    'JSON as it is': JSON.stringify({ payload: p, protected: h, signature: s }),
  }
}

for (const TOKEN_ALG of ['ES256', 'EdDSA', 'RS256']) {
  onEachService(
    `hostile tokens, ${TOKEN_ALG}`,
    (subject) => {
      test('another spelling of a live token is invalid, also after the token was seen', async () => {
        const { token } = await subject.newUser()
        await assertInvalidTokens(subject, spellings(token))
        assert.equal((await subject.call('GET', '/auth/user', { token })).status, 200)
        await assertInvalidTokens(subject, spellings(token))
        for (const header of [`bearer ${token}`, `BEARER  ${token}`, token, ` ${token} `]) {
          const answer = await subject.call('GET', '/auth/user', { headers: ['Authorization', header] })
          assert.equal(answer.status, 200, 'the scheme may be in any case, or missing')
        }
      })

      test('a token that was changed after signing is invalid', async () => {
        const { token } = await subject.newUser()
        const other = await subject.newUser()
        const { header, claims, signature } = decodeToken(token)
        const [h, p] = token.split('.') as [string, string]
        const resigned = await signWithServiceKey(subject, header, claims)
        assert.equal(
          (await subject.call('GET', '/auth/user', { token: resigned })).status,
          200,
          'signWithServiceKey makes valid tokens',
        )
        await assertInvalidTokens(subject, {
          'an administrator’s claims': `${h}.${encode({ ...claims, admin: true })}.${signature}`,
          'a later end': `${h}.${encode({ ...claims, exp: Number(claims.exp) + 9999 })}.${signature}`,
          'another’s claims': `${h}.${other.token.split('.')[1]}.${signature}`,
          'another’s signature': `${h}.${p}.${decodeToken(other.token).signature}`,
          'the same claims in another order': `${h}.${encode(Object.fromEntries(Object.entries(claims).reverse()))}.${signature}`,
          'the same header with white space': `${encode(JSON.stringify(header, null, 1))}.${p}.${signature}`,
          'no signature': `${h}.${p}.A`,
          'a short signature': `${h}.${p}.AAAA`,
          'a signature of two characters': `${h}.${p}.AA`,
          'a signature of zeros': `${h}.${p}.${'A'.repeat(signature.length)}`,
          'half a signature': `${h}.${p}.${signature.slice(0, 43)}`,
        })
      })

      test('an algorithm other than the key’s own is invalid, with any signature', async () => {
        const { token } = await subject.newUser()
        const { header, claims, signature } = decodeToken(token)
        const tokens: Record<string, string> = {}
        const foreign = ['ES256', 'EdDSA', 'RS256'].filter((alg) => alg !== TOKEN_ALG)
        const algs = [
          ...foreign,
          'HS256',
          'ES384',
          'PS256',
          'Ed25519',
          'ES256K',
          'RS1',
          TOKEN_ALG.toLowerCase(),
          ` ${TOKEN_ALG}`,
        ]
        for (const alg of [...algs, 'none', 'None', 'nOnE', '', null, 0, true, [TOKEN_ALG], {}, undefined]) {
          const forged = { ...header, alg }
          tokens[`${alg}, signed with our key`] = await signWithServiceKey(subject, forged, claims)
          tokens[`${alg}, with the old signature`] = `${encode(forged)}.${encode(claims)}.${signature}`
          tokens[`${alg}, without a signature`] = `${encode(forged)}.${encode(claims)}.`
        }
        await assertInvalidTokens(subject, tokens)
      })

      test('an HMAC with our public key as its secret is invalid', async () => {
        const { token } = await subject.newUser()
        const { header, claims } = decodeToken(token)
        const { text, key } = await publicKeyOf(subject)
        const secrets: Record<string, string | Buffer> = {
          'as PEM': key.export({ type: 'spki', format: 'pem' }),
          'as PEM without the last line break': String(key.export({ type: 'spki', format: 'pem' })).trim(),
          'as DER': key.export({ type: 'spki', format: 'der' }),
          'as JWK': text,
          'as its identifier': String(header.kid),
          empty: '',
        }
        const forged = { ...header, alg: 'HS256' }
        const tokens = Object.entries(secrets).map(([how, secret]) => [how, signHmac(forged, claims, secret)])
        await assertInvalidTokens(subject, Object.fromEntries(tokens))
      })

      test('a header with other fields than ours is invalid, even signed with our own key', async () => {
        const { token } = await subject.newUser()
        const { header, claims } = decodeToken(token)
        const jwk = await exportJWK(attacker.publicKey)
        const more: Record<string, unknown>[] = [
          { jku: 'https://evil.example/keys' },
          { jwk },
          { x5u: 'https://evil.example/chain' },
          { x5c: ['MIIB'] },
          { x5t: 'x' },
          { crit: ['exp'], exp: 1 },
          { crit: [] },
          { b64: false, crit: ['b64'] },
          { b64: true },
          { zip: 'DEF' },
          { cty: 'JWT' },
          { enc: 'A256GCM' },
          { nonce: 'x' },
          { constructor: {} },
          { typ: 'JWT' },
          { typ: 'AT+JWT' },
          { typ: 'application/at+jwt' },
          { typ: undefined },
          { typ: null },
        ]
        const tokens: Record<string, string> = {}
        for (const each of more) {
          tokens[JSON.stringify(each)] = await signWithServiceKey(subject, { ...header, ...each }, claims)
        }
        for (const [i, text] of [
          '',
          '{',
          '[]',
          'null',
          '"x"',
          '1',
          '{}',
          '\ufeff{}',
          '\0',
          '{"__proto__":{}}',
        ].entries()) {
          tokens[`header ${i}`] = await signWithServiceKey(subject, text, claims)
        }
        await assertInvalidTokens(subject, tokens)
      })

      test('a token with an unknown or foreign key is invalid under every kid', async () => {
        const { token } = await subject.newUser()
        const { header, claims } = decodeToken(token)
        const jwk = await exportJWK(attacker.publicKey)
        const names = ['', '0', '../../../dev/null', "' or 1=1--", '__proto__', 'constructor', 'x'.repeat(5000), '\0']
        const thumbprints = ['A'.repeat(43), `${String(header.kid).slice(0, -1)}_`, String(header.kid).toLowerCase()]
        const tokens: Record<string, string> = {}
        for (const kid of [...names, ...thumbprints, null, 0, [header.kid], { kid: header.kid }, undefined]) {
          const what = JSON.stringify(kid)
          tokens[`${what}, ours`] = await signWithServiceKey(subject, { ...header, kid }, claims)
          tokens[`${what}, attacker’s`] = signAsAttacker({ ...header, alg: 'ES256', kid }, claims)
        }
        tokens['our name, the attacker’s key'] = signAsAttacker({ ...header, alg: 'ES256' }, claims)
        tokens['our name, the attacker’s key inside'] = signAsAttacker({ ...header, alg: 'ES256', jwk }, claims)
        await assertInvalidTokens(subject, tokens)
      })

      test('claims that are missing, mistyped or foreign are invalid, even signed with our own key', async () => {
        const { token } = await subject.newUser()
        const { header, claims } = decodeToken(token)
        const sub = String(claims.sub)
        const wrong: Record<string, unknown[]> = {
          iss: ['', 'latchkey', 'Latchkey', 'https://latchkey', `${claims.iss}/`, [claims.iss], 1],
          aud: [
            '',
            'latchkey',
            'https://other.example',
            [],
            ['https://other.example'],
            [claims.aud, 1],
            [[claims.aud]],
            1,
          ],
          client_id: ['', [claims.client_id], 1, true, {}],
          nbf: [Date.now(), String(claims.iat), '', [claims.iat], {}, true, 1e300],
          sub: [
            '',
            sub.toUpperCase(),
            ` ${sub}`,
            sub.replaceAll('-', ''),
            `{${sub}}`,
            `urn:uuid:${sub}`,
            [sub],
            1,
            `${sub}\n`,
          ],
          admin: ['false', 0, 1, 'true', [], {}],
          jti: [
            '',
            String(claims.jti).toUpperCase(),
            [claims.jti],
            7,
            `${claims.jti}\0`,
            '00000000-0000-0000-0000-000000000000',
          ],
          iat: ['0', 1.5, 1e300, [], {}, true],
          exp: [String(claims.exp), 1e300, Number(claims.exp) + 0.5, 2 ** 60, [claims.exp], {}, true, ''],
        }
        const tokens: Record<string, string> = {}
        for (const [name, values] of Object.entries(wrong)) {
          for (const value of name === 'nbf' ? [...values, null] : [...values, null, undefined]) {
            const forged = { ...claims, [name]: value }
            tokens[`${name} ${JSON.stringify(value)}`] = await signWithServiceKey(subject, header, forged)
          }
        }
        for (const [i, text] of ['', '{', '[]', 'null', '"x"', '1', '{}', '\0', JSON.stringify([claims])].entries()) {
          tokens[`claims ${i}`] = await signWithServiceKey(subject, header, text)
        }
        await assertInvalidTokens(subject, tokens)
      })

      test('an encrypted token is invalid, even encrypted to our public key', async () => {
        const { token } = await subject.newUser()
        const { kid } = decodeToken(token).header as { kid: string }
        const { key } = await publicKeyOf(subject)
        const encrypt = (alg: string, to: Parameters<CompactEncrypt['encrypt']>[0]) =>
          new CompactEncrypt(Buffer.from(token))
            .setProtectedHeader({ alg, enc: 'A256GCM', kid, cty: 'JWT' })
            .encrypt(to)
        const tokens: Record<string, string> = { dir: await encrypt('dir', Buffer.alloc(32)) }
        if (TOKEN_ALG === 'ES256') tokens.ecdh = await encrypt('ECDH-ES+A256KW', key)
        if (TOKEN_ALG === 'RS256') tokens.rsa = await encrypt('RSA-OAEP-256', key)
        await assertInvalidTokens(subject, tokens)
      })
    },
    { TOKEN_ALG },
  )
}
