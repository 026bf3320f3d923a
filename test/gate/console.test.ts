// The console behind the documented proxies: the page, a login, and events, which pass at once and through an open connection.

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { assertCleared, consoleOf, cookieOf } from '../console/browser.ts'
import { followEvents } from '../console/follower.ts'
import { createSqlite, type TestDatabase } from '../support/databases.ts'
import { account, send, startTestService, type TestService } from '../support/service.ts'
import { blocksOf, freePort, newFolder, nginx, runGateway } from './documented.ts'

/** A documented proxy, here without TLS. */
interface Proxy {
  heading: string
  /** The path of the service behind the proxy. */
  base?: string
  prepare: (folder: string, port: number, changes: Record<string, string>) => string[]
}

/** Changes the lines about TLS of nginx. */
const withoutTls = (port: number) => ({
  'listen 443 ssl': `listen 127.0.0.1:${port}`,
  '  ssl_certificate /etc/ssl/auth.example.com.pem;\n': '',
  '  ssl_certificate_key /etc/ssl/auth.example.com.key;\n': '',
  'Host $host': 'Host $http_host',
})

const proxies: Proxy[] = [
  ...['nginx and one node', 'nginx and several nodes'].map((heading) => ({
    heading,
    prepare: (folder: string, port: number, changes: Record<string, string>) =>
      nginx(folder, blocksOf(heading, 'nginx', { ...changes, ...withoutTls(port) })[0] ?? ''),
  })),
  {
    heading: 'Under a path',
    base: '/keys',
    prepare: (folder, port, changes) =>
      nginx(folder, `server { listen 127.0.0.1:${port};\n${blocksOf('Under a path', 'nginx', changes).join('')}\n}\n`),
  },
  {
    heading: 'Caddy and one node',
    prepare(folder, port, changes) {
      const site = { ...changes, 'auth.example.com {': `http://127.0.0.1:${port} {` }
      const [block = ''] = blocksOf('Caddy and one node', 'caddyfile', site)
      writeFileSync(join(folder, 'Caddyfile'), `{\n\tadmin off\n}\n${block}`)
      return ['caddy', 'run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile']
    },
  },
  {
    heading: 'HAProxy and one node',
    prepare(folder, port, changes) {
      const bind = { ':443 ssl crt /etc/ssl/auth.example.com.pem': `127.0.0.1:${port}` }
      const [block = ''] = blocksOf('HAProxy and one node', 'haproxy', { ...changes, ...bind })
      writeFileSync(join(folder, 'haproxy.cfg'), block)
      return ['haproxy', '-db', '-f', join(folder, 'haproxy.cfg')]
    },
  },
]

let database: TestDatabase
let service: TestService
before(async () => {
  database = await createSqlite()
  service = await startTestService(database, { TRUST_PROXY: '127.0.0.1' })
})
after(async () => {
  await service.stop()
  await database.remove()
})

async function start(t: TestContext, { prepare }: Proxy): Promise<string> {
  const folder = newFolder(t)
  const port = await freePort()
  const { host } = new URL(service.address)
  const nodes = ['127.0.0.1:5000', '10.0.0.1:5000', '10.0.0.2:5000', '10.0.0.3:5000']
  const changes = Object.fromEntries(nodes.map((node) => [node, host]))
  await runGateway(t, folder, prepare(folder, port, changes), port)
  return `http://127.0.0.1:${port}`
}

describe('the console behind', () => {
  for (const proxy of proxies) {
    const { heading, base = '' } = proxy
    test(`"${heading}": the page, a login, and events at once`, async (t) => {
      const address = await start(t, proxy)
      const document = await send(address, 'GET', `/${base}/`)
      assert.equal(document.status, 200)
      const [, script] = /src="(console\/files\/[^/]+\/main\.js)"/.exec(document.text) ?? []
      const file = await send(address, 'GET', `/${base}/${script}`)
      assert.deepEqual([file.status, file.headers['cache-control']], [200, 'public, max-age=31536000, immutable'])
      assert.equal((await send(address, 'GET', `/${base}/account/reset-password`)).status, 200)
      for (const path of ['/metrics', '/readyz', '/other']) {
        assert.equal((await send(address, 'GET', `/${base}${path}`)).status, 404, path)
      }

      const page = consoleOf((method, path, call) => send(address, method, `/${base}${path.slice(1)}`, call))
      const email = `console-${new URL(address).port}@example.com`
      const token = await service.register({ email })
      const { pair } = cookieOf(
        await page('POST', '/api/v1/auth/login', { json: { email, password: account.password } }),
      )
      const follower = await followEvents(address, pair, `${base}/console/events`)
      t.after(follower.close)
      assert.equal(await follower.next(), 'open')
      await service.call('POST', '/auth/logout', { token })
      assert.equal(await follower.next(), 'changed')
      assertCleared(await page('POST', '/api/v1/auth/logout', { cookie: pair }))
      assert.deepEqual([await follower.next(), await follower.next()], ['ended revoked', 'closed'])
    })
  }
})
