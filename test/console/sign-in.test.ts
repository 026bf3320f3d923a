// How people come in: registration, login with each factor, and the links of messages, in a real browser.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { codeAt } from '../contract/factors.ts'
import { openMailbox } from '../contract/mailbox.ts'
import { createSqlite, type TestDatabase } from '../support/databases.ts'
import { account, startTestService, type TestService } from '../support/service.ts'
import { enter, faultsOf, openConsole, type Person, rowsOf } from './person.ts'

const { password } = account
let database: TestDatabase
let service: TestService
let person: Person
let page: Page
let address = ''
const mailbox = openMailbox()

before(async () => {
  database = await createSqlite()
  service = await startTestService(database, { ...mailbox.settings, EMAIL_VERIFICATION: 'on' })
  address = service.address.replace('127.0.0.1', 'localhost')
  person = await openConsole(address)
  page = person.page
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
  assert.deepEqual(faultsOf(person), [])
  await person.close()
  await service.stop()
  await database.remove()
  mailbox.remove()
})

const button = (name: string) => page.getByRole('button', { name, exact: true })
const link = (name: string) => page.getByRole('link', { name, exact: true })
const sessions = () => rowsOf(page).first().waitFor()

async function logOut(): Promise<void> {
  await page.locator('nav').getByRole('button', { name: 'Log out' }).click()
  await page.getByText('You are logged out.').waitFor()
}

/** The link in the next message to the address, as this browser reaches the service. */
async function linkIn(email: string, kind: string): Promise<string> {
  for (;;) {
    const mail = await mailbox.next(email)
    const url = /https?:\S+#token=\S+/.exec(mail.text)?.[0]
    if (mail.kind === kind && url !== undefined) return url.replace('127.0.0.1', 'localhost')
  }
}

test('a person registers, with errors beside the fields, and verifies the address by the link', async () => {
  await page.goto(`${address}/#/login`)
  await link('Register').click()
  await page.locator('#email').fill('ann@example.com')
  await page.locator('#password').fill('short')
  await button('Register').click()
  const field = page.locator('#password[aria-invalid=true]')
  await field.waitFor()
  assert.match(String(await field.getAttribute('aria-describedby')), /password-error/)
  await page.locator('#password').fill(password)
  await button('Register').click()
  await sessions()
  const url = await linkIn('ann@example.com', 'verify-address')
  await page.goto(url)
  await button('Confirm').waitFor()
  assert.ok(!page.url().includes('token='))
  await button('Confirm').click()
  await page.getByText('The address is confirmed').waitFor()
  await page.goto(url)
  await button('Confirm').click()
  await page.getByText('This link was used').waitFor()
  await link('Go on').click()
  await sessions()
  await page.goto(`${address}/#/account`)
  await page.getByText('verified', { exact: true }).waitFor()
  await logOut()
})

test('a forgotten password is replaced by the link of a message, and an unknown address gets the same answer', async () => {
  for (const email of ['nobody@example.com', 'ann@example.com']) {
    await page.goto(`${address}/#/forgot`)
    await page.locator('#email').fill(email)
    await button('Send me a link').click()
    await page.getByText('If the address has an account').waitFor()
    await page.goto(`${address}/#/login`)
  }
  await page.goto(await linkIn('ann@example.com', 'password-reset'))
  await page.locator('#password').fill('short')
  await button('Change the password').click()
  await page.locator('#password[aria-invalid=true]').waitFor()
  // A refused password does not use the link up.
  await page.locator('#password').fill('another horse battery')
  await button('Change the password').click()
  await page.getByText('The password is set').waitFor()
  await link('Log in').click()
  await enter(page, 'ann@example.com')
  await page.getByText('email or password does not match').waitFor()
  await page.locator('#password').fill('another horse battery')
  await button('Log in').click()
  await sessions()
  await logOut()
})

test('a link for a new password ends the session of this browser too, and the page still says what was done', async () => {
  const email = 'ivy@example.com'
  await service.register({ email })
  await page.goto(`${address}/#/login`)
  await enter(page, email)
  await sessions()
  await service.call('POST', '/auth/password/forgot', { json: { email } })
  await page.goto(await linkIn(email, 'password-reset'))
  await page.locator('#password').fill('another horse battery')
  await button('Change the password').click()
  await page.getByText('The password is set').waitFor()
  await page.locator('nav').waitFor({ state: 'detached' })
  await page.getByText('The password is set').waitFor()
})

test('a second factor is asked for: a wrong code, a code of the app, a recovery code', async () => {
  const email = 'bob@example.com'
  const token = await service.register({ email })
  const post = async (path: string, json: object) => (await service.call('POST', path, { token, json })).json
  const { secret } = await post('/auth/totp', { password })
  const before = Date.now()
  const { recovery_codes } = await post('/auth/totp/confirm', { code: codeAt(secret, before - 30_000) })
  await page.goto(`${address}/#/login`)
  await enter(page, email)
  await page.locator('#code').fill('000000')
  await button('Log in').click()
  await page.locator('#code[aria-invalid=true]').waitFor()
  await page.locator('#code').fill(codeAt(secret, Date.now()))
  await button('Log in').click()
  await sessions()
  await logOut()
  await enter(page, email)
  await page.locator('#code').fill(String(recovery_codes[0]))
  await button('Log in').click()
  await sessions()
  await logOut()
})

test('a passkey is a second factor, and logs in alone', async () => {
  const email = 'eve@example.com'
  await service.register({ email })
  await page.goto(`${address}/#/login`)
  await enter(page, email)
  await sessions()
  await page.goto(`${address}/#/security`)
  await button('Add a passkey').click()
  const dialog = page.getByRole('dialog')
  await dialog.locator('#password').fill(password)
  await dialog.getByRole('button', { name: 'Next' }).click()
  await page.locator('[data-passkeys] > li').waitFor()
  for (const offered of ['Make new codes', 'The second factor is in force.']) {
    await dialog.getByRole('heading', { name: offered }).waitFor()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
  }
  await logOut()
  await enter(page, email)
  await page.locator('#code').waitFor()
  await button('Log in with a passkey').click()
  await sessions()
  await logOut()
  await button('Log in with a passkey').click()
  await sessions()
  await page.getByText(email).waitFor()
  await logOut()
})

test('a passkey at the address of another host says where passkeys work', async () => {
  await page.goto(`${service.address}/#/login`)
  await button('Log in with a passkey').click()
  await page.getByText('The passkeys of this service work only at localhost.').waitFor()
})

test('fields of passwords hide what is typed, and say to password managers what they are', async () => {
  const seen: string[] = []
  for (const place of ['#/login', '#/register', 'account/reset-password#token=none']) {
    await page.goto(`${address}/${place}`)
    const field = page.locator('#password')
    await field.waitFor()
    await field.focus()
    await page.keyboard.insertText('pasted horse battery')
    assert.equal(await field.inputValue(), 'pasted horse battery')
    seen.push(`${await field.getAttribute('type')} ${await field.getAttribute('autocomplete')}`)
  }
  assert.deepEqual(seen, ['password current-password', 'password new-password', 'password new-password'])
})
