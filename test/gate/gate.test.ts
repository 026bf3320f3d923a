// `latchkey gate` as a process, beside a server.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { addService } from '../../src/services/add.ts'
import { createSqlite, open } from '../support/databases.ts'
import { latchkey } from '../support/process/latchkey.ts'
import { type ServerProcess, startCommand, startProcess } from '../support/process/server.ts'
import { startTestService } from '../support/service.ts'

async function start(t: Parameters<typeof open>[0]) {
  const { database, undo } = await open(t, createSqlite)
  const service = await startTestService(database)
  undo.push(service.stop)
  const credentials = await addService(service.ports, { name: 'a gateway', may_revoke_users: false })
  assert.ok(credentials)
  const { client_id, client_secret } = credentials
  const LATCHKEY_URL = `latchkey://${client_id}:${client_secret}@${new URL(service.address).host}`
  const startGate = async (args: string[] = [], environment: Record<string, string> = { LATCHKEY_URL }) => {
    const gate = await startCommand(environment, ['gate', '--listen', '127.0.0.1:0', ...args])
    undo.push(gate.stop)
    await untilReady(gate)
    return gate
  }
  return { undo, service, credentials, LATCHKEY_URL, startGate, folder: dirname(database.url.slice('sqlite:'.length)) }
}

async function untilReady(gate: ServerProcess): Promise<void> {
  while ((await gate.call('GET', '//readyz')).status !== 200) await new Promise((resolve) => setImmediate(resolve))
}

test('the gate answers as the server does, until a revocation is answered', async (t) => {
  const { service, startGate } = await start(t)
  const gate = await startGate()
  const token = await service.register()
  const forged = `${token.slice(0, -12)}${token.at(-12) === 'A' ? 'B' : 'A'}${token.slice(-11)}`
  const headers = ['x-auth-user', 'x-auth-admin', 'x-auth-token-id', 'www-authenticate', 'content-type']
  for (const call of [{ token }, {}, { token: 'x' }, { token: forged }, { headers: ['Authorization', 'Basic x'] }]) {
    const [own, server] = [await gate.call('GET', '//check', call), await service.call('GET', '/auth/check', call)]
    assert.deepEqual([own.status, own.json], [server.status, server.json])
    for (const name of headers) assert.equal(own.headers[name], server.headers[name], name)
  }
  const { json } = await service.call('POST', '/auth/logout', { token })
  assert.equal(json.effective.verifiers, 1)
  const refused = await gate.call('GET', '//check', { token })
  assert.deepEqual([refused.status, refused.json.message], [401, 'Token blacklisted. Please log in again.'])
})

test('a connection ends with the answer to a request that asks for another protocol', async (t) => {
  const { startGate } = await start(t)
  const gate = await startGate()
  const { hostname, port } = new URL(gate.address)
  const socket = connect(Number(port), hostname)
  socket.write('GET /check HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nGET /che')
  const [answer] = await once(socket, 'data')
  assert.match(String(answer), /^HTTP\/1\.1 401 .*\r\nConnection: close\r\n/s)
  await once(socket, 'close')
})

test('a query demands rights, and a query that cannot be right is refused', async (t) => {
  const { service, startGate } = await start(t)
  const gate = await startGate()
  const [user, admin] = [await service.register(), await service.admin({ email: 'admin@example.com' })]
  const statuses = async (query: string) =>
    Promise.all([user, admin].map(async (token) => (await gate.call('GET', `//check${query}`, { token })).status))
  for (const query of ['?admin', '?admin=true', '?admin=1', '?admin&scope=orders']) {
    assert.deepEqual(await statuses(query), [403, 204], query)
  }
  for (const query of ['?', '?scope=orders%20reports']) assert.deepEqual(await statuses(query), [204, 204], query)
  for (const query of ['?status=200&path=/x?admn&admin', '?path=', '?scope=a&path=&scope=b']) {
    assert.deepEqual(await statuses(query), query.includes('status') ? [200, 200] : [204, 204], query)
  }
  assert.deepEqual(await statuses('?admin&status=200&path=/orders?status=204'), [403, 200])
  for (const method of ['POST', 'PROPFIND', 'OPTIONS']) {
    const call = { token: user, body: '{"broken', headers: ['Content-Type', 'application/json'] }
    assert.equal((await gate.call(method, '//check', call)).status, 204, method)
  }
  for (const query of [
    '?admn',
    '?status=204',
    '?status=200x',
    '?apath=',
    '?admn&path=/',
    '?admin=false',
    '?scope=',
    '?scope=a%22b',
    '?scope=a&scope=b',
    '?%',
  ]) {
    assert.deepEqual(await statuses(query), [400, 400], query)
  }
})

test('a path or a client that a gateway names in headers changes nothing', async (t) => {
  const { service, startGate } = await start(t)
  const gate = await startGate()
  const token = await service.register()
  const headers = ['X-Original-URL', '/check?admin', 'X-Forwarded-Uri', '/metrics', 'X-Auth-User', 'forged']
  const answer = await gate.call('GET', '//check', { token, headers })
  assert.equal(answer.status, 204)
  assert.notEqual(answer.headers['x-auth-user'], 'forged')
  for (const [method, path, status] of [
    ['POST', '//check', 401],
    ['GET', '//check/orders', 404],
    ['GET', '//checks', 404],
    ['GET', '//', 404],
    ['DELETE', '//metrics', 405],
    ['GET', '//healthz', 200],
  ] as const) {
    assert.equal((await gate.call(method, path)).status, status, `${method} ${path}`)
  }
})

test('the metrics count answers, questions and entries', async (t) => {
  const { service, startGate } = await start(t)
  const gate = await startGate()
  const [token, other] = [await service.register(), await service.logIn()]
  for (let i = 0; i < 3; i++) await gate.call('GET', '//check', { token })
  await service.call('POST', '/auth/logout', { token: other })
  await gate.call('GET', '//check', { token: other })
  const { text } = await gate.call('GET', '//metrics')
  for (const line of [
    /^latchkey_gate_checks_total\{result="accepted"\} 3$/m,
    /^latchkey_gate_checks_total\{result="token_revoked"\} 1$/m,
    /^latchkey_gate_asked_total 0$/m,
    /^latchkey_gate_revocations 1$/m,
    /^latchkey_gate_lease_seconds [0-9.]+$/m,
  ]) {
    assert.match(text, line)
  }
})

test('the credential comes from the environment or from a file, and never from an argument', async (t) => {
  const { service, credentials, LATCHKEY_URL, startGate, folder } = await start(t)
  const { client_id, client_secret } = credentials
  const [json, url] = [join(folder, 'credential.json'), join(folder, 'credential.txt')]
  writeFileSync(json, JSON.stringify({ ...credentials, name: 'a gateway' }))
  writeFileSync(url, `${LATCHKEY_URL}\n`)
  const utf16 = join(folder, 'utf16.json')
  writeFileSync(utf16, JSON.stringify(credentials), 'utf16le')
  const { address } = service
  const pair = { LATCHKEY_CLIENT_ID: client_id, LATCHKEY_CLIENT_SECRET: client_secret }
  for (const [args, environment] of [
    [['--server', address], pair],
    [['--server', address, '--credential-file', json], {}],
    [['--credential-file', url], {}],
    [
      ['--server', address],
      { LATCHKEY_URL: ` ${LATCHKEY_URL}\r\n`, LATCHKEY_CLIENT_ID: ' ', LATCHKEY_CLIENT_SECRET: '' },
    ],
  ] as const) {
    const gate = await startGate([...args], { ...environment })
    assert.ok(!gate.output().includes(client_secret))
    process.kill(gate.pid, 'SIGHUP')
    assert.equal(await gate.exit, 0)
  }
  const bad: Record<string, RegExp> = {}
  for (const [i, [content, message]] of Object.entries({
    null: /has neither a latchkey:\/\/ URL nor the output of/,
    '{"client_id"': /has neither a latchkey:\/\/ URL nor the output of/,
    'client_id:     x': /has neither a latchkey:\/\/ URL nor the output of/,
    '{"client_secret":"x"}': /has no client_id/,
    '{"client_id":"x","client_secret":""}': /has no client_secret/,
  }).entries()) {
    const path = join(folder, `bad-${i}`)
    writeFileSync(path, content)
    bad[path] = message
  }
  const wrong: [string[], Record<string, string>, RegExp][] = [
    [['--server', address], {}, /there is no credential/],
    [['--server', address.replace('http://', 'http://a:secret@')], {}, /must not contain a credential/],
    [['--credential-file', join(folder, 'missing')], {}, /missing cannot be read \(ENOENT\)\n.*give --server URL too/],
    [['--credential-file', utf16], {}, /is not UTF-8 \(PowerShell/],
    [['--credential-file', folder, '--server', address], {}, /cannot be read \(EISDIR\)\n$/],
    [
      ['--credential-file', json],
      {},
      /the address of the server is missing: .*credential\.json has none; give --server URL too/,
    ],
    ...Object.entries(bad).map(([path, message]): (typeof wrong)[number] => [
      ['--credential-file', path, '--server', address],
      {},
      message,
    ]),
    [[], pair, /the address of the server is missing: LATCHKEY_CLIENT_ID and .* are set; give --server URL too/],
    [['--server', address], { LATCHKEY_CLIENT_ID: client_id }, /LATCHKEY_CLIENT_SECRET is not set/],
    [[], { LATCHKEY_URL: address }, /LATCHKEY_URL has no credential: latchkey:/],
    [[], { LATCHKEY_URL: 'latchkey://a:%zz@127.0.0.1' }, /the credential in LATCHKEY_URL is not percent-encoded/],
    [['--server', 'ftp://x'], pair, /server must be/],
    [['--listen', 'nowhere'], { LATCHKEY_URL }, /--listen nowhere must be HOST:PORT or unix:PATH/],
    [['--listen', '127.0.0.1:70000'], { LATCHKEY_URL }, /--listen/],
    [['--on-stale', 'accept'], { LATCHKEY_URL }, /--on-stale/],
  ]
  for (const [args, environment, message] of wrong) {
    const { code, stderr } = await latchkey(['gate', ...args], environment)
    assert.equal(code, 2, stderr)
    assert.match(stderr, message)
    assert.ok(!stderr.includes(client_secret))
  }
})

test('a gate listens on a socket file, also where a killed gate has left one', async (t) => {
  const { undo, service, LATCHKEY_URL, folder } = await start(t)
  const path = join(folder, 'gate.sock')
  const token = await service.register()
  const first = await startCommand({ LATCHKEY_URL }, ['gate', '--listen', `unix:${path}`])
  await first.kill()
  const second = await startCommand({ LATCHKEY_URL }, ['gate', '--listen', `unix:${path}`])
  undo.push(second.stop)
  while (!second.output().includes('a lease runs')) await new Promise((resolve) => setImmediate(resolve))
  const sent = request({ socketPath: path, path: '/check', headers: { authorization: `Bearer ${token}` } }).end()
  const [response] = await once(sent, 'response')
  assert.equal(response.statusCode, 204)
  const third = await latchkey(['gate', '--listen', `unix:${path}`], { LATCHKEY_URL })
  assert.match(third.stderr, /cannot listen on unix:.* \(EADDRINUSE\)/)
})

test('a gate removes no file that is not a socket', async (t) => {
  const { LATCHKEY_URL, folder } = await start(t)
  const path = join(folder, 'precious')
  writeFileSync(path, 'precious')
  // A link to a file, and a folder, are no sockets either.
  symlinkSync(path, join(folder, 'link'))
  for (const name of ['precious', 'link', '.']) {
    const { code, stderr } = await latchkey(['gate', '--listen', `unix:${join(folder, name)}`], { LATCHKEY_URL })
    assert.equal(code, 1)
    assert.match(stderr, /cannot listen on unix:.* \(EADDRINUSE\)/)
  }
  assert.equal(readFileSync(path, 'utf8'), 'precious')
})

test('without its server a gate says 503, and answers again when the server is back', async (t) => {
  const { undo, LATCHKEY_URL } = await start(t)
  const away = new URL(LATCHKEY_URL)
  away.port = '1'
  const gate = await startCommand({ LATCHKEY_URL: away.href }, ['gate', '--listen', '127.0.0.1:0'])
  undo.push(gate.stop)
  const check = await gate.call('GET', '//check', { token: 'a.b.c' })
  assert.deepEqual([check.status, check.headers['retry-after']], [503, '1'])
  assert.equal((await gate.call('GET', '//readyz')).status, 503)
  assert.equal((await gate.call('GET', '//healthz')).status, 200)
  // Half a request does not keep the gate from ending.
  const { hostname, port } = new URL(gate.address)
  const half = connect(Number(port), hostname).on('error', () => {})
  half.write('GET /check HTTP/1.1\r\n')
  assert.equal(await gate.stop(), 0)
})

test('a refused credential is in the log of the gate, with its file, and once in the log of the server', async (t) => {
  const { database, undo } = await open(t, createSqlite)
  const settings = { DATABASE_URL: database.url, LOG_LEVEL: 'info' }
  const server = await startProcess({ ...settings, PORT: '0' })
  undo.push(() => server.kill())
  const added = JSON.parse((await latchkey(['service', 'add', 'gate', '--json'], settings)).stdout)
  const file = join(dirname(database.url.slice('sqlite:'.length)), 'gate.json')
  writeFileSync(file, JSON.stringify({ ...added, client_secret: 'top secret' }))
  const gate = await startCommand({}, [
    'gate',
    '--listen',
    '127.0.0.1:0',
    '--credential-file',
    file,
    '--server',
    server.address,
  ])
  undo.push(gate.stop)
  const lines = (text: string, field: string) =>
    text
      .split('\n')
      .filter((line) => line.startsWith('{') && line.includes(field))
      .map((line) => JSON.parse(line))
  while (!gate.output().includes('credential_refused')) await gate.call('GET', '//healthz')
  const [line] = lines(gate.output(), 'credential_refused')
  assert.equal(line.msg, 'there is no connection to the server')
  assert.match(
    line.why,
    /refuses the credential \(401\): check --credential-file .*gate\.json\. .*latchkey service list/,
  )

  const form = { token: 'x', client_id: added.client_id, client_secret: 'wrong' }
  for (let i = 0; i < 3; i++) {
    assert.equal((await server.call('POST', '//oauth/introspect', { form })).status, 401)
    for (const client_id of ['0192d5a0-0000-7000-8000-000000000000', 'no id']) {
      assert.equal((await server.call('POST', '//oauth/token', { form: { ...form, client_id } })).status, 401)
    }
  }
  const refused = lines(server.output(), 'the credential of a service was refused')
  assert.deepEqual(
    refused.map(({ service, address, why }) => [service, address, why]),
    [
      [added.client_id, '127.0.0.1', 'the secret is wrong'],
      ['0192d5a0-0000-7000-8000-000000000000', '127.0.0.1', 'there is no such service'],
    ],
  )
  for (const { reqId } of refused) assert.equal(typeof reqId, 'string')
  for (const text of [gate.output(), server.output()]) assert.ok(!text.includes('top secret'))
})
