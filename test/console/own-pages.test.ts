// What a person does with the own account in the console, in a real browser.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { codeAt } from '../contract/factors.ts'
import { openMailbox, tokenIn } from '../contract/mailbox.ts'
import { createSqlite, type TestDatabase } from '../support/databases.ts'
import { account, startTestService, type TestService } from '../support/service.ts'
import { enter, faultsOf, openConsole, type Person, rowsOf } from './person.ts'

let database: TestDatabase
let service: TestService
let person: Person
let page: Page
/** Passkeys need a host name. */
let address = ''
const mailbox = openMailbox()

before(async () => {
  database = await createSqlite()
  service = await startTestService(database, { ...mailbox.settings, TOKEN_TTL_SECONDS: '3600' })
  address = service.address.replace('127.0.0.1', 'localhost')
  person = await openConsole(address)
  page = person.page
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
})
after(async () => {
  await person.close()
  await service.stop()
  await database.remove()
  mailbox.remove()
})

const dialog = () => page.getByRole('dialog')
const button = (name: string) => page.getByRole('button', { name, exact: true })
/** Presses the button of the dialog, which closes or shows an error. */
const press = (name: string) => dialog().getByRole('button', { name, exact: true }).click()

/** A new user, logged in on this page of the console. */
async function begin(email: string, to: string): Promise<void> {
  await service.register({ email })
  await page.goto(`${address}/#/login`)
  if (await page.locator('[data-sessions]').isVisible()) await button('Log out').first().click()
  await page.locator('#name').waitFor()
  await enter(page, email)
  await page.locator('[data-sessions]').waitFor()
  await page.goto(`${address}/#/${to}`)
}

async function end(): Promise<void> {
  await page.locator('nav').getByRole('button', { name: 'Log out' }).click()
  await page.locator('#name').waitFor()
}

/** The ids that more than one element has. A label would name the wrong field. */
const repeatedIds = `[...document.querySelectorAll('[id]')].map(({ id }) => id).filter((id, i, all) => all.indexOf(id) < i)`

test('log out everywhere else ends the sessions that begin while the question is open, too', async () => {
  await begin('elsewhere@example.com', 'sessions')
  await rowsOf(page).nth(1).waitFor()
  await button('Log out everywhere else').click()
  const late = await service.logIn({ email: 'elsewhere@example.com' })
  await press('Log out')
  await page.getByText('You are logged in nowhere else.').waitFor()
  assert.equal((await service.call('GET', '/auth/user', { token: late })).status, 401)
  assert.equal(await rowsOf(page).count(), 1)
  // This session goes on.
  await button('Log out everywhere else').click()
  await page.locator('#said').getByText('You are logged in nowhere else.').waitFor()
  await end()
})

test('log out everywhere else ends nothing and says so if the list cannot be read', async () => {
  await begin('unread@example.com', 'sessions')
  await rowsOf(page).nth(1).waitFor()
  const path = /\/console\/api\/v1\/tokens\?/
  await page.route(path, (route) => route.fulfill({ status: 429, json: { status: 'fail', message: 'too many' } }))
  await button('Log out everywhere else').click()
  await page.locator('#said .wrong').waitFor()
  assert.deepEqual([await rowsOf(page).count(), await dialog().count()], [2, 0])
  await page.unroute(path)
  await end()
})

test('a session that goes on with another token is not said to have ended', async () => {
  await begin('renewed@example.com', 'sessions')
  const row = rowsOf(page).filter({ hasText: 'unknown client' })
  await row.getByRole('button', { name: 'Log out' }).click()
  const { tokens } = (
    await service.call('GET', '/tokens', { token: await service.logIn({ email: 'renewed@example.com' }) })
  ).json
  const [first] = tokens
  assert.equal(
    (
      await service.call('DELETE', `/tokens/${first.id}`, {
        token: await service.logIn({ email: 'renewed@example.com' }),
      })
    ).status,
    200,
  )
  await press('Log out')
  await page.locator('#said').getByText('The list has changed').waitFor()
  await end()
})

test('a named token is made, shown once and copied, works within its scope, and is taken back', async () => {
  await begin('tokens@example.com', 'tokens')
  await page.getByText('You have no tokens for programs.').waitFor()
  await button('Make a token').click()
  await dialog().locator('#description').fill('nightly <b>backup</b>')
  await dialog().getByLabel('list your sessions and tokens').check()
  await press('Make a token')
  const token = String(await page.locator('[data-secret]').textContent())
  await press('Copy')
  await page.getByText('Copied.').waitFor()
  assert.equal(await page.evaluate('navigator.clipboard.readText()'), token)
  await press('Done')
  assert.equal((await service.call('GET', '/tokens', { token })).status, 200)
  assert.equal((await service.call('GET', '/widgets', { token })).status, 403)
  const row = page.locator('[data-tokens] > li').filter({ hasText: 'nightly <b>backup</b>' })
  await row.getByText('list your sessions and tokens').waitFor()
  await row.getByRole('button').click()
  await press('Take back')
  await row.waitFor({ state: 'detached' })
  assert.equal((await service.call('GET', '/tokens', { token })).status, 401)
  await end()
})

test('a new password ends the other sessions, and a wrong one is told beside its field', async () => {
  await begin('password@example.com', 'account')
  const other = await service.logIn({ email: 'password@example.com' })
  await page.locator('#current').fill('wrong horse battery')
  await page.locator('#next').fill('another horse battery')
  await button('Change the password').click()
  await page.locator('.field:has(#current[aria-invalid=true])').getByText('The password is wrong.').waitFor()
  await page.locator('#current').fill(account.password)
  await page.locator('#next').fill('short')
  await button('Change the password').click()
  const field = page.locator('#next[aria-invalid=true]')
  await field.waitFor()
  const described = String(await field.getAttribute('aria-describedby'))
  assert.match(String(await page.locator(`[id="${described}"]`).textContent()), /new_password|characters/)
  await page.waitForFunction(`document.activeElement.id === 'next'`)
  await page.locator('#next').fill('another horse battery')
  await button('Change the password').click()
  await page.getByText('The password is changed.').waitFor()
  assert.equal((await service.call('GET', '/auth/user', { token: other })).status, 401)
  // This session goes on with a new token.
  await page.goto(`${address}/#/sessions`)
  await rowsOf(page).first().waitFor()
  assert.equal(await rowsOf(page).count(), 1)
  await end()
})

test('a new address waits for its link, and the page shows the change when the link is used', async () => {
  await begin('old-address@example.com', 'account')
  await button('Change the address').first().click()
  await dialog().locator('#email').fill('new-address@example.com')
  await dialog().locator('#password').fill(account.password)
  await press('Change the address')
  await page.getByText('A link was sent to new-address@example.com.').waitFor()
  const token = tokenIn(await mailbox.next('new-address@example.com'))
  assert.equal((await service.call('POST', '/auth/email/verify', { json: { token } })).status, 200)
  await page.locator('section').getByText('new-address@example.com').waitFor()
  await page.getByText('verified', { exact: true }).waitFor()
  await end()
})

test('an authenticator app is added with its first code, recovery codes are shown once, and the app is removed', async () => {
  await begin('app@example.com', 'security')
  await button('Add an app').click()
  await dialog().locator('#password').fill('wrong horse battery')
  await press('Next')
  await dialog().locator('.field:has(#password[aria-invalid=true])').getByText('The password is wrong.').waitFor()
  await dialog().locator('#password').fill(account.password)
  await press('Next')
  await page.locator('img.qr').waitFor()
  await page.waitForFunction(`document.querySelector('img.qr').naturalWidth > 0`)
  const secret = String(await page.locator('[data-secret]').textContent())
  await dialog().locator('#code').fill('000000')
  await press('Add an app')
  await dialog().locator('#code[aria-invalid=true]').waitFor()
  await dialog().locator('#code').fill(codeAt(secret, Date.now()))
  await press('Add an app')
  await page.locator('[data-codes]').waitFor()
  const codes = await page.locator('[data-codes] li').allTextContents()
  assert.equal(codes.length, 10)
  const saved = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Download' }).click()
  assert.equal((await saved).suggestedFilename(), 'recovery-codes.txt')
  await press('I have kept the codes')
  // The registration is another session.
  await press('Cancel')
  await button('Remove the app').waitFor()
  // The dialog and the page behind it both ask for a code.
  await page.goto(`${address}/#/account`)
  await button('Delete the account').click()
  assert.deepEqual(await page.evaluate(repeatedIds), [])
  assert.equal(await dialog().getByLabel('Code').count(), 1)
  await press('Cancel')
  await page.goto(`${address}/#/security`)
  await button('Remove the app').click()
  await dialog().locator('#code').fill('000000')
  await press('Remove')
  await dialog().locator('.field:has(#code[aria-invalid=true])').getByText('The code is wrong').waitFor()
  await dialog().locator('#code').fill(String(codes[0]))
  await press('Remove')
  await button('Add an app').waitFor()
  await end()
})

test('a passkey is added, proves who one is, and is removed', async () => {
  await begin('passkey@example.com', 'security')
  await button('Add a passkey').click()
  await dialog().locator('#name').fill('my key')
  await dialog().locator('#password').fill(account.password)
  await press('Next')
  const row = page.locator('[data-passkeys] > li').filter({ hasText: 'my key' })
  await row.waitFor()
  // A first factor brings recovery codes. The passkey proves who asks for them.
  await press('Make new codes')
  await dialog().locator('[data-codes] > li').first().waitFor()
  assert.equal(await dialog().getByRole('button', { name: 'Cancel' }).count(), 0)
  await press('I have kept the codes')
  await press('Cancel')
  await row.getByRole('button').click()
  // Without a code, the passkey is asked for.
  await press('Remove')
  await row.waitFor({ state: 'detached' })
  await end()
})

test('an account is deleted, and nothing logs in any more', async () => {
  await begin('gone@example.com', 'account')
  await button('Delete the account').click()
  await dialog().locator('#password').fill(account.password)
  await press('Delete the account')
  await page.getByText('Your account is deleted.').waitFor()
  const { email, password } = { ...account, email: 'gone@example.com' }
  assert.equal((await service.call('POST', '/auth/login', { json: { email, password } })).status, 401)
  assert.deepEqual(faultsOf(person), [])
})

test('the keyboard alone leads through login, menu, dialog and logout, with a visible focus', async () => {
  await service.register({ email: 'keys@example.com' })
  await page.goto(`${address}/#/login`)
  await page.locator('#name').focus()
  await page.keyboard.type('keys@example.com')
  await page.keyboard.press('Tab')
  await page.keyboard.type(account.password)
  await page.keyboard.press('Enter')
  await rowsOf(page).first().waitFor()
  const focused = () => page.evaluate<string>(`document.activeElement.textContent.trim()`)
  const tabTo = async (name: string) => {
    for (let i = 0; i < 30; i++) {
      await page.keyboard.press('Tab')
      if ((await focused()) === name) return
    }
    assert.fail(`Tab does not reach ${name}`)
  }
  await tabTo('Account')
  assert.notEqual(await page.evaluate(`getComputedStyle(document.activeElement).outlineStyle`), 'none')
  await page.keyboard.press('Enter')
  await button('Delete the account').waitFor()
  await tabTo('Delete the account')
  await page.keyboard.press('Enter')
  await dialog().waitFor()
  await page.keyboard.press('Escape')
  await dialog().waitFor({ state: 'detached' })
  assert.equal(await focused(), 'Delete the account')
  await page.keyboard.press('Shift+Tab')
  await end()
})
