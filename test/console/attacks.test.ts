// What a stranger's page, a stored text or an address can do to the console in a real browser.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, type TestContext, test } from 'node:test'
import { createSqlite, type TestDatabase } from '../support/databases.ts'
import { startTestService, type TestService } from '../support/service.ts'
import { consolePages } from './pages.ts'
import { enter, faultsOf, openConsole, rowsOf, showPage } from './person.ts'

let database: TestDatabase
let service: TestService

before(async () => {
  database = await createSqlite()
  service = await startTestService(database)
})
after(async () => {
  await service.stop()
  await database.remove()
})

/** Serves one page of a stranger, at another port or under another name of this machine. */
async function serveStranger(t: TestContext, html: string): Promise<number> {
  const server = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(html)).listen(
    0,
    '127.0.0.1',
  )
  t.after(() => server.close())
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

test('pages of other origins cannot act for a person, frame the console or read it', async (t) => {
  const email = 'victim@example.com'
  const token = await service.register({ email })
  const person = await openConsole(service.address)
  t.after(person.close)
  await person.logIn(email)
  const { port } = new URL(service.address)
  const targets = [`http://127.0.0.1:${port}`, `http://localhost:${port}`]
  const stranger = await serveStranger(
    t,
    `<!doctype html><title>stranger</title>
    ${targets.map((target) => `<iframe src="${target}/"></iframe>`).join('')}
    ${targets.map((target, i) => `<iframe name="f${i}"></iframe><form method="post" target="f${i}" action="${target}/console/api/v1/auth/logout"></form>`).join('')}
    <script>
      async function attack(target) {
        const call = (path, init) => fetch(target + '/console' + path, { credentials: 'include', ...init }).then((answer) => answer.status, () => 'refused')
        const header = { headers: { 'latchkey-console': '1' } }
        return [
          await call('/api/v1/tokens', header), await call('/events', header),
          await call('/api/v1/tokens', { ...header, method: 'DELETE' }),
          await call('/api/v1/auth/logout', { ...header, method: 'POST' }),
          await call('/api/v1/auth/logout', { method: 'POST', mode: 'no-cors' }),
          await call('/api/v1/auth/user', { mode: 'no-cors' }),
        ]
      }
    </script>`,
  )
  const page = await person.openPage()
  const answers: { url: string; status: number }[] = []
  page.on('response', (response) => answers.push({ url: response.url(), status: response.status() }))
  for (const host of ['127.0.0.1', 'localhost']) {
    await page.goto(`http://${host}:${stranger}/`)
    for (const target of targets) {
      const results = await page.evaluate(`attack('${target}')`)
      // No answer can be read. The last two are sent without permission, and refused by the server.
      assert.deepEqual(results, ['refused', 'refused', 'refused', 'refused', 0, 0])
    }
    const posted = targets.map((target) =>
      page.waitForResponse((response) => response.url() === `${target}/console/api/v1/auth/logout`),
    )
    await page.evaluate(`document.querySelectorAll('form').forEach((form) => form.submit())`)
    for (const response of await Promise.all(posted)) assert.equal(response.status(), 403)
  }
  const calls = answers.filter(({ url }) => url.includes('/console/'))
  assert.ok(calls.length >= 8 && calls.every(({ status }) => status === 403 || status === 405), JSON.stringify(calls))
  // The console was framed by nothing, so no frame has loaded a script of the page.
  assert.deepEqual(
    answers.filter(({ url }) => url.endsWith('main.js')),
    [],
  )
  assert.ok(page.frames().every((frame) => !/127\.0\.0\.1:\d+\/$/.test(frame.url()) || frame === page.mainFrame()))
  assert.equal((await service.call('GET', '/auth/user', { token })).status, 200)
  await person.page.reload()
  await rowsOf(person.page).first().waitFor()
})

test('an address cannot lead a person away, run a script or break the page', async (t) => {
  const email = 'led@example.com'
  await service.register({ email })
  const person = await openConsole(service.address)
  t.after(person.close)
  const { page } = person
  for (const to of ['//evil.example', 'javascript:alert(1)', 'login?to=login', '..%2f..%2fhealthz', 'constructor']) {
    await page.goto(`${service.address}/#/login?to=${encodeURIComponent(to)}`)
    await enter(page, email)
    await rowsOf(page).first().waitFor()
    assert.ok(page.url().startsWith(`${service.address}/#/`), page.url())
    await page.context().clearCookies()
    await page.goto('about:blank')
  }
  await person.logIn(email)
  for (const address of [
    '%',
    '%E0%A4%A',
    'constructor',
    '__proto__',
    'toString/x',
    '/',
    '//x',
    'sessions?%',
    'nothing',
    '<b>',
  ]) {
    await page.goto('about:blank')
    await page.goto(`${service.address}/#/${address}`)
    await rowsOf(page).first().waitFor()
  }
  assert.deepEqual(
    person.requests.filter((url) => !url.startsWith(service.address) && !/^(about|data):/.test(url)),
    [],
  )
  assert.deepEqual(faultsOf(person), [])
})

test('texts that people have stored are shown as texts, on every page', async (t) => {
  const mark = '<img src=x onerror=alert(1)>'
  const email = `"${mark}"@example.com`
  const hostile = 'hostile@example.com'
  await service.admin({ email: hostile })
  const headers = ['User-Agent', `Mozilla/5.0 (X11; ${mark} x86_64) ${mark}/9 Chrome/140 Safari/537.36`]
  const login = { json: { email: hostile, password: 'correct horse battery' }, headers }
  const { json } = await service.call('POST', '/auth/login', login)
  const token = json.access_token
  // Not every text is allowed in every field. What is refused cannot be shown.
  const stored = [
    await service.call('POST', '/tokens', { token, json: { description: mark } }),
    await service.call('POST', '/admin/services', { token, json: { name: mark } }),
    await service.call('POST', '/widgets', {
      token,
      json: { name: mark, info_url: 'https://x.example', deadline: '2099-01-01' },
    }),
    await service.call('POST', '/auth/register', { json: { email, password: 'correct horse battery' } }),
    await service.call('POST', '/auth/register', {
      json: { email: 'x@example.com', username: mark, password: 'correct horse battery' },
    }),
    await service.call('POST', '/auth/login', { json: { email: mark, password: mark } }),
  ]
  assert.equal(stored[0]?.status, 201)
  const person = await openConsole(service.address, { userAgent: `${headers[1]} ${mark}` })
  t.after(person.close)
  await person.logIn(hostile)
  person.page.on('dialog', (dialog) => assert.fail(dialog.message()))
  for (const each of consolePages) {
    if (each.open) continue
    await showPage(person.page, service.address, each)
    assert.equal(await person.page.locator('img, #app script, iframe, object, embed').count(), 0, each.name)
  }
  assert.deepEqual(faultsOf(person), [])
})

test('no page can make HTML of a text: the browser refuses', async (t) => {
  const person = await openConsole(service.address)
  t.after(person.close)
  await person.page.goto(service.address)
  await person.page.locator('#name').waitFor()
  assert.deepEqual(faultsOf(person), [])
  for (const script of [
    `document.body.innerHTML = '<b>x</b>'`,
    `trustedTypes.createPolicy('other', {})`,
    `document.createElement('script').text = 'x'`,
  ]) {
    await assert.rejects(
      person.page.evaluate(`(() => { ${script} })()`),
      /TrustedHTML|TrustedScript|policy|Policy/,
      script,
    )
  }
  const refused = person.page.waitForEvent('console', (message) =>
    /refused by the policy: style-src/.test(message.text()),
  )
  await person.page.evaluate(
    `{ const style = document.createElement('style'); style.textContent = 'h1 { color: red }'; document.head.append(style) }`,
  )
  await refused
})
