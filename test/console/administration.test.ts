// What an administrator does in the console, in a real browser.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { openMailbox } from '../contract/mailbox.ts'
import { createSqlite, type TestDatabase } from '../support/databases.ts'
import { account, startTestService, type TestService } from '../support/service.ts'
import { ownPage } from './browser.ts'
import { faultsOf, openConsole, type Person } from './person.ts'

const boss = 'boss@example.com'
let database: TestDatabase
let service: TestService
let person: Person
let page: Page
let admin = ''
const mailbox = openMailbox()

before(async () => {
  database = await createSqlite()
  service = await startTestService(database, { ...mailbox.settings, TOKEN_TTL_SECONDS: '3600' })
  admin = await service.admin({ email: boss })
  for (let i = 0; i < 120; i++) {
    const email = `person-${String(i).padStart(3, '0')}@example.com`
    await service.call('POST', '/admin/users', { token: admin, json: { email, password: account.password } })
  }
  person = await openConsole(service.address)
  page = person.page
  await person.logIn(boss)
})
after(async () => {
  assert.deepEqual(faultsOf(person), [])
  await person.close()
  await service.stop()
  await database.remove()
  mailbox.remove()
})

const dialog = () => page.getByRole('dialog')
const button = (name: string) => page.getByRole('button', { name, exact: true })
const press = async (name: string) => {
  await dialog().getByRole('button', { name, exact: true }).click()
  await dialog().waitFor({ state: 'detached' })
}
const open = (address: string) => page.goto(`${service.address}/#/${address}`)
const rows = () => page.locator('[data-users] > tr')
/** Waits until the list shows these addresses. */
async function shows(...emails: string[]): Promise<void> {
  await page.locator('[data-users] > tr:first-child a', { hasText: emails[0] as string }).waitFor()
  await rows().nth(emails.length).waitFor({ state: 'detached' })
  assert.deepEqual(await page.locator('[data-users] a').allTextContents(), emails)
}
async function idOf(email: string): Promise<string> {
  const { json } = await service.call('GET', `/admin/users?query=${email}`, { token: admin })
  return json.items[0].public_id
}

test('accounts are found as one types, sorted and paged, and the address keeps what is shown', async () => {
  await open('users')
  await rows().first().waitFor()
  assert.equal(await rows().count(), 50)
  await page.getByRole('searchbox').fill('person-01')
  await rows().nth(10).waitFor({ state: 'detached' })
  await rows().nth(9).waitFor()
  await page.getByRole('button', { name: 'Address' }).click()
  await page.locator('th[aria-sort=ascending]').waitFor()
  await page.getByRole('button', { name: 'Address' }).click()
  await shows(...[9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((i) => `person-01${i}@example.com`))
  assert.match(page.url(), /#\/users\?query=person-01&sort=-email$/)
  await page.reload()
  await shows(...[9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((i) => `person-01${i}@example.com`))
  await page.getByRole('searchbox').fill('')
  await page.getByText('Page 1 of 3').waitFor()
  await button('Forward').click()
  await page.getByText('Page 2 of 3').waitFor()
  assert.match(page.url(), /page=2/)
  await page.getByRole('searchbox').fill('no such person')
  await page.getByText('No account matches.').waitFor()
  // The menu leads to the whole list again.
  await page.getByRole('link', { name: 'Accounts' }).click()
  await page.getByText('Page 1 of 3').waitFor()
})

test('several accounts are disabled at once, and their tokens end', async () => {
  const tokens = []
  for (const i of [0, 1]) tokens.push(await service.logIn({ email: `person-00${i}@example.com` }))
  await open('users?query=person-00&sort=email')
  await rows().first().waitFor()
  for (const i of [0, 1]) await page.getByLabel(`Choose person-00${i}@example.com`).check()
  await page.getByText('2 chosen').waitFor()
  await button('Disable').click()
  await dialog().getByText('person-001@example.com').waitFor()
  await press('Disable')
  await page.getByText('Done.').waitFor()
  for (const token of tokens) assert.equal((await service.call('GET', '/auth/user', { token })).status, 401)
  await rows().nth(1).getByText('disabled').waitFor()
})

test('an account is disabled until a time while it is used, promoted, and its sessions are ended', async () => {
  const email = 'person-050@example.com'
  const token = await service.logIn({ email })
  await open(`user/${await idOf(email)}`)
  await page.locator('[data-sessions] > li').waitFor()
  await button('Disable').click()
  await dialog().locator('#until').fill('2001-01-01T12:00')
  await dialog().getByRole('button', { name: 'Disable' }).click()
  await dialog().locator('#until-error').waitFor()
  await dialog().locator('#until').fill('2999-01-01T12:00')
  await press('Disable')
  await page.getByText('disabled until').waitFor()
  assert.equal((await service.call('GET', '/auth/user', { token })).status, 401)
  await button('Enable').click()
  await press('Enable')
  await button('Make an administrator').click()
  await press('Make an administrator')
  await page.locator('main .badge').getByText('administrator').waitFor()
  const again = await service.logIn({ email })
  await page.reload()
  await page.locator('[data-sessions] > li').waitFor()
  await button('End all sessions').click()
  await press('End all sessions')
  await page.getByText('The account is logged in nowhere.').waitFor()
  assert.equal((await service.call('GET', '/auth/user', { token: again })).status, 401)
  await page.locator('[data-audit]').getByText('account.changed').first().waitFor()
  await button('Take the rights of an administrator').click()
  await press('Take the rights of an administrator')
  await button('Make an administrator').waitFor()
})

test('the last administrator cannot be taken away', async () => {
  await open(`user/${await idOf(boss)}`)
  await button('Take the rights of an administrator').click()
  await dialog().getByRole('button', { name: 'Take the rights of an administrator' }).click()
  await dialog().getByText('the last administrator').waitFor()
  await page.keyboard.press('Escape')
})

test('a person is invited by mail, and gets a link for a new password', async () => {
  await open('users')
  await button('Add an account').click()
  await dialog().locator('#email').fill('not an address')
  await dialog().locator('form').evaluate(`document.querySelector('dialog form').noValidate = true`)
  await dialog().getByRole('button', { name: 'Add an account' }).click()
  await dialog().locator('#email[aria-invalid=true]').waitFor()
  await dialog().locator('#email').fill('invited@example.com')
  await press('Add an account')
  assert.equal((await mailbox.next('invited@example.com')).kind, 'invitation')
  await open(`user/${await idOf('person-060@example.com')}`)
  await button('Offer a new password').click()
  await press('Offer a new password')
  assert.equal((await mailbox.next('person-060@example.com')).kind, 'password-reset')
})

test('the audit trail is filtered, and the filters stand in the address', async () => {
  await open('audit?action=account.added')
  await page.getByRole('heading', { name: 'Audit trail', level: 1 }).waitFor()
  await page.locator('[data-audit] > tr').first().waitFor()
  const actions = () => page.locator('[data-audit] > tr td:nth-child(2)').allTextContents()
  assert.deepEqual([...new Set(await actions())], ['account.added'])
  await page.locator('#action').fill('account.changed')
  await button('Filter').click()
  await page.locator('[data-audit] > tr:first-child', { hasText: 'account.changed' }).waitFor()
  assert.match(page.url(), /#\/audit\?action=account\.changed$/)
  await page.reload()
  await page.locator('[data-audit] > tr').first().waitFor()
  assert.deepEqual([...new Set(await actions())], ['account.changed'])
  await page.locator('#since').fill('2999-01-01T12:00')
  await button('Filter').click()
  await page.getByText('No row matches.').waitFor()
})

test('the audit trail is filtered by the address of an account', async () => {
  await open('audit')
  await page.locator('[data-audit] > tr').first().waitFor()
  for (const several of ['person-00', 'no such account']) {
    await page.locator('#subject').fill(several)
    await button('Filter').click()
    await page.locator('.field:has(#subject)').getByText('No account, or more than one').waitFor()
  }
  await page.locator('#subject').fill('Person-001@example.com')
  await button('Filter').click()
  await page.waitForURL(/subject=[0-9a-f]{8}-/)
  const [, id = ''] = /subject=([0-9a-f-]{36})/.exec(page.url()) ?? []
  const others = page.locator(`[data-audit] > tr td:nth-child(4):not(:has(a[href="#/user/${id}"]))`)
  await others.first().waitFor({ state: 'detached' })
  assert.ok((await page.locator('[data-audit] > tr').count()) > 0)
})

test('a service is added with a secret that works, and is removed', async () => {
  await open('fleet')
  await page.getByText('this server is the only node').waitFor()
  await button('Add a service').click()
  await dialog().locator('#name').fill('shop')
  await dialog().getByRole('button', { name: 'Add a service' }).click()
  const secret = String(await page.locator('[data-secret]').textContent())
  const id = /client id ([0-9a-f-]{36})/.exec(String(await dialog().textContent()))?.[1] ?? ''
  await press('Done')
  const ask = () =>
    service.call('POST', '//oauth/token', {
      form: { grant_type: 'client_credentials', client_id: id, client_secret: secret },
    })
  assert.equal((await ask()).status, 200)
  const row = page.locator('[data-services] > li').filter({ hasText: 'shop' })
  await row.getByRole('button').click()
  await press('Remove')
  await row.waitFor({ state: 'detached' })
  assert.equal((await ask()).status, 401)
})

test('figures of the node are drawn, and only administrators read them', async () => {
  await open('health')
  await page.locator('[data-chart="Requests"] polyline').waitFor()
  await page.locator('[data-chart="Open consoles"] strong', { hasText: /^1$/ }).waitFor()
  await page.getByText('Refusals since the start, by reason').waitFor()
  const { json } = await service.call('POST', '/auth/login', {
    json: { email: 'person-070@example.com', password: account.password },
  })
  const cookie = (token: string) => [...ownPage, 'Cookie', `latchkey=${token}`]
  const ask = (token: string) => service.call('GET', '//console/metrics', { headers: cookie(token) })
  assert.deepEqual([(await ask(admin)).status, (await ask(json.access_token)).status], [200, 403])
  assert.equal((await service.call('GET', '//console/metrics', { token: admin })).status, 403)
})

test('a user who is no administrator gets no page of administrators', async (t) => {
  const other = await openConsole(service.address)
  t.after(other.close)
  await other.logIn('person-080@example.com')
  assert.equal(await other.page.getByRole('link', { name: 'Accounts' }).count(), 0)
  await other.page.goto(`${service.address}/#/users`)
  await other.page.locator('[data-sessions]').waitFor()
})

test('a signing key is rotated and revoked, which ends this session with a reason', async () => {
  await open('keys')
  await page.locator('[data-keys] > li').first().waitFor()
  await button('Rotate').click()
  await press('Rotate')
  await page.getByText('next', { exact: true }).waitFor()
  await page.locator('[data-keys] > li').filter({ hasText: 'signs' }).first().getByRole('button').click()
  await dialog().getByRole('button', { name: 'Revoke' }).click()
  await page.locator('#name').waitFor()
  await page.getByText('You were logged out').waitFor()
})
