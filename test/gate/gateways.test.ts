// The blocks of docs/gateways.md, exactly as they stand there except for the ports, with Debian's gateways.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect, createServer as createTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { addService } from '../../src/services/add.ts'
import { createSqlite, type TestDatabase } from '../support/databases.ts'
import { type ServerProcess, startCommand } from '../support/process/server.ts'
import { send, startTestService, type TestService } from '../support/service.ts'

const text = readFileSync(new URL('../../docs/gateways.md', import.meta.url), 'utf8')

/** The blocks of this language below a heading. */
function blocksOf(heading: string, language: string): string[] {
  const [, after = ''] = text.split(`### ${heading}\n`)
  const [section = ''] = after.split(/\n##+ /)
  return [...section.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map(([, block = '']) => block)
}

async function freePort(): Promise<number> {
  const server = createTcp().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

interface Gateway {
  name: string
  /** Writes the files and returns the command. `adapt` puts the ports into a block. */
  prepare: (folder: string, adapt: (block: string) => string) => string[]
}

const gateways: Gateway[] = [
  {
    name: 'nginx',
    prepare(folder, adapt) {
      const [server = '', gate = ''] = blocksOf('nginx', 'nginx').map(adapt)
      writeFileSync(join(folder, 'gate.conf'), gate)
      const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (kind) => `  ${kind}_temp_path ${folder}/${kind};`,
      )
      writeFileSync(
        join(folder, 'nginx.conf'),
        `pid ${folder}/pid;\nerror_log ${folder}/error.log;\nevents {}\nhttp {\n  access_log off;\n${paths.join('\n')}\n${server}}\n`,
      )
      return ['nginx', '-c', join(folder, 'nginx.conf'), '-p', folder, '-g', 'daemon off; master_process off;']
    },
  },
  {
    name: 'Caddy',
    prepare(folder, adapt) {
      const [site = ''] = blocksOf('Caddy', 'caddyfile').map(adapt)
      writeFileSync(join(folder, 'Caddyfile'), `{\n\tadmin off\n}\n${site}`)
      return ['caddy', 'run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile']
    },
  },
  {
    name: 'HAProxy',
    prepare(folder, adapt) {
      const [lua = ''] = blocksOf('HAProxy', 'lua').map(adapt)
      const [config = ''] = blocksOf('HAProxy', 'haproxy').map(adapt)
      writeFileSync(join(folder, 'gate.lua'), lua)
      writeFileSync(join(folder, 'haproxy.cfg'), config.replace('gate.lua', join(folder, 'gate.lua')))
      return ['haproxy', '-db', '-f', join(folder, 'haproxy.cfg')]
    },
  },
]

/** Answers with the headers that the application has got. */
async function startApplication() {
  const server = createServer(({ method, headers }, response) => {
    const seen = {
      method,
      user: headers['x-auth-user'],
      admin: headers['x-auth-admin'],
      id: headers['x-auth-token-id'],
    }
    response.setHeader('content-type', 'application/json').end(JSON.stringify(seen))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

async function untilOpen(port: number, child: ChildProcess, errors: () => string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the gateway ended: ${errors()}`)
    const socket = connect(port, '127.0.0.1')
    const opened = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (opened) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

describe('the documented gateways', () => {
  let database: TestDatabase
  let service: TestService
  let LATCHKEY_URL: string
  let application: Awaited<ReturnType<typeof startApplication>>

  before(async () => {
    database = await createSqlite()
    service = await startTestService(database)
    const credentials = await addService(service.ports, { name: 'gateways', may_revoke_users: false }, Date.now())
    assert.ok(credentials)
    const { client_id, client_secret } = credentials
    LATCHKEY_URL = `latchkey://${client_id}:${client_secret}@${new URL(service.address).host}`
    application = await startApplication()
  })
  after(async () => {
    application?.close()
    await service?.stop()
    await database?.remove()
  })

  for (const { name, prepare } of gateways) {
    test(`${name} lets through what the gate accepts, with its headers, until the revocation is answered`, async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'latchkey-gateway-'))
      // nginx writes its temporary files as another user.
      if (process.getuid?.() === 0) chownSync(folder, 65_534, 65_534)
      const gate: ServerProcess = await startCommand({ LATCHKEY_URL }, ['gate', '--listen', '127.0.0.1:0'])
      const port = await freePort()
      const { port: applicationPort } = application.address() as AddressInfo
      const adapt = (block: string) =>
        block
          .replaceAll('127.0.0.1:8080', `127.0.0.1:${port}`)
          .replaceAll('127.0.0.1:5001', new URL(gate.address).host)
          .replaceAll('127.0.0.1:3000', `127.0.0.1:${applicationPort}`)
      const [file = '', ...args] = prepare(folder, adapt)
      const env = {
        PATH: `${process.env.PATH}:/usr/sbin`,
        HOME: folder,
        XDG_DATA_HOME: folder,
        XDG_CONFIG_HOME: folder,
      }
      const child = spawn(file, args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] })
      let errors = ''
      child.stderr.on('data', (bytes) => {
        errors += bytes
      })
      const ended = Promise.race([once(child, 'exit'), once(child, 'error')])
      t.after(async () => {
        child.kill()
        await ended
        await gate.stop()
        rmSync(folder, { recursive: true, force: true })
      })
      await untilOpen(port, child, () => errors)
      while ((await gate.call('GET', '//readyz')).status !== 200) await new Promise((resolve) => setImmediate(resolve))

      const address = `http://127.0.0.1:${port}`
      const get = (path: string, token?: string, headers: string[] = [], method = 'GET') =>
        send(address, method, `/${path}`, { ...(token !== undefined && { token }), headers })
      const token = await service.register({ email: `${name.toLowerCase()}@example.com` })
      const { sub, jti } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
      const mine = { method: 'GET', user: sub, admin: 'false', id: jti }
      assert.deepEqual((await get('/orders', token)).json, mine, errors)
      const forged = ['X-Auth-User', 'forged', 'X-Auth-Admin', 'true', 'X-Auth-Token-Id', 'forged']
      assert.deepEqual((await get('/orders', token, forged)).json, mine)
      for (const [path, headers] of [
        ['/orders', []],
        ['/orders', forged],
        ['/admin/reports', []],
      ] as const) {
        const missing = await get(path, undefined, [...headers])
        assert.deepEqual(
          [missing.status, /^Bearer realm=/.test(String(missing.headers['www-authenticate']))],
          [401, true],
        )
      }
      assert.equal((await get('/orders', 'x')).status, 401)
      const forbidden = await get('/admin/reports', token)
      assert.deepEqual(
        [forbidden.status, /insufficient/.test(String(forbidden.headers['www-authenticate']))],
        [403, true],
      )
      const admin = await service.admin({ email: `admin-${name.toLowerCase()}@example.com` })
      const reports = await get('/admin/reports', admin)
      assert.deepEqual([reports.status, reports.json?.admin], [200, 'true'], errors)
      const preflight = await get('/orders', undefined, forged, 'OPTIONS')
      assert.equal(preflight.json?.method, 'OPTIONS')
      assert.ok(preflight.json.user === undefined || preflight.json.user === '')

      await service.call('POST', '/auth/logout', { token })
      assert.equal((await get('/orders', token)).status, 401)
      await gate.stop()
      const away = await get('/orders', admin)
      assert.deepEqual([away.status, away.headers['retry-after']], [503, '1'])
    })
  }
})
