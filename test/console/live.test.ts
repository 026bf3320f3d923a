// The console in real browsers: what happens elsewhere is shown at once, and a session survives what a session should survive.

import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import { codeAt } from '../contract/factors.ts'
import { createSqlite, type TestDatabase } from '../support/databases.ts'
import { account, startTestService, type TestService } from '../support/service.ts'
import { enter, faultsOf, openConsole, type Person, rowsOf } from './person.ts'

let database: TestDatabase
let service: TestService

before(async () => {
  database = await createSqlite()
  service = await startTestService(database, { TOKEN_TTL_SECONDS: '3600' })
})
after(async () => {
  await service.stop()
  await database.remove()
})

let people = 0

/** Opens a browser of a new user who has logged in. */
async function newPerson(t: TestContext, address = service.address): Promise<Person & { email: string }> {
  const email = `person-${++people}@example.com`
  const person = await openConsole(address)
  t.after(person.close)
  await service.register({ email })
  await person.logIn(email)
  return { ...person, email }
}

test('one browser throws the other one out while it watches', async (t) => {
  const first = await newPerson(t)
  const second = await openConsole(service.address)
  t.after(second.close)
  await second.logIn(first.email)
  // The registration, the first browser, and the second one, which appears by itself.
  await rowsOf(first.page).nth(2).waitFor()
  const token = (await service.logIn({ email: first.email })) as string
  await service.call('POST', '/auth/logout', { token })
  assert.equal(await rowsOf(first.page).count(), 3)
  const row = rowsOf(first.page).filter({ hasText: 'Chrom' }).filter({ hasNotText: 'this session' })
  await row.getByRole('button', { name: 'Log out' }).click()
  await first.page.getByRole('dialog').getByRole('button', { name: 'Log out' }).click()
  await second.page.getByText('your session was ended somewhere else').waitFor()
  assert.match(second.page.url(), /#\/login$/)
  await row.waitFor({ state: 'detached' })
  assert.equal(await rowsOf(first.page).count(), 2)
  assert.deepEqual([faultsOf(first), faultsOf(second)], [[], []])
})

test('a reload keeps the session, and no script, storage or address has the token', async (t) => {
  const { page, requests, ...tab } = await newPerson(t)
  await page.reload()
  await rowsOf(page).first().waitFor()
  const seen: string[] = await page.evaluate(
    `[document.cookie, JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }), location.href]`,
  )
  const [cookie] = await page.context().cookies()
  assert.deepEqual([cookie?.name, cookie?.httpOnly, cookie?.sameSite], ['latchkey', true, 'Strict'])
  const token = String(cookie?.value)
  assert.equal(token.split('.').length, 3)
  for (const text of [...seen, ...requests]) assert.ok(!text.includes(token) && !/eyJ/.test(text), text)
  assert.equal(seen[0], '')
  assert.deepEqual(faultsOf(tab), [])
})

test('a logout in one tab leaves the other tab, and going back shows no data', async (t) => {
  const { page, openPage, email } = await newPerson(t)
  const second = await openPage()
  await second.goto(`${service.address}/#/sessions`)
  await rowsOf(second).first().waitFor()
  await second.getByRole('button', { name: 'Log out', exact: true }).last().click()
  await second.getByText('You are logged out').waitFor()
  await page.getByText('your session was ended somewhere else').waitFor()
  for (const each of [page, second]) {
    assert.equal((await each.context().cookies()).length, 0)
    await each.goBack().catch(() => {})
    await each.goto(`${service.address}/#/sessions`)
    await each.locator('#name').waitFor()
    assert.ok(!(await each.content()).includes(email))
  }
})

test('a page that the browser has kept shows no data after a logout', async (t) => {
  const email = `kept-${++people}@example.com`
  const token = await service.register({ email })
  const person = await openConsole(service.address, { without: ['--disable-back-forward-cache'] })
  t.after(person.close)
  const { page } = person
  await person.logIn(email)
  await page.goto(`${service.address}/healthz`)
  await service.call('DELETE', '/tokens', { token })
  await page.goBack({ waitUntil: 'commit' })
  await page.locator('#name').waitFor()
  assert.ok(!(await page.content()).includes(email))
  // What the page does when the browser keeps it, whether or not this browser has kept it.
  await enter(page, email)
  await rowsOf(page).first().waitFor()
  await page.goto(`${service.address}/#/tokens`)
  await page.locator('button.primary').click()
  await page.locator('#description').fill('backup')
  await page.locator('dialog button.primary').click()
  await page.locator('[data-secret]').waitFor()
  await page.evaluate(`dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))`)
  assert.ok(!/eyJ/.test(await page.content()))
  assert.ok(!(await page.content()).includes(email))
  const again = page.waitForEvent('load')
  await page.evaluate(`dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))`)
  await again
  await page.locator('[data-tokens] > li').waitFor()
})

test('another user in another tab does not get the page of the user before', async (t) => {
  const { page, openPage, email } = await newPerson(t)
  const other = `other-${email}`
  await service.register({ email: other })
  const second = await openPage()
  await second.goto(service.address)
  await second.getByRole('button', { name: 'Log out', exact: true }).last().click()
  await enter(second, other)
  await rowsOf(second).first().waitFor()
  // The first tab has left, or has gone on as the other user.
  await page.getByText(email, { exact: true }).waitFor({ state: 'detached' })
  await page.reload()
  await page.getByText(other, { exact: true }).waitFor()
})

test('a login of another user in another tab, with all rights or limited, shows nothing of the user before', async (t) => {
  const own = await createSqlite()
  const strict = await startTestService(own, { ADMIN_FACTOR: 'required' })
  t.after(async () => {
    await strict.stop()
    await own.remove()
  })
  await strict.register()
  await strict.register({ email: 'other@example.com' })
  await strict.admin({ email: 'limited@example.com' })
  const person = await openConsole(strict.address)
  t.after(person.close)
  const { page } = person
  // Pages without a session, as they were before the first login.
  const tabs = [await person.openPage(), await person.openPage()]
  for (const tab of tabs) {
    await tab.goto(strict.address)
    await tab.locator('#name').waitFor()
  }
  await person.logIn(account.email)
  for (const [i, other] of ['other@example.com', 'limited@example.com'].entries()) {
    const before = i === 0 ? account.email : 'other@example.com'
    await page.getByText(before, { exact: true }).waitFor()
    await enter(tabs[i] as typeof page, other)
    await page.getByText(before, { exact: true }).waitFor({ state: 'detached' })
  }
  await page.getByText('This account needs a second factor.').waitFor()
  assert.deepEqual(faultsOf(person), [])
})

test('two tabs renew the session while they are used, and both go on', async (t) => {
  const own = await createSqlite()
  const short = await startTestService(own, { TOKEN_TTL_SECONDS: '4', SESSION_MAX_SECONDS: '3600' })
  t.after(async () => {
    await short.stop()
    await own.remove()
  })
  const email = 'short@example.com'
  await short.register({ email })
  const person = await openConsole(short.address)
  t.after(person.close)
  await person.logIn(email)
  const second = await person.openPage()
  await second.goto(short.address)
  const tabs = [person.page, second]
  const cookies = new Set<string>()
  // Longer than a token lives.
  while (cookies.size < 4) {
    const renewed = Promise.race(
      tabs.map((tab) => tab.waitForResponse((response) => response.url().endsWith('/renew'))),
    )
    for (const tab of tabs) await tab.locator('h1').press('Shift')
    await renewed
    for (const { value } of await person.page.context().cookies()) cookies.add(value)
  }
  for (const tab of tabs) {
    await rowsOf(tab).first().waitFor()
    assert.equal(await tab.locator('#name').count(), 0)
  }
  await short.call('DELETE', '/tokens', { token: await short.logIn({ email }) })
  for (const tab of tabs) await tab.getByText('You were logged out').waitFor()
})

test('an administrator who needs a second factor adds one, and then logs in with all rights', async (t) => {
  const own = await createSqlite()
  const strict = await startTestService(own, { ADMIN_FACTOR: 'required' })
  t.after(async () => {
    await strict.stop()
    await own.remove()
  })
  await strict.admin()
  const { page, close } = await openConsole(strict.address)
  t.after(close)
  await page.goto(strict.address)
  await enter(page, account.email)
  await page.getByText('This account needs a second factor.').waitFor()
  await page.goto(`${strict.address}/#/sessions`)
  await page.getByText('This account needs a second factor.').waitFor()
  const dialog = page.getByRole('dialog')
  await page.getByRole('button', { name: 'Add an app' }).click()
  await dialog.locator('#password').fill(account.password)
  await dialog.getByRole('button', { name: 'Next' }).click()
  const secret = String(await page.locator('[data-secret]').textContent())
  await dialog.locator('#code').fill(codeAt(secret, Date.now()))
  await dialog.getByRole('button', { name: 'Add an app' }).click()
  await page.getByRole('button', { name: 'I have kept the codes' }).click()
  await page.getByText('The second factor is in force. Log in again').waitFor()
})

test('a reload while the server cannot tell keeps the session', async (t) => {
  const { page } = await newPerson(t)
  const path = '**/console/api/v1/auth/user'
  await page.route(path, (route) => route.fulfill({ status: 503, json: { status: 'fail', message: 'not now' } }))
  await page.reload()
  await page.getByText('The server cannot be reached').waitFor()
  await page.unroute(path)
  await rowsOf(page).first().waitFor()
})
