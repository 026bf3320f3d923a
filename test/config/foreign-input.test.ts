// Settings as other systems write them: Kubernetes, docker, PowerShell, editors of Windows.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { SettingsError } from '../../src/config/kinds.ts'
import { parseSettings } from '../../src/config/reader.ts'
import { latchkey } from '../support/process/latchkey.ts'

const secret = 'a-secret-of-at-least-thirty-two-characters'

const errorFor = (environment: Record<string, string>, memory_bytes?: number) => {
  try {
    parseSettings(environment, memory_bytes)
    return undefined
  } catch (error) {
    assert.ok(error instanceof SettingsError)
    return error
  }
}

const ofServices = {
  'a Service of Kubernetes named latchkey': {
    LATCHKEY_SERVICE_HOST: '10.0.0.1',
    LATCHKEY_SERVICE_PORT: '80',
    LATCHKEY_SERVICE_PORT_HTTP: '80',
    LATCHKEY_PORT: 'tcp://10.0.0.1:80',
    LATCHKEY_PORT_80_TCP: 'tcp://10.0.0.1:80',
    LATCHKEY_PORT_80_TCP_PROTO: 'tcp',
    LATCHKEY_PORT_80_TCP_PORT: '80',
    LATCHKEY_PORT_80_TCP_ADDR: '10.0.0.1',
  },
  'a Service of Kubernetes named latchkey-public': {
    LATCHKEY_PUBLIC_SERVICE_HOST: '10.0.0.1',
    LATCHKEY_PUBLIC_PORT: 'udp://10.0.0.1:53',
    LATCHKEY_PUBLIC_PORT_53_UDP_ADDR: '10.0.0.1',
  },
  'a verifier in the same container': {
    LATCHKEY_URL: 'latchkey://a:b@127.0.0.1:5000',
    LATCHKEY_CLIENT_ID: 'a',
    LATCHKEY_CLIENT_SECRET: 'b',
  },
}
for (const [what, environment] of Object.entries(ofServices)) {
  test(`the variables of ${what} do not stop the start`, () => assert.equal(errorFor(environment), undefined))
}

test('a name that looks like such a variable and is none is refused, with the setting that was meant', () => {
  for (const [name, value] of [
    ['LATCHKEY_PORT', '5001'],
    ['LATCHKEY_HOST', '0.0.0.0'],
    ['LATCHKEY_DATABASE_URL', 'tcp://10.0.0.1:80'],
  ] as const) {
    const error = errorFor({ [name]: value })
    assert.equal(error?.message, `${name} is not a setting`)
    assert.equal(error.hint, `the setting is ${name.slice('LATCHKEY_'.length)}`)
  }
  for (const name of ['LATCHKEY_SERVICE_HOTS', 'LATCHKEY_PORT_80_TPC', 'LATCHKEY_URLS']) {
    assert.equal(errorFor({ [name]: 'tcp://10.0.0.1:80' })?.message, `${name} is not a setting`)
  }
})

test('white space and a byte order mark around a value do not count', () => {
  const settings = parseSettings({ PORT: ' 80', LATCHKEY_SECRET: `\ufeff${secret}\r\n`, HOST: 'localhost\r', UI: ' ' })
  assert.deepEqual(
    [settings.PORT, settings.LATCHKEY_SECRET, settings.HOST, settings.UI],
    [80, secret, 'localhost', 'on'],
  )
})

test('a value in quotes is refused, because the same file means another value to another program', () => {
  for (const [name, value] of [
    ['PORT', '"5000"'],
    ['LATCHKEY_SECRET', `'${secret}'`],
    ['ISSUER', '"https://a.example'],
  ] as const) {
    const error = errorFor({ [name]: value })
    assert.equal(error?.message, `${name} begins with a quotation mark`)
    assert.match(String(error.hint), /leave them out/)
  }
})

test('hashes that need more memory than the machine has are refused', () => {
  const mebibyte = 1024 * 1024
  const settings = { ARGON2_MEMORY_KIB: '65536', HASH_CONCURRENCY: '2' }
  assert.equal(errorFor(settings, 129 * mebibyte), undefined)
  assert.match(
    String(errorFor(settings, 128 * mebibyte)?.message),
    /^ARGON2_MEMORY_KIB × HASH_CONCURRENCY .* \(131072 KiB\)$/,
  )
})

test('.env may come from Windows, and may be a script of a shell', async (t) => {
  const cwd = mkdtempSync(join(tmpdir(), 'latchkey-env-'))
  t.after(() => rmSync(cwd, { recursive: true }))
  const readBack = async (text: string | Buffer, name: string) => {
    writeFileSync(join(cwd, '.env'), text)
    const { stdout, stderr } = await latchkey(['settings', '--json'], {}, { cwd })
    if (stdout === '') return stderr
    return JSON.parse(stdout).find(({ setting }: { setting: string }) => setting === name)
  }
  for (const text of [
    '\ufeffREALM_DOMAIN=a.example\r\nUI=off\r\n',
    'export REALM_DOMAIN="a.example"\n',
    "REALM_DOMAIN = 'a.example' # ours\n",
    'LATCHKEY_URL=latchkey://a:b@127.0.0.1:5000\nREALM_DOMAIN=a.example',
  ]) {
    const { value, source } = await readBack(text, 'REALM_DOMAIN')
    assert.deepEqual([value, source], ['a.example', '.env'], text)
  }
  const utf16 = Buffer.from('\ufeffREALM_DOMAIN=a.example\r\n', 'utf16le')
  assert.match(await readBack(utf16, 'REALM_DOMAIN'), /^latchkey: \.env is not UTF-8 \(PowerShell/)
})
