// A verifier without a connection names the true reason, in its events and in its errors.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createHttp, type RequestListener, type Server } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { type AddressInfo, createServer as createTcp, type Server as TcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { addService } from '../../src/services/add.ts'
import {
  ConnectionError,
  type ConnectionErrorCode,
  createVerifier,
  VerifierError,
  type VerifierEvent,
  type VerifierOptions,
} from '../../src/verifier/verifier.ts'
import { createSqlite, open } from '../support/databases.ts'
import { startTestService } from '../support/service.ts'

const credential = { clientId: '0192d5a0-0000-7000-8000-000000000000', clientSecret: 'top secret' }

async function listen<S extends Server | TcpServer>(t: TestContext, server: S): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    if ('closeAllConnections' in server) server.closeAllConnections()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const serve = (t: TestContext, answer: RequestListener) => listen(t, createHttp(answer))

/** The first reason why the verifier has no connection, and the cause of its answer to a request. */
async function reasonOf(t: TestContext, options: VerifierOptions): Promise<ConnectionError> {
  const lost = Promise.withResolvers<VerifierEvent & { type: 'lost' }>()
  const verifier = createVerifier({
    ...credential,
    ...options,
    onEvent: (event) => event.type === 'lost' && lost.resolve(event),
  })
  t.after(verifier.close)
  const { why, error } = await lost.promise
  assert.ok(error instanceof ConnectionError)
  assert.equal(error.message, why)
  assert.ok(error.cause instanceof Error, 'the error has a cause')
  assert.ok(!why.includes(credential.clientSecret))
  return error
}

async function startService(t: TestContext) {
  const { database, undo } = await open(t, createSqlite)
  const service = await startTestService(database)
  undo.push(service.stop)
  const added = await addService(service.ports, { name: 'a shop', may_revoke_users: false })
  assert.ok(added)
  return { service, clientId: added.client_id, clientSecret: added.client_secret }
}

test('a refused credential is named, with where it comes from and what to do', async (t) => {
  const { service, clientId } = await startService(t)
  const { address } = service
  const sources: [VerifierOptions, RegExp][] = [
    [
      { server: address, clientId, clientSecret: 'top secret' },
      /\(401\): check clientId and clientSecret\. .*latchkey service list/,
    ],
    [{ server: `latchkey://${clientId}:other@${new URL(address).host}`, ...undefinedPair }, /\(401\): check server\./],
    [{ server: address, credentialSource: 'SHOP_FILE' }, /\(401\): check SHOP_FILE\./],
  ]
  for (const [options, message] of sources) {
    const error = await reasonOf(t, options)
    assert.equal(error.code, 'credential_refused')
    assert.match(error.message, message)
  }
  const token = await service.register()
  for (const onStale of ['ask', 'refuse'] as const) {
    const verifier = createVerifier({ server: address, ...credential, onStale, onEvent: () => {} })
    t.after(verifier.close)
    await assert.rejects(verifier.ready(), { name: 'ConnectionError', code: 'credential_refused' })
    const refused = await verifier.verify(token).then(
      () => assert.fail('accepted'),
      (reason: unknown) => reason,
    )
    assert.ok(refused instanceof VerifierError && refused.code === 'status_unknown')
    const behind = onStale === 'ask' ? refused.cause : (refused.cause as Error).cause
    assert.ok(behind instanceof ConnectionError)
    assert.equal(behind.code, 'credential_refused')
  }
})

/** The credential of the URL counts. */
const undefinedPair = { clientId: undefined, clientSecret: undefined } as unknown as VerifierOptions

test('a server that is away, and what is no Latchkey server, are told apart', async (t) => {
  const { service } = await startService(t)
  const closed = await closedPort()
  const silent = await listen(
    t,
    createTcp((socket) => void socket.on('error', () => {}).end('hello\r\n\r\n')),
  )
  const cases: [string, ConnectionErrorCode, RegExp][] = [
    [`http://${closed}`, 'unavailable', /cannot be reached \(connect ECONNREFUSED/],
    ['http://no-such-host.invalid', 'host_unknown', /the host name no-such-host\.invalid cannot be found/],
    [`${service.address}/wrong`, 'not_latchkey', /\/wrong is not the address of a Latchkey server: .* answers 404/],
    [`http://${silent}`, 'not_latchkey', /does not speak HTTP/],
    [service.address.replace('http:', 'https:'), 'tls_failed', /does not speak TLS: if that is right, write http:/],

    [`http://${await serve(t, (_, response) => response.end('<p>hello'))}`, 'not_latchkey', /answers no JSON object/],
    [
      `http://${await serve(t, (_, response) => response.end('{"keys":[]}'))}`,
      'not_latchkey',
      /no metadata of Latchkey/,
    ],
    [
      `http://${await serve(t, (_, response) => response.writeHead(301, { location: 'https://x.invalid/' }).end())}`,
      'not_latchkey',
      /redirects: give the address that it redirects to/,
    ],
    [
      `http://${await serve(t, (_, response) => response.writeHead(502).end())}`,
      'unavailable',
      /is not available for now: .* answers 502/,
    ],
  ]
  for (const [server, code, message] of cases) {
    const error = await reasonOf(t, { server })
    assert.match(error.message, message)
    assert.equal(error.code, code, error.message)
  }
})

async function closedPort(): Promise<string> {
  const server = createTcp().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `127.0.0.1:${port}`
}

test('a certificate of an unknown authority is named', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-tls-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')]
  const subject = ['-subj', '/CN=auth.example.com', '-days', '2', '-keyout', key, '-out', cert]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject], { stdio: 'ignore' })
  const host = await listen(t, createHttps({ key: readFileSync(key), cert: readFileSync(cert) }))
  const error = await reasonOf(t, { server: `https://${host}` })
  assert.match(error.message, /^the TLS certificate of https:\/\/127\.0\.0\.1:\d+ is refused \(self-signed certificate/)
  assert.equal(error.code, 'tls_failed')
})

test('a proxy that passes no WebSocket on is named', async (t) => {
  const { service, clientId, clientSecret } = await startService(t)
  const host = await serve(t, async ({ url = '', headers: { authorization } }, response) => {
    const answer = await fetch(service.address + url, { headers: { ...(authorization && { authorization }) } })
    response.writeHead(answer.status).end(await answer.text())
  })
  const error = await reasonOf(t, { server: `http://${host}`, clientId, clientSecret })
  assert.match(error.message, /accepts the credential, but opens no WebSocket at \/api\/v1\/revocations: a proxy/)
  assert.equal(error.code, 'websocket_refused')
})

test('without a listener, the process is warned', async (t) => {
  const warned = once(process, 'warning')
  const verifier = createVerifier({ server: `http://${await closedPort()}`, ...credential })
  t.after(verifier.close)
  const [warning] = await warned
  assert.match(
    warning.message,
    /^latchkey-verifier: http:\/\/127\.0\.0\.1:\d+ cannot be reached \(connect ECONNREFUSED/,
  )
})
