// A SIGNING_KEY_FILE that can never sign stops the start. Otherwise each login would fail.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parseSettings } from '../../src/config/reader.ts'
import { makeKeyPair } from '../../src/keys/keyring.ts'
import { KeyError } from '../../src/keys/keys.ts'
import { readKeyFile } from '../../src/keys/load.ts'

const folder = mkdtempSync(join(tmpdir(), 'latchkey-flawed-'))
after(() => rmSync(folder, { recursive: true }))

const read = (content: string | Buffer, TOKEN_ALG: string) => {
  const SIGNING_KEY_FILE = join(folder, 'key')
  writeFileSync(SIGNING_KEY_FILE, content)
  return readKeyFile(parseSettings({ SIGNING_KEY_FILE, TOKEN_ALG }))
}
const rsaPem = (modulusLength: number) =>
  generateKeyPairSync('rsa', { modulusLength }).privateKey.export({ type: 'pkcs8', format: 'pem' })
const { private_jwk: jwk } = await makeKeyPair('ES256')
const { private_jwk: other } = await makeKeyPair('ES256')

const unreadable = /^SIGNING_KEY_FILE is no private JWK or PEM for ES256$/
const flaws: Record<string, [content: string | Buffer, alg: string, line: RegExp]> = {
  'an RSA key of 1024 bits': [
    rsaPem(1024),
    'RS256',
    /^SIGNING_KEY_FILE is an RSA key of 1024 bits; RS256 needs at least 2048/,
  ],
  'an RSA key of 2040 bits': [rsaPem(2040), 'RS256', /^SIGNING_KEY_FILE is an RSA key of 2040 bits/],
  'the private part of another key': [JSON.stringify({ ...jwk, d: other?.d }), 'ES256', unreadable],
  'a file in UTF-16': [Buffer.from(JSON.stringify(jwk), 'utf16le'), 'ES256', /^SIGNING_KEY_FILE is not UTF-8 \(/],
  'a key for another algorithm': [rsaPem(2048), 'ES256', unreadable],
}
for (const [what, [content, alg, line]] of Object.entries(flaws)) {
  test(`${what} is refused`, async () => {
    await assert.rejects(read(content, alg), (error: Error) => error instanceof KeyError && line.test(error.message))
  })
}

test('a sound file is read, also with a byte order mark and the line ends of Windows', async () => {
  for (const content of [JSON.stringify(jwk), `\ufeff${JSON.stringify(jwk, null, 2)}\r\n`]) {
    assert.deepEqual((await read(content, 'ES256'))?.private_jwk?.d, jwk?.d)
  }
  const pem = rsaPem(2048)
  const { kid } = (await read(pem, 'RS256')) ?? {}
  assert.equal((await read(`\ufeff${String(pem).replaceAll('\n', '\r\n')}`, 'RS256'))?.kid, kid)
})
