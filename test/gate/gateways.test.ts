// The blocks of docs/gateways.md with Debian's nginx, Caddy and HAProxy.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { statSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { subprotocol } from '../../src/revocation/feed/frames.ts'
import { addService } from '../../src/services/add.ts'
import { createVerifier } from '../../src/verifier/verifier.ts'
import { sendBytes } from '../contract/raw.ts'
import { createSqlite, type TestDatabase } from '../support/databases.ts'
import { program } from '../support/process/latchkey.ts'
import { type ServerProcess, startCommand } from '../support/process/server.ts'
import { account, send, startTestService, type TestService } from '../support/service.ts'
import { blocksOf, freePort, newFolder, nginx, runGateway, startApplication } from './documented.ts'

interface Gateway {
  name: string
  /** Writes the files and returns the command. `changes` puts the ports into a block. */
  prepare: (folder: string, changes: Record<string, string>) => string[]
}

const gateways: Gateway[] = [
  {
    name: 'nginx',
    prepare(folder, changes) {
      const [server = '', checked = ''] = blocksOf('nginx', 'nginx', changes)
      writeFileSync(join(folder, 'checked.conf'), checked)
      return nginx(folder, server)
    },
  },
  {
    name: 'Caddy',
    prepare(folder, changes) {
      const [site = ''] = blocksOf('Caddy', 'caddyfile', changes)
      writeFileSync(join(folder, 'Caddyfile'), `{\n\tadmin off\n}\n${site}`)
      return ['caddy', 'run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile']
    },
  },
  {
    name: 'HAProxy',
    prepare(folder, changes) {
      const [lua = ''] = blocksOf('HAProxy', 'lua', changes)
      const [config = ''] = blocksOf('HAProxy', 'haproxy', changes)
      writeFileSync(join(folder, 'gate.lua'), lua)
      writeFileSync(join(folder, 'haproxy.cfg'), config.replace('gate.lua', join(folder, 'gate.lua')))
      return ['haproxy', '-db', '-f', join(folder, 'haproxy.cfg')]
    },
  },
]

/** What a client sends to pass for another one. */
const forged = [
  ...['X-Auth-User', 'forged', 'X-Auth-Admin', 'true', 'X-Auth-Token-Id', 'forged'],
  ...['X_Auth_User', 'forged', 'X_Auth_Admin', 'true', 'X-Auth_Token-Id', 'forged'],
  ...['X-Forwarded-For', '203.0.113.9', 'Forwarded', 'for=203.0.113.9'],
]
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

let database: TestDatabase
let service: TestService
let LATCHKEY_URL: string
let application: Awaited<ReturnType<typeof startApplication>>
let credentials: { client_id: string; client_secret: string }

before(async () => {
  database = await createSqlite()
  service = await startTestService(database, { TRUST_PROXY: '127.0.0.1', CORS_ORIGINS: 'https://app.example' })
  const added = await addService(service.ports, { name: 'gateways', may_revoke_users: false })
  assert.ok(added)
  credentials = added
  LATCHKEY_URL = `latchkey://${added.client_id}:${added.client_secret}@${new URL(service.address).host}`
  application = await startApplication()
})
after(async () => {
  application?.close()
  await service?.stop()
  await database?.remove()
})

/** A client of a gateway, and a user and an administrator who have logged in. */
async function newClient(address: string, latchkey = service) {
  const get = (path: string, token?: string, headers: string[] = [], method = 'GET') =>
    send(address, method, `/${path}`, { ...(token !== undefined && { token }), headers })
  const email = `user-${new URL(address).port}@example.com`
  return { get, email, token: await latchkey.register({ email }), admin: await latchkey.admin({ email: `a-${email}` }) }
}

type Client = Awaited<ReturnType<typeof newClient>>

/** The application sees who has sent a request, and nobody else. */
async function assertNames({ get, token }: Client, path: string): Promise<void> {
  const { sub, jti } = claimsOf(token)
  const seen = {
    method: 'GET',
    'x-auth-user': sub,
    'x-auth-admin': 'false',
    'x-auth-token-id': jti,
    'x-forwarded-for': '127.0.0.1',
  }
  for (const headers of [[], forged]) assert.deepEqual((await get(path, token, headers)).json, seen)
  for (const headers of [[], forged]) {
    const missing = await get(path, undefined, [...headers])
    assert.deepEqual([missing.status, /^Bearer realm=/.test(String(missing.headers['www-authenticate']))], [401, true])
  }
  assert.equal((await get(path, 'x')).status, 401)
  const preflight = await get(path, undefined, forged, 'OPTIONS')
  assert.deepEqual(preflight.json, { method: 'OPTIONS', 'x-forwarded-for': '127.0.0.1' })
}

/** A login works through the gateway, and the client cannot choose its address. */
async function assertLogsIn(address: string, { email }: Client, base = ''): Promise<void> {
  const path = `//${base}api/v1`
  const json = { ...account, email }
  const login = await send(address, 'POST', `${path}/auth/login`, { json, headers: forged })
  assert.equal(login.status, 200, login.text)
  const { tokens } = (await send(address, 'GET', `${path}/tokens`, { token: login.json.access_token })).json
  assert.deepEqual([...new Set(tokens.map(({ ip }: { ip: string }) => ip))], ['127.0.0.1'])
  const headers = ['Origin', 'https://app.example', 'Access-Control-Request-Method', 'POST']
  const preflight = await send(address, 'OPTIONS', `${path}/auth/login`, { headers })
  assert.deepEqual([preflight.status, preflight.headers['access-control-allow-origin']], [204, 'https://app.example'])
}

async function assertDemandsAdmin(address: string, { token, admin }: Client): Promise<void> {
  const names = (sent: string[]) => sent.map((each, i) => (i % 2 === 0 ? `${each}: ` : `${each}\r\n`)).join('')
  const get = (path: string, headers: string[]) =>
    sendBytes(
      address,
      `GET ${path} HTTP/1.1\r\nHost: ${new URL(address).host}\r\nConnection: close\r\n${names(headers)}\r\n`,
    )
  for (const path of [
    '/admin/reports',
    '/admin',
    '/ADMIN/reports',
    '/Admin',
    '//admin/reports',
    '/%61dmin/reports',
    '/x/../admin/reports',
    '/x/%2e%2e/admin/a',
    '/admin;a/reports',
    '/admin/%',
    '/%61dmin/%zz',
  ]) {
    const [none, user, administrator] = [
      await get(path, forged),
      await get(path, ['Authorization', `Bearer ${token}`, ...forged]),
      await get(path, ['Authorization', `Bearer ${admin}`]),
    ]
    // HAProxy refuses a path with dots, and each gateway a path that cannot be decoded.
    const refused = none.status === 400
    assert.deepEqual([none.status, user.status], refused ? [400, 400] : [401, 403], path)
    assert.ok(administrator.status === (refused ? 400 : 200), `${path}: ${administrator.status}`)
    if (refused) continue
    assert.match(String(user.headers['www-authenticate']), /insufficient/)
    assert.match(administrator.text, /"x-auth-admin":"true"/)
  }
}

/** The application gets the headers of the gate, or no request at all. */
async function assertKeepsHeaders({ get, token, admin }: Client): Promise<void> {
  const named = (await get('/orders?page=2&status=x', token)).json
  assert.deepEqual([named['x-auth-user'], named['x-auth-admin']], [claimsOf(token).sub, 'false'])
  for (const dropped of ['X-Auth-User', 'x-auth-admin, X-Auth-Token-Id', 'keep-alive,x-auth-admin']) {
    const { status, json } = await get('/orders', token, ['Connection', dropped])
    if (status !== 400) assert.deepEqual([status, json], [200, named], dropped)
  }
  for (const second of [`Bearer ${admin}`, 'Basic eDp5', 'Bearer x']) {
    const { status } = await get('/orders', token, ['Authorization', second])
    assert.ok([400, 401].includes(status), `two Authorization headers get ${status}`)
  }
}

describe('the documented gateways', () => {
  for (const { name, prepare } of gateways) {
    test(`${name} lets through what the gate accepts, with its headers, until the revocation is answered`, async (t) => {
      const folder = newFolder(t)
      const gate: ServerProcess = await startCommand({ LATCHKEY_URL }, ['gate', '--listen', '127.0.0.1:0'])
      t.after(gate.stop)
      const port = await freePort()
      const command = prepare(folder, {
        '127.0.0.1:8080': `127.0.0.1:${port}`,
        '127.0.0.1:5001': new URL(gate.address).host,
        '127.0.0.1:5000': new URL(service.address).host,
        '127.0.0.1:3000': `127.0.0.1:${application.port}`,
      })
      const errors = await runGateway(t, folder, command, port)
      while ((await gate.call('GET', '//readyz')).status !== 200) await new Promise((resolve) => setImmediate(resolve))

      const address = `http://127.0.0.1:${port}`
      const client = await newClient(address)
      const { get, token, admin } = client
      assert.equal((await get('/orders', token)).status, 200, errors())
      await assertNames(client, '/orders')
      await assertDemandsAdmin(address, client)
      await assertKeepsHeaders(client)
      await assertLogsIn(address, client)

      await service.call('POST', '/auth/logout', { token })
      assert.equal((await get('/orders', token)).status, 401)
      await gate.stop()
      const away = await get('/orders', admin)
      assert.deepEqual([away.status, away.headers['retry-after']], [503, '1'])
    })
  }

  test('nginx without the gate lets through what Latchkey accepts, with its headers', async (t) => {
    const { address, client } = await startNginx(t, 'In front of your services, without the gate', (block) => block)
    await assertNames(client, '/app/orders')
    await assertLogsIn(address, client)
    assert.equal((await client.get('/latchkey')).status, 404)
    await service.call('POST', '/auth/logout', { token: client.token })
    assert.equal((await client.get('/app/orders', client.token)).status, 401)
  })

  test('nginx gives Latchkey a path of its own, also for other services', async (t) => {
    const PUBLIC_URL = 'https://example.com/keys'
    const own = await createSqlite()
    t.after(own.remove)
    const behind = await startTestService(own, {
      TRUST_PROXY: '127.0.0.1',
      CORS_ORIGINS: 'https://app.example',
      PUBLIC_URL,
    })
    t.after(behind.stop)
    const { address, client } = await startNginx(t, 'Under a path', (block) => block, behind)
    await assertLogsIn(address, client, 'keys/')
    for (const path of ['/keys/metrics', '/keys/healthz', '/keys/api/v1/../../metrics', '/metrics']) {
      assert.equal((await client.get(path)).status, 404, path)
    }
    const added = await addService(behind.ports, { name: 'behind', may_revoke_users: false })
    assert.ok(added)
    const { client_id: clientId, client_secret: clientSecret } = added
    const verifier = createVerifier({ server: `${address}/keys`, clientId, clientSecret })
    t.after(verifier.close)
    await verifier.ready()
    assert.equal((await verifier.verify(client.token)).claims.iss, PUBLIC_URL)
    const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret }
    assert.equal((await send(address, 'POST', '//keys/oauth/token', { form })).status, 200)
    const { json } = await client.get('/.well-known/oauth-authorization-server/keys')
    assert.deepEqual([json.issuer, json.jwks_uri], [PUBLIC_URL, `${PUBLIC_URL}/.well-known/jwks.json`])
  })

  test('nginx without the gate answers 503 if Latchkey cannot be reached', async (t) => {
    const gone = `127.0.0.1:${await freePort()}`
    const { client } = await startNginx(t, 'In front of your services, without the gate', (block) =>
      block.replaceAll(new URL(service.address).host, gone),
    )
    assert.equal((await client.get('/app/orders', client.token)).status, 503)
  })
})

/** Runs a block that belongs into `server`. */
async function startNginx(t: TestContext, heading: string, change: (block: string) => string, latchkey = service) {
  const folder = newFolder(t)
  const port = await freePort()
  const blocks = blocksOf(heading, 'nginx', {
    '127.0.0.1:5000': new URL(latchkey.address).host,
    '127.0.0.1:3000': `127.0.0.1:${application.port}`,
  })
  const command = nginx(folder, `server { listen 127.0.0.1:${port};\n${change(blocks.join(''))}\n}\n`)
  await runGateway(t, folder, command, port)
  const address = `http://127.0.0.1:${port}`
  return { address, client: await newClient(address, latchkey) }
}

for (const heading of ['nginx and one node', 'nginx and several nodes']) {
  test(`${heading}, with TLS: the API and the feed are given out, and nothing private`, (t) => testTls(t, heading))
}

async function testTls(t: TestContext, heading: string): Promise<void> {
  const folder = newFolder(t)
  const port = await freePort()
  const [key, certificate] = [join(folder, 'tls.key'), join(folder, 'tls.pem')]
  const subject = ['-subj', '/CN=auth.example.com', '-days', '2']
  const files = ['-keyout', key, '-out', certificate]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject, ...files], { stdio: 'ignore' })
  const { host } = new URL(service.address)
  const [block = ''] = blocksOf(heading, 'nginx', {
    '127.0.0.1:5000': host,
    '10.0.0.1:5000': host,
    '10.0.0.2:5000': host,
    '10.0.0.3:5000': host,
    'listen 443': `listen 127.0.0.1:${port}`,
    '/etc/ssl/auth.example.com.pem': certificate,
    '/etc/ssl/auth.example.com.key': key,
  })
  await runGateway(t, folder, nginx(folder, block), port)
  const open = (method: string, path: string, headers: string[], body?: object) => {
    const all = ['Host', 'auth.example.com', 'Content-Type', 'application/json', ...forged, ...headers]
    const sent = request({
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: all,
      rejectUnauthorized: false,
      agent: false,
    })
    sent.end(body && JSON.stringify(body))
    return sent
  }
  const call = async (...args: Parameters<typeof open>) => {
    const [response] = await once(open(...args), 'response')
    let text = ''
    for await (const bytes of response) text += bytes
    return { status: response.statusCode, text }
  }
  const email = `tls-${port}@example.com`
  await service.register({ email })
  const headers = ['Transfer-Encoding', 'chunked']
  const login = await call('POST', '/api/v1/auth/login', headers, { ...account, email })
  assert.equal(login.status, 200, login.text)
  const token = JSON.parse(login.text).access_token
  const listed = await call('GET', '/api/v1/tokens', ['Authorization', `Bearer ${token}`])
  assert.deepEqual(
    JSON.parse(listed.text).tokens.map(({ ip }: { ip: string }) => ip),
    ['127.0.0.1', '127.0.0.1'],
  )
  for (const [path, status] of [
    ['/.well-known/jwks.json', 200],
    ['/oauth/token', 405],
    ['/metrics', 404],
    ['/readyz', 404],
    ['/api/v1/../../metrics', 404],
  ] as const) {
    assert.equal((await call('GET', path, [])).status, status, path)
  }
  const basic = Buffer.from(`${credentials.client_id}:${credentials.client_secret}`).toString('base64')
  const upgrade = ['Connection', 'Upgrade', 'Upgrade', 'websocket', 'Sec-WebSocket-Version', '13']
  const handshake = ['Sec-WebSocket-Key', 'AAAAAAAAAAAAAAAAAAAAAA==', 'Sec-WebSocket-Protocol', subprotocol]
  const feed = open('GET', '/api/v1/revocations', [...upgrade, ...handshake, 'Authorization', `Basic ${basic}`])
  const [response, socket] = await once(feed, 'upgrade')
  assert.equal(response.statusCode, 101)
  socket.destroy()
}

test('Caddy in front of Latchkey gives out the console, the API and the feed, and nothing private', async (t) => {
  const folder = newFolder(t)
  const port = await freePort()
  const [site = ''] = blocksOf('Caddy and one node', 'caddyfile', {
    '127.0.0.1:5000': new URL(service.address).host,
    'auth.example.com': `http://127.0.0.1:${port}`,
  })
  writeFileSync(join(folder, 'Caddyfile'), `{\n\tadmin off\n}\n${site}`)
  const command = ['caddy', 'run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile']
  await runGateway(t, folder, command, port)
  const address = `http://127.0.0.1:${port}`
  await assertLogsIn(address, await newClient(address))
  for (const path of [
    '/metrics',
    '/readyz',
    '/healthz',
    '/other',
    '/console/../metrics',
    '/api/v1/../../metrics',
    '/oauth/%2e%2e/metrics',
  ]) {
    const request = `GET ${path} HTTP/1.1\r\nHost: ${new URL(address).host}\r\nConnection: close\r\n\r\n`
    assert.equal((await sendBytes(address, request)).status, 404, path)
  }
  const { client_id: clientId, client_secret: clientSecret } = credentials
  const verifier = createVerifier({ server: address, clientId, clientSecret })
  t.after(verifier.close)
  await verifier.ready()
})

test('the first steps of the gate make a credential, and the gate answers', async (t) => {
  const folder = newFolder(t)
  const [start = '', ask = ''] = blocksOf('First steps', 'sh', {
    'npx latchkey': `'${process.execPath}' '${program}'`,
    'gate.json': join(folder, 'gate.json'),
    'http://127.0.0.1:5000': service.address,
  })
  const [register = '', gateLine = ''] = start.split('\n')
  const run = (line: string, env: Record<string, string>) =>
    execFileSync('sh', ['-c', line], { cwd: folder, env: { PATH: process.env.PATH, ...env }, encoding: 'utf8' })
  run(register, { DATABASE_URL: database.url })
  assert.equal(statSync(join(folder, 'gate.json')).mode & 0o777, 0o600)
  const [, args = ''] = gateLine.split(`'${program}' `)
  const gate = await startCommand({}, [...args.split(' '), '--listen', '127.0.0.1:0'])
  t.after(gate.stop)
  while (!gate.output().includes('connected: a lease runs')) await gate.call('GET', '//healthz')
  const token = await service.register({ email: 'first-steps@example.com' })
  const question = ask.replace('http://127.0.0.1:5001', gate.address)
  assert.match(run(question, { token }), /^HTTP\/1\.1 204 /)
  await service.call('POST', '/auth/logout', { token })
  assert.match(run(question, { token }), /^HTTP\/1\.1 401 /)
})
