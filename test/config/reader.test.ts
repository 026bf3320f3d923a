import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { settingsMarkdown } from '../../src/commands/settings.ts'
import { SettingsError } from '../../src/config/kinds.ts'
import { parseSettings } from '../../src/config/reader.ts'
import { settingsTable } from '../../src/config/table.ts'
import { latchkey } from '../support/process/latchkey.ts'

const secret = 'a secret of at least thirty-two characters'
const production = { LATCHKEY_ENV: 'production', LATCHKEY_SECRET: secret }

function messageFor(environment: Record<string, string>): string {
  return errorFor(environment)?.message ?? 'none'
}

function errorFor(environment: Record<string, string>): SettingsError | undefined {
  try {
    parseSettings(environment)
  } catch (error) {
    assert.ok(error instanceof SettingsError)
    return error
  }
  return undefined
}

test('with nothing set, each setting has its default', () => {
  const settings = parseSettings({})
  assert.deepEqual(Object.keys(settings), Object.keys(settingsTable))
  assert.equal(settings.PORT, 5000)
  assert.equal(settings.DATABASE_URL, 'sqlite:data/latchkey.db')
  assert.deepEqual(settings.CORS_ORIGINS, [])
})

test('TOKEN_TTL_SECONDS defaults to the value of the profile', () => {
  const ttl = (environment: Record<string, string>) => parseSettings(environment).TOKEN_TTL_SECONDS
  assert.equal(ttl({ LATCHKEY_ENV: 'development' }), 900)
  assert.equal(ttl({ LATCHKEY_ENV: 'test' }), 5)
  assert.equal(ttl(production), 3600)
  assert.equal(ttl({ LATCHKEY_ENV: 'test', TOKEN_TTL_SECONDS: '60' }), 60)
})

test('an empty value counts as not set', () => {
  const empty = Object.fromEntries(Object.keys(settingsTable).map((name) => [name, '']))
  assert.deepEqual(parseSettings(empty), parseSettings({}))
})

for (const [name, good, bad] of [
  ['HOST', ['::1', '0.0.0.0', 'localhost', 'fe80::1%eth0'], ['a b', 'http://localhost']],
  ['PORT', ['0', '65535'], ['65536', '-1', '5e3', '0x50', '8 0', 'http']],
  [
    'DATABASE_URL',
    ['sqlite:a.db', 'sqlite:/var/a.db', 'sqlite::memory:', 'postgres://u:p@h:1/d', 'postgresql:///d?host=/run'],
    [
      'sqlite:',
      'sqlite://a.db',
      'sqlite:///a.db',
      'mysql://h/d',
      'postgres://',
      'postgres://u:p#q@h/d',
      'postgres://u:1#q@h/d',
      'a.db',
    ],
  ],
  ['START_TIMEOUT_S', ['0', '3600'], ['3601', '-1', '1m']],
  ['LATCHKEY_ENV', ['test'], ['prod', 'Production']],
  ['TOKEN_TTL_SECONDS', ['1'], ['0', '1.5', '2592001']],
  ['TOKEN_ALG', ['EdDSA'], ['none', 'HS256', 'es256']],
  [
    'PUBLIC_URL',
    ['http://localhost:5000', 'https://auth.example.com/keys/', 'http://[::1]:5000'],
    [
      'auth.example.com',
      'ftp://auth.example.com',
      'https:/auth.example.com',
      'https://',
      'https://a.example/?x',
      'https://a.example/#x',
      'https://user@a.example',
      'https://a.example/a b',
      'https://a.example\\b',
      `https://a.example/${'x'.repeat(200)}`,
    ],
  ],
  ['ISSUER', ['https://id.example'], ['my issuer', 'ö']],
  [
    'AUDIENCE',
    ['https://api.example', 'a,b, c', Array.from({ length: 20 }, (_, i) => `a${i}`).join()],
    ['a,,b', 'a b', 'ö', 'x'.repeat(256), Array.from({ length: 21 }, (_, i) => `a${i}`).join()],
  ],
  ['REALM_DOMAIN', ['example.com'], ['a"b', 'a b']],
  ['LATCHKEY_SECRET', [secret], ['short', 'x'.repeat(1025)]],
  ['PASSWORD_MIN_LENGTH', ['1', '256'], ['0', '257']],
  ['ARGON2_MEMORY_KIB', ['8'], ['7', '4194305']],
  ['ARGON2_PASSES', ['1'], ['0', '101']],
  ['HASH_CONCURRENCY', ['1', '3'], ['0', '4']],
  ['LOGIN_LIMIT_ACCOUNT', ['0'], ['-1', 'off']],
  ['LOGIN_LIMIT_ADDRESS', ['0'], ['-1', 'off']],
  ['LEASE_MS', ['100'], ['99']],
  ['ON_STALE', ['refuse'], ['accept']],
  ['RATE_LIMIT', ['0'], ['-1', 'off']],
  [
    'CORS_ORIGINS',
    ['*', 'https://a.example, http://localhost:8080'],
    [
      'a.example',
      'https://a.example/',
      'https://a.example:443',
      'https://A.example',
      'https://u@a.example',
      'null',
      ',',
    ],
  ],
  [
    'TRUST_PROXY',
    ['loopback', '10.0.0.1', '10.0.0.0/8, ::1', '2001:db8::/32'],
    ['true', '10.0.0.256', '10.0.0.0/33', '10.0.0.0/0', '10.0.0.0/8/8', '1', 'proxy.example'],
  ],
  ['LOG_LEVEL', ['silent'], ['INFO', 'verbose']],
  ['PASSWORD_BLOCKLIST', ['on', 'off'], ['true']],
  ['PASSWORD_WORDS', ['acme', 'acme, blue horse, caf\u00e9'], ['ab', 'acme,', 'x'.repeat(65)]],
  ['EMAIL_VERIFICATION', ['off', 'on', 'required'], ['yes']],
  ['NEW_LOGIN_MAIL', ['on', 'off'], ['yes']],
  [
    'MAIL_FROM',
    ['keys@example.com', 'Latchkey <keys@example.com>', 'Ü, ü <k@example.com>'],
    [
      'example.com',
      'keys@',
      '<keys@example.com',
      'a@example.com, b@example.com',
      'A <a@example.com> <b@example.com>',
      'A\nBcc: b@example.com <a@example.com>',
    ],
  ],
] as const) {
  test(`${name} accepts valid values, and an invalid value gets one line that names the setting`, () => {
    for (const value of good) assert.equal(messageFor({ [name]: value }), 'none', value)
    for (const value of bad) {
      const line = messageFor({ [name]: value })
      assert.match(line, new RegExp(`^${name} must be [^\n]+$`), value)
      if (name === 'LATCHKEY_SECRET') assert.ok(!line.includes(value))
    }
  })
}

for (const [environment, hint] of [
  [{ CORS_ORIGINS: 'https://app.example/' }, 'an origin has no slash at its end'],
  [{ CORS_ORIGINS: 'https://app.example/, https://b.example' }, 'an origin has no slash at its end'],
  [{ CORS_ORIGINS: 'app.example' }, undefined],
  [{ DATABASE_URL: 'postgres://u:p#q@h/d' }, /^in the user and the password, .* percent-encoded: # is %23/],
  [{ DATABASE_URL: 'postgresql://u:p/2@h/d' }, /percent-encoded/],
  [{ DATABASE_URL: 'mysql://u:p#q@h/d' }, undefined],
  [{ LATCHKEY_ENV: 'production' }, 'make one with: npx latchkey secret'],
  [{ SMTP_URL: 'smtp://u:p#q@h' }, /percent-encoded/],
  [{ SMTP_URL: 'smtp://u:p/2@h' }, /percent-encoded/],
] as const) {
  test(`only a common mistake gets a hint: ${JSON.stringify(environment)}`, () => {
    const error = errorFor(environment)
    assert.ok(error !== undefined)
    if (hint instanceof RegExp) assert.match(String(error.hint), hint)
    else assert.equal(error.hint, hint)
    assert.doesNotMatch(`${error.message} ${error.hint}`, /p#q|p\/2/)
  })
}

test('an unknown name that starts with LATCHKEY_ is refused, and other unknown names are ignored', () => {
  assert.equal(messageFor({ LATCHKEY_SECERT: '' }), 'LATCHKEY_SECERT is not a setting')
  assert.equal(messageFor({ LATCHKEY_PORT: '5000' }), 'LATCHKEY_PORT is not a setting')
  assert.equal(messageFor({ HOME: '/root', toString: 'x', __proto__: 'x' }), 'none')
})

test('a server of mail needs a sender, and a URL without a path', () => {
  const MAIL_FROM = 'keys@example.com'
  for (const url of [
    'smtp://localhost',
    'smtp://127.0.0.1:25/',
    'smtp://[::1]:2525',
    'smtps://u:p%2F%40@mail.example.com',
  ]) {
    assert.equal(messageFor({ SMTP_URL: url, MAIL_FROM }), 'none', url)
    assert.equal(messageFor({ SMTP_URL: url }), 'MAIL_FROM must be set, because SMTP_URL is set')
  }
  for (const url of [
    'mail.example.com',
    'smtp://',
    'smtp://h/path',
    'smtp://h?x=1',
    'smtp://h#x',
    'smtp://h:0',
    'smtp://h:x',
    'smtp://u@h',
    'smtp://u:%zz@h',
    'http://h',
  ]) {
    assert.match(messageFor({ SMTP_URL: url, MAIL_FROM }), /^SMTP_URL must be smtp:[^\n]+$/, url)
  }
})

test('hashes leave one thread of the pool free, and a pool of one thread is refused', () => {
  const concurrency = (environment: Record<string, string>) => parseSettings(environment).HASH_CONCURRENCY
  assert.equal(concurrency({ UV_THREADPOOL_SIZE: '2' }), 1)
  assert.equal(concurrency({ UV_THREADPOOL_SIZE: '16', HASH_CONCURRENCY: '15' }), 15)
  assert.equal(
    messageFor({ UV_THREADPOOL_SIZE: '16', HASH_CONCURRENCY: '16' }),
    'HASH_CONCURRENCY must be a whole number from 1 to 15',
  )
  for (const size of ['1', '0', '', 'many', '1025']) {
    assert.equal(messageFor({ UV_THREADPOOL_SIZE: size }), 'UV_THREADPOOL_SIZE must be a whole number from 2 to 1024')
  }
})

for (const [environment, line] of [
  [{ LATCHKEY_SECRET: '' }, 'LATCHKEY_SECRET must be set: it seals the signing keys'],
  [{ ARGON2_PASSES: '1', ARGON2_MEMORY_KIB: '47103' }, 'ARGON2_MEMORY_KIB must be at least 47104 with ARGON2_PASSES=1'],
  [{ ARGON2_PASSES: '2', ARGON2_MEMORY_KIB: '19455' }, 'ARGON2_MEMORY_KIB must be at least 19456 with ARGON2_PASSES=2'],
  [{ ARGON2_PASSES: '3', ARGON2_MEMORY_KIB: '12287' }, 'ARGON2_MEMORY_KIB must be at least 12288 with ARGON2_PASSES=3'],
  [{ ARGON2_PASSES: '4', ARGON2_MEMORY_KIB: '9215' }, 'ARGON2_MEMORY_KIB must be at least 9216 with ARGON2_PASSES=4'],
  [{ ARGON2_PASSES: '5', ARGON2_MEMORY_KIB: '7167' }, 'ARGON2_MEMORY_KIB must be at least 7168 with ARGON2_PASSES=5'],
  [{ ARGON2_PASSES: '9', ARGON2_MEMORY_KIB: '7167' }, 'ARGON2_MEMORY_KIB must be at least 7168 with ARGON2_PASSES=9'],
  [{ PASSWORD_MIN_LENGTH: '7' }, 'PASSWORD_MIN_LENGTH must be at least 8'],
  [{ CORS_ORIGINS: 'https://a.example,*' }, 'CORS_ORIGINS must name its origins'],
  [{ DATABASE_URL: 'sqlite::memory:' }, 'DATABASE_URL must name a file or a server'],
  [{ EMAIL_VERIFICATION: 'on' }, 'EMAIL_VERIFICATION=on needs SMTP_URL'],
  [{ EMAIL_VERIFICATION: 'required' }, 'EMAIL_VERIFICATION=required needs SMTP_URL'],
  [
    { SMTP_URL: 'smtps://mail.example.com', MAIL_FROM: 'keys@example.com' },
    'PUBLIC_URL must be set: the links in messages begin with it',
  ],
] as const) {
  const shown = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
  test(`production refuses ${shown.join(' ')}; development does not`, () => {
    assert.equal(messageFor({ ...production, ...environment }), `${line} (LATCHKEY_ENV is production)`)
    assert.equal(messageFor(environment), 'none')
  })
}

test('production accepts the least memory that OWASP allows for each number of passes', () => {
  for (const [ARGON2_PASSES, ARGON2_MEMORY_KIB] of [
    ['1', '47104'],
    ['2', '19456'],
    ['3', '12288'],
    ['4', '9216'],
    ['5', '7168'],
    ['100', '7168'],
  ] as const) {
    assert.equal(messageFor({ ...production, ARGON2_PASSES, ARGON2_MEMORY_KIB }), 'none')
  }
})

test('docs/settings.md contains the table that `latchkey settings --markdown` prints', async () => {
  const document = readFileSync(join(import.meta.dirname, '../../docs/settings.md'), 'utf8')
  const between = /<!-- settings -->\n([\s\S]*?)\n?<!-- \/settings -->/.exec(document)
  assert.ok(between !== null, 'docs/settings.md has no <!-- settings --> … <!-- /settings -->')
  assert.equal(
    between[1],
    settingsMarkdown(),
    'replace the table with the output of `npx latchkey settings --markdown`',
  )
  const { stdout } = await latchkey(['settings', '--markdown'])
  assert.equal(stdout, `${settingsMarkdown()}\n`)
})

test('the table of settings has a row for each setting and does not depend on the machine', () => {
  const rows = settingsMarkdown().split('\n').slice(2)
  assert.deepEqual(
    rows.map((row) => /^\| `(\w+)` \|/.exec(row)?.[1]),
    Object.keys(settingsTable),
  )
  for (const row of rows) assert.equal(row.split(' | ').length, 4, row)
  assert.match(rows.join('\n'), /`cores − 1, at most UV_THREADPOOL_SIZE − 1`/)
})
