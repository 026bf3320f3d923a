// Writes tokens.json: tokens, and how every verifier must answer each token at a given instant. The keys in
// test-only-keys.json were generated for these vectors and sign nothing else.
import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'

/** A token, the instant (ISO 8601) of its use, and the code of the refusal. Null: the token is accepted. */
export interface Vector {
  name: string
  token: string
  now: string
  refusal: 'token_invalid' | 'token_expired' | null
}

export interface Vectors {
  issuer: string
  /** The names of the verifier. The issuer is one too. */
  audience: string[]
  /** Public keys (RFC 7517), each with its `kid` and its only `alg`. */
  keys: { kid: string; alg: string }[]
  vectors: Vector[]
}

type Algorithm = 'ES256' | 'EdDSA' | 'RS256'
type Fields = Record<string, unknown>
type Draft = [name: string, token: string, refusal: Vector['refusal'], now?: number]

const folder = new URL('.', import.meta.url)
const stored = JSON.parse(readFileSync(new URL('test-only-keys.json', folder), 'utf8'))
const privateKeys: Record<Algorithm, { kid: string; key: KeyObject }> = {
  ES256: importKey('ES256'),
  EdDSA: importKey('EdDSA'),
  RS256: importKey('RS256'),
}
const issuer = 'https://issuer.example'
const audience = ['https://api.example', 'reports']
const iat = Date.parse('2030-01-01T00:00:00Z') / 1000
const exp = iat + 900

const header = { alg: 'ES256', kid: privateKeys.ES256.kid, typ: 'at+jwt' }
const claims = {
  sub: '5f0c7a55-7d1f-4c2e-9b57-0c5f2b1f6a10',
  admin: false,
  jti: '01973b32-1c1f-7d2e-8a43-1d5f5f0d6a11',
  iat,
  exp,
  iss: issuer,
  aud: 'https://api.example',
  client_id: 'latchkey',
}

/** As versions before `aud` and `client_id` wrote them. */
const former = without(without(claims, 'aud'), 'client_id')
const service = '0d5b9f7e-3c1a-4c55-8f0e-2b6a4d1c9e77'

function importKey(alg: Algorithm) {
  const { kid, ...jwk } = stored[alg]
  return { kid, key: createPrivateKey({ key: jwk, format: 'jwk' }) }
}

function encode(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
}

function without(fields: Fields, name: string): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([each]) => each !== name))
}

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** The other signature that verifies: (r, n − s). */
function negateS(signature: Buffer): Buffer {
  const s = order - BigInt(`0x${signature.toString('hex', 32)}`)
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')])
}

function signature(input: string, alg: Algorithm, key: KeyObject = privateKeys[alg].key): Buffer {
  if (alg === 'EdDSA') return sign(null, Buffer.from(input), key)
  const made = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
  const low = alg === 'RS256' || BigInt(`0x${made.toString('hex', 32)}`) <= order / 2n
  return low ? made : negateS(made)
}

/** Signs any header and payload as the service does: with a low S for ES256. */
function signToken(head: unknown, payload: unknown, alg: Algorithm = 'ES256', key?: KeyObject): string {
  const input = `${encode(head)}.${encode(payload)}`
  return `${input}.${signature(input, alg, key).toString('base64url')}`
}

const good = signToken(header, claims)
const [head, body, sig] = good.split('.') as [string, string, string]

function accepted(): Draft[] {
  const other = (alg: Algorithm) => signToken({ ...header, alg, kid: privateKeys[alg].kid }, claims, alg)
  return [
    ['just issued', good, null],
    ['in its last millisecond', good, null, exp * 1000 - 1],
    ['of an administrator', signToken(header, { ...claims, admin: true }), null],
    ['signed with EdDSA', other('EdDSA'), null],
    ['signed with RS256', other('RS256'), null],
    ['of a service', signToken(header, { ...claims, sub: service, client_id: service }), null],
    ['for the issuer', signToken(header, { ...claims, aud: issuer }), null],
    ['for the other name of the verifier', signToken(header, { ...claims, aud: 'reports' }), null],
    ['for a list of one', signToken(header, { ...claims, aud: ['reports'] }), null],
    ['for several, the verifier last', signToken(header, { ...claims, aud: ['elsewhere', 'reports'] }), null],
    ['at the instant of its nbf', signToken(header, { ...claims, nbf: iat }), null],
    ['nbf is a fraction', signToken(header, { ...claims, nbf: iat - 0.5 }), null],
    ['nbf is negative', signToken(header, { ...claims, nbf: -1 }), null],
    ['of an earlier version', signToken(header, former), null],
    ['of an earlier version with its default issuer', signToken(header, { ...former, iss: 'latchkey' }), null],
  ]
}

function early(): Draft[] {
  const later = signToken(header, { ...claims, nbf: iat + 60 })
  return [
    ['nbf lies in the future', later, 'token_invalid'],
    ['a millisecond before its nbf', later, 'token_invalid', (iat + 60) * 1000 - 1],
    ['nbf lies in the future, and exp in the past', later, 'token_invalid', (iat - 1) * 1000],
    ['nbf has come', later, null, (iat + 60) * 1000],
    ['nbf was long ago, and exp too', later, 'token_expired', exp * 1000],
  ]
}

function expired(): Draft[] {
  return [
    ['at the instant of its exp', good, 'token_expired', exp * 1000],
    ['a year later', good, 'token_expired', (exp + 31_536_000) * 1000],
    ['exp is zero', signToken(header, { ...claims, exp: 0 }), 'token_expired'],
    ['exp is negative', signToken(header, { ...claims, exp: -1 }), 'token_expired'],
    ['expired and modified', `${head}.${encode({ ...claims, admin: true })}.${sig}`, 'token_invalid', exp * 1000],
  ]
}

/** Returns each variant of the part that differs in its last character and decodes to the same bytes. */
function strayBits(part: string): string[] {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const bytes = Buffer.from(part, 'base64url')
  const spellings = [...alphabet].map((last) => part.slice(0, -1) + last)
  return spellings.filter((each) => each !== part && Buffer.from(each, 'base64url').equals(bytes))
}

function otherSpellings(): Draft[] {
  const texts: Record<string, string> = {
    empty: '',
    'one word': 'token',
    'only dots': '..',
    'two parts': `${head}.${body}`,
    'four parts': `${good}.${sig}`,
    'five parts, as an encrypted token has': `${head}..${body}.${sig}.${sig}`,
    'no header': `.${body}.${sig}`,
    'no payload': `${head}..${sig}`,
    'no signature': `${head}.${body}.`,
    'padded header': `${head}=.${body}.${sig}`,
    'padded payload': `${head}.${body}==.${sig}`,
    'padded signature': `${good}==`,
    'leading space': ` ${good}`,
    'trailing newline': `${good}\n`,
    'space inside': `${head}.${body.slice(0, 9)} ${body.slice(9)}.${sig}`,
    'line break inside': `${head}.${body.slice(0, 8)}\r\n${body.slice(8)}.${sig}`,
    'NUL at the end': `${good}\0`,
    'letters beyond ASCII': `${head}.${body}é.${sig}`,
    'wide letters': good.replace('e', 'ｅ'),
    'plain base64': signToken(header, { ...claims, more: '>>>???~~~' })
      .replaceAll('-', '+')
      .replaceAll('_', '/'),
    'percent-encoded': good.replaceAll('.', '%2E'),
    'in quotes': `"${good}"`,
    'over 8 KiB': signToken(header, { ...claims, more: 'x'.repeat(8192) }),
    'JSON serialisation': JSON.stringify({ protected: head, payload: body, signature: sig }),
  }
  const stray = [head, body, sig].flatMap((part, i) =>
    strayBits(part).map(
      (each, n) => [`stray bits ${n + 1} in part ${i + 1}`, good.split('.').with(i, each).join('.')] as const,
    ),
  )
  return [...Object.entries(texts), ...stray].map(([name, token]) => [name, token, 'token_invalid'])
}

function otherHeaders(): Draft[] {
  const attacker = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = attacker.publicKey.export({ format: 'jwk' })
  const byAttacker = (more: Fields) => signToken({ ...header, ...more }, claims, 'ES256', attacker.privateKey)
  const headers: Record<string, unknown> = {
    'no alg': without(header, 'alg'),
    'alg is null': { ...header, alg: null },
    'alg in lower case': { ...header, alg: 'es256' },
    'alg is ES384': { ...header, alg: 'ES384' },
    'alg of the RSA key': { ...header, alg: 'RS256' },
    'no kid': without(header, 'kid'),
    'kid is a number': { ...header, kid: 1 },
    'kid is null': { ...header, kid: null },
    'kid is empty': { ...header, kid: '' },
    'kid is a path': { ...header, kid: '../../../../dev/null' },
    'kid is SQL': { ...header, kid: "' or 1=1 --" },
    'kid is __proto__': { ...header, kid: '__proto__' },
    'kid of no key': { ...header, kid: 'A'.repeat(43) },
    'kid of another key': { ...header, kid: privateKeys.EdDSA.kid },
    'no typ': without(header, 'typ'),
    'typ is JWT': { ...header, typ: 'JWT' },
    'typ in upper case': { ...header, typ: 'AT+JWT' },
    'typ with its full name': { ...header, typ: 'application/at+jwt' },
    'crit that names exp': { ...header, crit: ['exp'], exp },
    'crit is empty': { ...header, crit: [] },
    'b64 is false': { ...header, b64: false, crit: ['b64'] },
    'names a key set': { ...header, jku: 'https://attacker.example/keys' },
    'names a certificate': { ...header, x5u: 'https://attacker.example/certificate' },
    'has a content type': { ...header, cty: 'JWT' },
    'is a list': [header],
    'is null': 'null',
    'is no JSON': '{alg:ES256}',
  }
  const drafts = Object.entries(headers).map(
    ([name, each]): Draft => [`header: ${name}`, signToken(each, claims), 'token_invalid'],
  )
  return [
    ...drafts,
    ['header: brings a key of its own', byAttacker({ jwk }), 'token_invalid'],
    [
      'header: names keys elsewhere',
      byAttacker({ jku: 'https://attacker.example/keys', kid: 'attacker' }),
      'token_invalid',
    ],
  ]
}

function otherAlgorithms(): Draft[] {
  const publicKey = createPublicKey(privateKeys.RS256.key)
  const secrets = {
    PEM: publicKey.export({ type: 'spki', format: 'pem' }),
    DER: publicKey.export({ type: 'spki', format: 'der' }),
    JWK: JSON.stringify(publicKey.export({ format: 'jwk' })),
    nothing: '',
  }
  const macs = Object.entries(secrets).map(([name, secret]): Draft => {
    const input = `${encode({ ...header, alg: 'HS256', kid: privateKeys.RS256.kid })}.${encode(claims)}`
    const mac = createHmac('sha256', secret).update(input).digest('base64url')
    return [`HS256 with the public key as its secret: ${name}`, `${input}.${mac}`, 'token_invalid']
  })
  const unsigned = ['none', 'None', 'NONE', 'nOnE'].flatMap((alg): Draft[] => {
    const input = `${encode({ ...header, alg })}.${encode({ ...claims, admin: true })}`
    return [
      [`alg ${alg} without a signature`, `${input}.`, 'token_invalid'],
      [`alg ${alg} with somebody's signature`, `${input}.${sig}`, 'token_invalid'],
    ]
  })
  return [...macs, ...unsigned]
}

function otherSignatures(): Draft[] {
  const attacker = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const bytes = Buffer.from(sig, 'base64url')
  const flipped = Buffer.from(bytes)
  flipped.writeUInt8(flipped.readUInt8(5) ^ 1, 5)
  const signatures: Record<string, Buffer> = {
    'one bit flipped': flipped,
    'the other one that verifies': negateS(bytes),
    'one byte short': bytes.subarray(0, -1),
    'one byte long': Buffer.concat([bytes, Buffer.alloc(1)]),
    zeros: Buffer.alloc(64),
    'order of the curve': Buffer.concat([
      Buffer.from(order.toString(16), 'hex'),
      Buffer.from(order.toString(16), 'hex'),
    ]),
    'in DER': sign('sha256', Buffer.from(`${head}.${body}`), privateKeys.ES256.key),
    'over the header alone': signature(head, 'ES256'),
    'over the payload alone': signature(body, 'ES256'),
    'of another token': Buffer.from(signToken(header, { ...claims, admin: true }).split('.')[2] as string, 'base64url'),
  }
  const drafts = Object.entries(signatures).map(
    ([name, each]): Draft => [`signature: ${name}`, `${head}.${body}.${each.toString('base64url')}`, 'token_invalid'],
  )
  return [
    ...drafts,
    ['signature: of another key under our kid', signToken(header, claims, 'ES256', attacker), 'token_invalid'],
    ['payload modified after signing', `${head}.${encode({ ...claims, admin: true })}.${sig}`, 'token_invalid'],
    [
      'header modified after signing',
      `${encode({ typ: 'at+jwt', kid: header.kid, alg: 'ES256' })}.${body}.${sig}`,
      'token_invalid',
    ],
  ]
}

function otherClaims(): Draft[] {
  const wrong: Record<keyof typeof claims, unknown[]> = {
    iss: ['https://other.example', `${issuer}/`, 'HTTPS://ISSUER.EXAMPLE', 'latchkey', '', null, 1, [issuer]],
    aud: [
      'https://other.example',
      'https://api.example/',
      'https://API.example',
      'reports,https://api.example',
      '',
      null,
      1,
      true,
      {},
      [],
      ['https://other.example'],
      ['reports', 1],
      ['reports', null],
      [['reports']],
    ],
    client_id: ['', null, 1, true, ['latchkey'], {}],
    sub: ['somebody', claims.sub.toUpperCase(), '', null, 1, [claims.sub], {}],
    admin: ['true', 'false', 1, 0, null, [], {}],
    jti: ['1', claims.jti.toUpperCase(), `${claims.jti} `, claims.jti.replaceAll('-', ''), '', null, 1, [claims.jti]],
    iat: [String(iat), iat + 0.5, null, true, '2030-01-01T00:00:00Z', [iat]],
    exp: [String(exp), exp + 0.5, null, true, '2031-01-01T00:00:00Z', 1e300, [exp]],
  }
  const mistyped = Object.entries(wrong).flatMap(([name, values]) =>
    values.map(
      (value): Draft => [
        `claim ${name} is ${JSON.stringify(value)}`,
        signToken(header, { ...claims, [name]: value }),
        'token_invalid',
      ],
    ),
  )
  const missing = Object.keys(claims).map(
    (name): Draft => [`claim ${name} is missing`, signToken(header, without(claims, name)), 'token_invalid'],
  )
  const nbfs = [String(iat), '', null, true, [iat], {}].map(
    (nbf): Draft => [`claim nbf is ${JSON.stringify(nbf)}`, signToken(header, { ...claims, nbf }), 'token_invalid'],
  )
  // JSON has no infinity, but a number may be too large.
  const endless = JSON.stringify({ ...claims, nbf: 0 }).replace('"nbf":0', '"nbf":-1e999')
  const formers = ['https://other.example', '', null].map(
    (iss): Draft => [
      `of an earlier version, and iss is ${JSON.stringify(iss)}`,
      signToken(header, { ...former, iss }),
      'token_invalid',
    ],
  )
  const payloads = ['{', 'null', '[]', '"text"', '5', '{}'].map(
    (text): Draft => [`payload is ${text}`, signToken(header, text), 'token_invalid'],
  )
  return [
    ...missing,
    ...mistyped,
    ...nbfs,
    ['claim nbf is -1e999', signToken(header, endless), 'token_invalid'],
    ...formers,
    ...payloads,
  ]
}

/** Makes and signs all vectors. Two runs differ only in the signatures. */
export function makeVectors(): Vectors {
  const drafts = [
    ...accepted(),
    ...early(),
    ...expired(),
    ...otherSpellings(),
    ...otherHeaders(),
    ...otherAlgorithms(),
    ...otherSignatures(),
    ...otherClaims(),
  ]
  const keys = Object.entries(privateKeys).map(([alg, { kid, key }]) => ({
    ...createPublicKey(key).export({ format: 'jwk' }),
    kid,
    alg,
  }))
  return {
    issuer,
    audience,
    keys,
    vectors: drafts.map(([name, token, refusal, now = iat * 1000]) => ({
      name,
      token,
      now: new Date(now).toISOString(),
      refusal,
    })),
  }
}

if (import.meta.main) {
  writeFileSync(new URL('tokens.json', folder), `${JSON.stringify(makeVectors(), null, 2)}\n`)
}
