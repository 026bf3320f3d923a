import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { findClient, readNode } from '../../src/http/forwarded.ts'
import { createSqlite, open } from '../support/databases.ts'
import { startTestService } from '../support/service.ts'

const proxies = new Set(['10.0.0.1', '10.0.0.2', '2001:db8::1'])

/** The client that a trusted proxy's request names, and why another could not be read. */
function client(headers: { 'x-forwarded-for'?: string; forwarded?: string }, remoteAddress = '10.0.0.1') {
  const whys: string[] = []
  const found = findClient(
    { remoteAddress, headers },
    (address) => proxies.has(address),
    ({ why }) => whys.push(why),
  )
  return whys.length === 0 ? found : { found, whys }
}

describe('a node (RFC 7239 section 6)', () => {
  const nodes: Record<string, string> = {
    '198.51.100.1': '198.51.100.1',
    '198.51.100.1:40001': '198.51.100.1',
    '198.51.100.1:_hidden-port': '198.51.100.1',
    '2001:DB8:0:0::17': '2001:db8::17',
    '[2001:db8::17]': '2001:db8::17',
    '[2001:db8::17]:4711': '2001:db8::17',
    'fe80::1%eth0': 'fe80::1',
    '[fe80::1%eth0]:4711': 'fe80::1',
    '[fe80::1%25eth0]': 'fe80::1',
    '::ffff:198.51.100.1': '198.51.100.1',
    '[::ffff:c633:6401]:80': '198.51.100.1',
    _hidden: '_hidden',
    '_SEVKISEK:_port': '_SEVKISEK',
  }
  for (const [text, address] of Object.entries(nodes)) {
    test(`${text} is ${address}`, () => assert.equal(readNode(text), address))
  }

  for (const text of [
    'unknown',
    '',
    '1',
    '127.1',
    '0x7f000001',
    '2130706433',
    '010.0.0.1',
    '198.51.100.256',
    '198.51.100.1:',
    '198.51.100.1:400001',
    '198.51.100.1/24',
    '[198.51.100.1]',
    '[2001:db8::17',
    '2001:db8::17]',
    '[2001:db8::17]4711',
    ':',
    '%eth0',
    '_',
    `_${'a'.repeat(64)}`,
    '_a b',
    'client.example',
    '198.51.100.1\n',
    "fe80::1%'; drop table token",
  ]) {
    test(`${JSON.stringify(text)} is none`, () => assert.equal(readNode(text), undefined))
  }

  test('has the same address with and without port, brackets and zone', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.nat(65_535), (ip, port) => assert.equal(readNode(`${ip}:${port}`), readNode(ip))),
    )
    fc.assert(
      fc.property(fc.ipV6(), fc.nat(65_535), (ip, port) => {
        const read = readNode(ip)
        assert.ok(read !== undefined)
        for (const text of [`[${ip}]`, `[${ip}]:${port}`, `[${ip.toUpperCase()}]`, `${ip}%en0`, read]) {
          assert.equal(readNode(text), read, text)
        }
      }),
    )
  })

  test('is read without an error, whatever the text', () => {
    fc.assert(fc.property(fc.string(), (text) => void readNode(text)))
  })
})

describe('the client of a request', () => {
  test('is the connection’s address if no trusted proxy has connected, whatever the headers say', () => {
    const headers = { 'x-forwarded-for': '198.51.100.1', forwarded: 'for=198.51.100.1' }
    assert.equal(client(headers, '203.0.113.9'), '203.0.113.9')
    assert.equal(client(headers, '::ffff:203.0.113.9'), '203.0.113.9')
    assert.equal(client(headers, 'fe80::9%eth0'), 'fe80::9')
  })

  test('is what the nearest proxy has added, not what the client has sent before', () => {
    assert.equal(client({ 'x-forwarded-for': 'forged, 192.0.2.1,198.51.100.1:40001' }), '198.51.100.1')
    assert.equal(client({ forwarded: 'for=192.0.2.1, for="198.51.100.1:40001";proto=https' }), '198.51.100.1')
    assert.equal(client({ 'x-forwarded-for': '198.51.100.1, 10.0.0.2:443 ,[2001:db8::1]:443' }), '198.51.100.1')
    assert.equal(client({ forwarded: 'For="198.51.100.1",for=10.0.0.2;by=_x,for="[2001:DB8::1]:1"' }), '198.51.100.1')
    assert.equal(client({ 'x-forwarded-for': '198.51.100.1' }, '::ffff:10.0.0.1'), '198.51.100.1')
    assert.equal(client({ forwarded: 'for="_a,b=\\"c", for=_hidden' }), '_hidden')
  })

  test('is the proxy if the proxy names no client', () => {
    for (const headers of [{}, { 'x-forwarded-for': ' , ' }, { forwarded: '' }, { forwarded: 'proto=https;host=a' }]) {
      assert.equal(client(headers), '10.0.0.1')
    }
    assert.equal(client({ 'x-forwarded-for': '10.0.0.2' }), '10.0.0.2')
  })

  test('is the nearest proxy if the proxy sends something that cannot be read', () => {
    const hidden = { found: '10.0.0.2', whys: ['a proxy hides it'] }
    assert.deepEqual(client({ 'x-forwarded-for': '192.0.2.1, unknown, 10.0.0.2' }), hidden)
    assert.deepEqual(client({ forwarded: 'for=192.0.2.1, for=Unknown, for=10.0.0.2' }), hidden)
    const none = { found: '10.0.0.1', whys: ['a proxy has sent no address'] }
    assert.deepEqual(client({ 'x-forwarded-for': '192.0.2.1, client.example' }), none)
    assert.deepEqual(client({ forwarded: 'for=192.0.2.1, proto=https' }), none)
    const malformed = { found: '10.0.0.1', whys: ['Forwarded is not as in RFC 7239'] }
    for (const forwarded of ['for="192.0.2.1', 'for="a, for=192.0.2.1', 'for=192.0.2.1 x', 'for=[2001:db8::17]']) {
      assert.deepEqual(client({ forwarded }), malformed, forwarded)
    }
  })

  test('cannot be forged through the header that the proxy does not write', () => {
    const same = { 'x-forwarded-for': '192.0.2.9, 198.51.100.1', forwarded: 'for="198.51.100.1:40001"' }
    assert.equal(client(same), '198.51.100.1')
    for (const headers of [
      { 'x-forwarded-for': '198.51.100.1', forwarded: 'for=192.0.2.1' },
      { 'x-forwarded-for': '198.51.100.1', forwarded: 'for=_hidden' },
    ]) {
      const answer = client(headers)
      assert.deepEqual(typeof answer === 'object' && [answer.found, answer.whys.length], ['10.0.0.1', 1])
    }
  })
})

test('behind Azure, with ports, clients do not lock each other out, and what cannot be read is logged once', async (t) => {
  const { database, undo } = await open(t, createSqlite)
  const { call, register, ports, stop } = await startTestService(database, {
    TRUST_PROXY: 'loopback',
    LOGIN_LIMIT_ADDRESS: '2',
  })
  undo.push(stop)
  const lines: unknown[] = []
  t.mock.method(ports.log, 'warn', (...line: unknown[]) => void lines.push(line))
  await register()
  const fail = (...headers: string[]) =>
    call('POST', '/auth/login', { json: { email: 'user@example.com', password: 'wrong password' }, headers })
  const statusOf = async (...headers: string[]) => (await fail(...headers)).status
  for (const name of ['X-Forwarded-For', 'Forwarded']) {
    const from = (node: string) => statusOf(name, name === 'Forwarded' ? `for="${node}"` : node)
    const net = name === 'Forwarded' ? '198.51.100' : '203.0.113'
    assert.deepEqual([await from(`${net}.1:40001`), await from(`${net}.1:40002`)], [401, 401])
    assert.equal(await from(`${net}.1:40003`), 429)
    assert.equal(await from(`${net}.2:40001`), 401)
  }
  assert.deepEqual(lines, [])
  for (let i = 0; i < 3; i++) await fail('X-Forwarded-For', `unreadable-${i}`)
  assert.deepEqual(lines, [
    [{ why: 'a proxy has sent no address', value: 'unreadable-0', times: 1 }, 'the address of a client cannot be read'],
  ])
})
