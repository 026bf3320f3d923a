import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { createSqlite, type TestDatabase } from '../support/databases.ts'
import { openTab, type Tab } from '../support/process/chromium.ts'
import { type ServerProcess, startProcess } from '../support/process/server.ts'
import { account } from '../support/service.ts'

let database: TestDatabase
let server: ServerProcess
let tab: Tab

before(async () => {
  database = await createSqlite()
  server = await startProcess({ DATABASE_URL: database.url })
  tab = await openTab()
  await tab.page.goto(`${server.address}/api/v1/ui`)
})

after(async () => {
  await tab?.close()
  await server?.stop()
  await database?.remove()
})

/** The response that a panel shows after *Execute*. */
interface Shown {
  status: string
  body: string
}

function panel(page: Page, method: string, path: string): Locator {
  const summary = page.locator(`.opblock-summary-path[data-path="${path}"]`)
  return page.locator(`.opblock-${method}`).filter({ has: summary })
}

/** Opens the panel, presses *Try it out*, fills in the body if one is given, and presses *Execute*. */
async function tryOut(page: Page, method: string, path: string, body?: unknown): Promise<Shown> {
  const operation = panel(page, method, path)
  if (!(await operation.locator('.opblock-body').isVisible())) await operation.locator('.opblock-summary').click()
  const begin = operation.getByRole('button', { name: 'Try it out' })
  if (await begin.isVisible()) await begin.click()
  if (body !== undefined) await operation.locator('textarea.body-param__text').fill(JSON.stringify(body))
  const answered = page.waitForResponse((response) => response.url().endsWith(path))
  await operation.getByRole('button', { name: 'Execute' }).click()
  const status = String((await answered).status())
  const live = operation.locator('.live-responses-table tbody tr').first()
  await live.locator('.response-col_status').filter({ hasText: status }).waitFor()
  return { status, body: (await live.locator('pre').first().textContent()) ?? '' }
}

async function authorize(page: Page, token: string): Promise<void> {
  await page.locator('.auth-wrapper .authorize').click()
  const dialog = page.locator('.dialog-ux')
  await dialog.locator('#auth-bearer-value').fill(token)
  const form = dialog.locator('form').filter({ has: page.locator('#auth-bearer-value') })
  await form.getByRole('button', { name: 'Apply credentials' }).click()
  await dialog.getByRole('button', { name: 'Close' }).first().click()
}

test('Swagger UI shows every operation of the document', async () => {
  await tab.page.locator('.opblock').first().waitFor()
  const { paths } = (await server.call('GET', '/swagger.json')).json
  const described = Object.values(paths as Record<string, object>).flatMap((methods) => Object.keys(methods))
  assert.equal(await tab.page.locator('.opblock').count(), described.length)
})

test('a user registers, authorizes with the pasted token, reads the account, and logs out', async () => {
  const { page } = tab
  const { email, password } = account
  const registered = await tryOut(page, 'post', '/api/v1/auth/register', { email, password })
  assert.equal(registered.status, '201')

  assert.equal((await tryOut(page, 'get', '/api/v1/auth/user')).status, '401')
  await authorize(page, JSON.parse(registered.body).access_token)
  const me = await tryOut(page, 'get', '/api/v1/auth/user')
  assert.equal(me.status, '200')
  assert.equal(JSON.parse(me.body).email, email)

  assert.equal((await tryOut(page, 'post', '/api/v1/auth/logout')).status, '200')
  const refused = await tryOut(page, 'get', '/api/v1/auth/user')
  assert.equal(refused.status, '401')
  assert.match(JSON.parse(refused.body).message, /^Token blacklisted/)
})

test('the page sends requests only to the service, and the browser reports no unexpected error', () => {
  assert.ok(tab.requests.length >= 10)
  const foreign = tab.requests.filter((url) => !url.startsWith(`${server.address}/`) && !url.startsWith('data:'))
  assert.deepEqual(foreign, [])
  // The browser reports the two refusals above as failed requests. Nothing else may fail.
  const expected = /^Failed to load resource: the server responded with a status of 401 /
  assert.deepEqual(
    tab.errors.filter((error) => !expected.test(error)),
    [],
  )
  assert.equal(tab.errors.length, 2)
})

test('the content security policy allows no other origin and does not require https', async () => {
  const { headers } = await server.call('GET', '/ui')
  const policy = String(headers['content-security-policy'])
  assert.match(policy, /default-src 'none'/)
  assert.ok(!/https?:|\*|unsafe|upgrade-insecure-requests/.test(policy), policy)
})
