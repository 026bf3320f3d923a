// Passkeys of a real browser: Chromium with a virtual authenticator.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSqlite, open } from '../support/databases.ts'
import { openTab, type Tab } from '../support/process/chromium.ts'
import { account, startTestService } from '../support/service.ts'

/** Gives the tab an authenticator that is always there and has verified its user. */
async function addAuthenticator({ page }: Tab) {
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
}

// As text, because the types of a page would be in the way of the server's.
const create = ({ page }: Tab, options: object): Promise<object> =>
  page.evaluate(`navigator.credentials
    .create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(${JSON.stringify(options)}) })
    .then((credential) => credential.toJSON())`)

const get = ({ page }: Tab, options: object): Promise<object> =>
  page.evaluate(`navigator.credentials
    .get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(${JSON.stringify(options)}) })
    .then((credential) => credential.toJSON())`)

test('a passkey of Chromium is added, is a second factor, and logs in alone', async (t) => {
  const { database, undo } = await open(t, createSqlite)
  const service = await startTestService(database)
  undo.push(service.stop)
  const tab = await openTab()
  undo.push(tab.close)
  await tab.page.goto(service.address.replace('127.0.0.1', 'localhost'))
  await addAuthenticator(tab)
  const post = async (path: string, json: object, token?: string) =>
    (await service.call('POST', path, { json, ...(token !== undefined && { token }) })).json
  const token = await service.register()

  const { options } = await post('/auth/passkeys/options', { password: account.password }, token)
  const added = await post('/auth/passkeys', { name: 'Chromium', credential: await create(tab, options) }, token)
  assert.equal(added.message, 'the passkey is in force')

  const { ticket, factors } = await post('/auth/login', account)
  assert.deepEqual(factors, ['passkey'])
  const second = await post('/auth/login/passkey/options', { ticket })
  const finished = await post('/auth/login/passkey', { ticket, credential: await get(tab, second.options) })
  assert.equal(finished.message, 'successfully logged in')

  const alone = await post('/auth/login/passkey/options', {})
  const { access_token } = await post('/auth/login/passkey', { credential: await get(tab, alone.options) })
  const { json } = await service.call('GET', '/auth/user', { token: access_token })
  assert.deepEqual([json.email, json.factors], [account.email, ['passkey']])

  const fresh = await post('/auth/login/passkey/options', {})
  const codes = await post('/auth/recovery-codes', { credential: await get(tab, fresh.options) }, access_token)
  assert.equal(codes.recovery_codes.length, 10)
})
