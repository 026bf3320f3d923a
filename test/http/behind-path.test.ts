// A proxy that gives Latchkey a path of its own, and strips the path from each request.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createSqlite, open } from '../support/databases.ts'
import { startTestService } from '../support/service.ts'

/** Forwards requests below `/keys/auth/`. @returns its address */
async function startProxy(t: TestContext, target: () => string): Promise<string> {
  const proxy = createServer((incoming, outgoing) => {
    const path = /^\/keys\/auth(\/.*)$/.exec(incoming.url ?? '')?.[1]
    if (path === undefined) return void outgoing.writeHead(418).end()
    const { method, headers } = incoming
    const forwarded = request(target() + path, { method, headers } as object, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(outgoing)
    })
    incoming.pipe(forwarded)
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  t.after(() => proxy.close())
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
}

test('behind a path, every link that the service gives leads through the proxy', async (t) => {
  const { database, undo } = await open(t, createSqlite)
  let target = ''
  const proxy = await startProxy(t, () => target)
  const service = await startTestService(database, { PUBLIC_URL: `${proxy}/keys/auth/` })
  undo.push(service.stop)
  target = service.address
  const root = `${proxy}/keys/auth/api/v1`
  const authorization = `Bearer ${await service.admin()}`
  const get = (from: string, link: string) => fetch(new URL(link, from), { headers: { authorization } })

  const input = { name: 'a', info_url: 'https://example.com/', deadline: '2999-12-31' }
  const headers = { authorization, 'content-type': 'application/json' }
  const added = await fetch(`${root}/widgets`, { method: 'POST', headers, body: JSON.stringify(input) })
  const location = added.headers.get('location') ?? ''
  assert.equal(location, '/keys/auth/api/v1/widgets/a')
  assert.equal((await get(root, location)).status, 200)
  const put = await fetch(`${root}/widgets/b`, { method: 'PUT', headers, body: JSON.stringify(input) })
  assert.equal((await get(root, put.headers.get('location') ?? '')).status, 200)

  const listed = await get(root, '/keys/auth/api/v1/widgets?page=1&per_page=5')
  const { links, items } = (await listed.json()) as { links: Record<string, string>; items: [{ link: string }] }
  const inHeader = [...(listed.headers.get('link') ?? '').matchAll(/<([^>]+)>/g)].map(([, link = '']) => link)
  assert.deepEqual(inHeader, Object.values(links))
  for (const link of [...inHeader, items[0].link]) assert.equal((await get(root, link)).status, 200, link)

  const tokens = await get(root, '/keys/auth/api/v1/tokens?current=true&per_page=7')
  const { links: tokenLinks } = (await tokens.json()) as { links: Record<string, string> }
  assert.equal(tokenLinks.first, '/keys/auth/api/v1/tokens?page=1&per_page=7&current=true')
  for (const link of Object.values(tokenLinks)) assert.equal((await get(root, link)).status, 200, link)
  assert.equal(tokens.headers.get('link')?.split('>')[0], `<${tokenLinks.self}`)
})

test('behind a path, Swagger UI loads its files and calls the service through the proxy', async (t) => {
  const { database, undo } = await open(t, createSqlite)
  let target = ''
  const proxy = await startProxy(t, () => target)
  const service = await startTestService(database, { PUBLIC_URL: `${proxy}/keys/auth` })
  undo.push(service.stop)
  target = service.address
  const root = `${proxy}/keys/auth/api/v1`
  for (const page of [`${root}/ui`, `${root}/ui/`, `${root}/ui/static/index.html`, `${service.address}/api/v1/ui`]) {
    const response = await fetch(page)
    assert.equal(response.status, 200, page)
    const links = [...(await response.text()).matchAll(/(?:href|src)="([^"]+)"/g)].map(([, link = '']) => link)
    assert.ok(links.length >= 5)
    for (const link of links) assert.equal((await fetch(new URL(link, response.url))).status, 200, `${page}: ${link}`)
  }
  for (const path of ['ui/json', 'swagger.json']) {
    // Clients put the URL before the paths of the document, which begin with `/api/v1`.
    const { servers } = (await (await fetch(`${root}/${path}`)).json()) as { servers: { url: string }[] }
    assert.deepEqual(
      servers.map(({ url }) => url),
      ['/keys/auth'],
    )
  }
})
