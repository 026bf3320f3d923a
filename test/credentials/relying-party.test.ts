import assert from 'node:assert/strict'
import { test } from 'node:test'
import { relyingPartyOf } from '../../src/credentials/relying-party.ts'

test('passkeys are bound to the host name of the public URL, or to localhost', () => {
  const localhost = (port: number) => ({ id: 'localhost', origin: `http://localhost:${port}` })
  const cases: [url: string, party: ReturnType<typeof relyingPartyOf>][] = [
    ['https://login.example', { id: 'login.example', origin: 'https://login.example' }],
    ['https://login.example:8443/keys', { id: 'login.example', origin: 'https://login.example:8443' }],
    ['http://127.0.0.1:5000', localhost(5000)],
    ['http://127.1:5000', localhost(5000)],
    ['http://[::1]:5000', localhost(5000)],
    ['http://localhost:80', { id: 'localhost', origin: 'http://localhost' }],
    ['http://login.example', undefined],
    ['http://10.0.0.1:5000', undefined],
    ['https://192.0.2.1', undefined],
    ['https://0xc0000201', undefined],
    ['https://[2001:db8::1]', undefined],
  ]
  for (const [url, party] of cases) assert.deepEqual(relyingPartyOf(url), party, url)
})
