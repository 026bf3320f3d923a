import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { addUser } from '../../src/accounts/register.ts'
import { createAuthenticator, type Fault } from '../support/authenticator.ts'
import { assertSecondStep, codeAt, factorsOf, passkeysOf } from './factors.ts'
import { sendBytes } from './raw.ts'
import { assertFails, assertInvalid, assertSucceeds } from './refusals.ts'
import { type Holder, onEachService } from './suite.ts'

const refused = 'The passkey was not accepted'
const expired = 'The login has expired. Please log in again.'
const mismatch = 'email or password does not match'

onEachService('passkeys', (subject) => {
  const { post, logIn, addTotp } = factorsOf(subject)
  const ticketOf = async (user: Holder): Promise<string> => (await logIn(user)).json.ticket
  const { originOf, optionsOf, offer, addPasskey } = passkeysOf(subject)
  const use = (json: object) => post('/auth/login/passkey', json)

  test('are added with the password, listed, and removed with a passkey', async () => {
    const user = await subject.newUser()
    assertFails(await post('/auth/passkeys/options', { password: 'wrong' }, user.token), 401, mismatch)
    const options = await offer(user)
    const { public_id } = (await subject.call('GET', '/auth/user', user)).json
    assert.deepEqual(
      [options.rp.id, options.attestation, Buffer.from(options.user.id, 'base64url').toString(), options.user.name],
      ['localhost', 'none', public_id, user.email],
    )
    const { residentKey, userVerification } = options.authenticatorSelection
    assert.deepEqual([residentKey, userVerification], ['required', 'required'])
    const { authenticator, passkey } = await addPasskey(user)
    const created_at = new Date(subject.now).toISOString()
    const entry = { id: passkey.id, name: 'Phone', created_at, last_used_at: null }
    assert.deepEqual((await subject.call('GET', '/auth/passkeys', user)).json, { passkeys: [entry] })
    assert.deepEqual((await subject.call('GET', '/auth/user', user)).json.factors, ['passkey'])
    // The password alone is no longer enough.
    const remove = (json: object, id = passkey.id) =>
      subject.call('DELETE', `/auth/passkeys/${id}`, { token: user.token, json })
    const missing = await remove({ password: user.password })
    assert.deepEqual([missing.status, missing.json.message], [401, 'second factor required'])
    const other = await addPasskey(await subject.newUser())
    assertFails(await remove({ credential: other.authenticator.get(await optionsOf()) }), 401, mismatch)
    for (const id of [other.passkey.id, randomUUID(), 'x', '%00']) {
      assertFails(await remove({ credential: authenticator.get(await optionsOf()) }, id), 404, '404 factor not found')
    }
    const credential = authenticator.get(await optionsOf())
    assertSucceeds(await remove({ credential }), 200, 'the passkey is removed')
    assert.deepEqual((await subject.call('GET', '/auth/passkeys', user)).json.passkeys, [])
    assert.equal((await logIn(user)).status, 200)
    assertFails(await use({ credential: authenticator.get(await optionsOf()) }), 401, refused)
  })

  test('are a second factor, and a login alone', async () => {
    const user = await addPasskey(await subject.newUser())
    assertSecondStep(await logIn(user), ['passkey'])
    const ticket = await ticketOf(user)
    const options = await optionsOf({ ticket })
    assert.deepEqual(
      options.allowCredentials.map(({ id }: { id: string }) => id),
      [user.authenticator.id],
    )
    assert.deepEqual([options.rpId, options.userVerification], ['localhost', 'required'])
    const second = await use({ ticket, credential: user.authenticator.get(options) })
    assert.deepEqual(
      [second.status, second.json.message, second.headers['cache-control']],
      [200, 'successfully logged in', 'no-store'],
    )
    assertFails(await use({ ticket, credential: user.authenticator.get(await optionsOf()) }), 401, expired)
    assertFails(await post('/auth/login/passkey/options', { ticket }), 401, expired)
    const any = await optionsOf()
    assert.equal(any.allowCredentials, undefined)
    subject.now += 1000
    const alone = await use({ credential: user.authenticator.get(any) })
    assert.equal(alone.status, 200, alone.text)
    const { token } = { token: alone.json.access_token }
    assert.equal((await subject.call('GET', '/auth/user', { token })).json.email, user.email)
    const [passkey] = (await subject.call('GET', '/auth/passkeys', { token })).json.passkeys
    assert.equal(passkey.last_used_at, new Date(subject.now).toISOString())
    assertInvalid(await use({}), ['credential'])
    assertInvalid(await use({ ticket: '', credential: {} }), ['ticket', 'credential'])
  })

  test('refuse an answer of another origin, host, challenge or user, without verification, or with an old counter', async () => {
    const user = await addPasskey(await subject.newUser())
    const other = await addPasskey(await subject.newUser())
    const { authenticator } = user
    // The counter of the authenticator is at 2.
    for (let i = 0; i < 2; i++) {
      assert.equal((await use({ credential: authenticator.get(await optionsOf()) })).status, 200)
    }
    const faults: Record<string, Fault> = {
      'another origin': { origin: 'https://evil.example' },
      'another port': { origin: 'http://localhost:1' },
      'another host': { rpId: 'evil.example' },
      'a challenge that was never made': { challenge: randomBytes(32).toString('base64url') },
      'a text for a challenge': { challenge: 'text\0' },
      'no verification': { unverified: true },
      'a counter that goes back': { counter: 1 },
      'the same counter': { counter: 2 },
      'a counter of zero': { counter: 0 },
      'another user': { userHandle: Buffer.from(randomUUID()).toString('base64url') },
    }
    for (const [fault, what] of Object.entries(faults)) {
      assertFails(await use({ credential: authenticator.get(await optionsOf(), what) }), 401, refused)
      const ticket = await ticketOf(user)
      assertFails(await use({ ticket, credential: authenticator.get(await optionsOf({ ticket }), what) }), 401, refused)
      const json = { credential: authenticator.get(await optionsOf(), what) }
      assert.equal((await subject.call('DELETE', '/auth/user', { token: user.token, json })).status, 401, fault)
    }
    // A challenge that is used, expired, for another purpose or for another user.
    const options = await optionsOf()
    assert.equal((await use({ credential: authenticator.get(options) })).status, 200)
    assertFails(await use({ credential: authenticator.get(options) }), 401, refused)
    const late = await optionsOf()
    subject.now += 5 * 60_000
    assertFails(await use({ credential: authenticator.get(late) }), 401, refused)
    const renewed = (await use({ credential: authenticator.get(await optionsOf()) })).json.access_token
    const adding = await offer({ ...user, token: renewed }, { credential: authenticator.get(await optionsOf()) })
    assertFails(await use({ credential: authenticator.get({ ...adding, rpId: 'localhost' }) }), 401, refused)
    const theirs = await optionsOf({ ticket: await ticketOf(other) })
    assertFails(await use({ credential: authenticator.get(theirs) }), 401, refused)
    // A ticket takes only the passkeys of its account.
    const ticket = await ticketOf(user)
    assertFails(await use({ ticket, credential: other.authenticator.get(await optionsOf()) }), 401, refused)
    const silent = other.authenticator.get(await optionsOf(), { userHandle: '' })
    assertFails(await use({ ticket: await ticketOf(user), credential: silent }), 401, refused)
    // What is signed must be what is sent.
    const credential = authenticator.get(await optionsOf())
    for (const part of ['clientDataJSON', 'authenticatorData', 'signature'] as const) {
      for (const value of ['AAAA', credential.response[part].slice(0, -8), '!', 'A'.repeat(9000)]) {
        const response = { ...credential.response, [part]: value }
        assertFails(await use({ credential: { ...credential, response } }), 401, refused)
      }
    }
    for (const id of ['x', '\0', 'é', 'A'.repeat(9000), other.authenticator.id]) {
      assertFails(await use({ credential: { ...credential, id, rawId: id } }), 401, refused)
    }
  })

  test('refuse a new passkey of another origin, host, challenge or user, and one that is in use', async () => {
    const [user, other] = [await subject.newUser(), await subject.newUser()]
    const add = (credential: unknown, { token }: Holder = user, name: unknown = 'Key') =>
      post('/auth/passkeys', { name, credential }, token)
    const authenticator = createAuthenticator(originOf())
    const faults: Fault[] = [
      { origin: 'https://evil.example' },
      { rpId: 'evil.example' },
      { challenge: randomBytes(32).toString('base64url') },
      { unverified: true },
    ]
    for (const fault of faults) assertFails(await add(authenticator.create(await offer(user), fault)), 401, refused)
    assertFails(await add(authenticator.create(await offer(user)), other), 401, refused)
    assertFails(await add(authenticator.create({ ...(await offer(user)), ...(await optionsOf()) })), 401, refused)
    const late = await offer(user)
    subject.now += 5 * 60_000
    assertFails(await add(authenticator.create(late)), 401, refused)
    const options = await offer(user)
    assert.equal((await add(authenticator.create(options))).status, 201)
    assertFails(await add(authenticator.create(options)), 401, refused)
    const theirs = await offer(other)
    assertFails(await add(authenticator.create(theirs), other), 409, 'The passkey is in use already')
    for (const name of ['', ' a', 'a\u0000', 'a\u202e', 'a'.repeat(65), 7]) {
      assertInvalid(await add(authenticator.create(theirs), other, name), ['name'])
    }
    assertInvalid(await add({}, other), ['credential'])
    assertInvalid(await add('text', other), ['credential'])
    assert.deepEqual((await subject.call('GET', '/auth/user', other)).json.factors, [])
  })

  test('stand beside an authenticator app, and recovery codes go with the last factor', async () => {
    const holder = await addTotp(await subject.newUser())
    const authenticator = createAuthenticator(originOf())
    const options = await offer(holder, { code: holder.recovery_codes[0] })
    const added = await post(
      '/auth/passkeys',
      { name: 'Phone', credential: authenticator.create(options) },
      holder.token,
    )
    assert.equal(added.status, 201, added.text)
    assertSecondStep(await logIn(holder), ['totp', 'passkey'])
    subject.now += 30_000
    const code = codeAt(holder.secret, subject.now)
    assert.equal((await subject.call('DELETE', '/auth/totp', { token: holder.token, json: { code } })).status, 200)
    assertSecondStep(await logIn(holder), ['passkey'])
    const byCode = { code: holder.recovery_codes[1] }
    const removed = await subject.call('DELETE', `/auth/passkeys/${added.json.id}`, {
      token: holder.token,
      json: byCode,
    })
    assert.equal(removed.status, 200, removed.text)
    const again = await addTotp(holder)
    const ticket = await ticketOf(again)
    const old = await post('/auth/login/recovery-code', { ticket, code: holder.recovery_codes[2] })
    assert.equal(old.status, 401)
  })

  test('of two simultaneous uses of one answer, one counts', async () => {
    const user = await addPasskey(await subject.newUser())
    const credential = user.authenticator.get(await optionsOf())
    const answers = await Promise.all(Array.from({ length: 6 }, () => use({ credential })))
    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 401, 401, 401, 401, 401])
  })
})

onEachService(
  'behind a public URL, passkeys',
  (subject) => {
    const { post } = factorsOf(subject)
    const { offer } = passkeysOf(subject)
    test('are bound to that URL, and not to the Host header', async () => {
      const user = await subject.newUser()
      const body = JSON.stringify({ password: user.password })
      const headers = [
        'Host: evil.example',
        'X-Forwarded-Host: evil.example',
        'Origin: https://evil.example',
        `Authorization: Bearer ${user.token}`,
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
        'Connection: close',
      ]
      const head = ['POST /api/v1/auth/passkeys/options HTTP/1.1', ...headers].join('\r\n')
      const { json } = await sendBytes(subject.service.address, `${head}\r\n\r\n${body}`)
      assert.equal(json.options.rp.id, 'login.example')
      const fake = createAuthenticator('https://evil.example').create(json.options)
      assertFails(await post('/auth/passkeys', { name: 'Phone', credential: fake }, user.token), 401, refused)
      const credential = createAuthenticator('https://login.example').create(await offer(user))
      assert.equal((await post('/auth/passkeys', { name: 'Phone', credential }, user.token)).status, 201)
    })
  },
  { PUBLIC_URL: 'https://login.example/keys' },
)

onEachService(
  'with an address for a public URL, passkeys',
  (subject) => {
    const { post } = factorsOf(subject)
    test('are refused, because browsers offer none', async () => {
      const user = await subject.newUser()
      const sentence = 'Passkeys need a PUBLIC_URL with https and a host name'
      assertFails(await post('/auth/passkeys/options', { password: user.password }, user.token), 409, sentence)
      assertFails(await post('/auth/login/passkey/options', {}), 409, sentence)
    })
  },
  { PUBLIC_URL: 'https://192.0.2.1' },
)

onEachService(
  'with limits, passkeys',
  (subject) => {
    const { post } = factorsOf(subject)
    const { optionsOf, addPasskey } = passkeysOf(subject)
    test('count as logins: options by network, and wrong answers by account', async () => {
      const user = await addPasskey(await subject.newUser())
      const statuses = []
      for (let i = 0; i < 4; i++) {
        const credential = user.authenticator.get(await optionsOf(), { unverified: true })
        statuses.push((await post('/auth/login/passkey', { credential })).status)
      }
      assert.deepEqual(statuses, [401, 401, 401, 429])
      const options = []
      for (let i = 0; i < 4; i++) options.push((await post('/auth/login/passkey/options', {})).status)
      assert.deepEqual(options, [200, 200, 429, 429])
    })
  },
  { LOGIN_LIMIT_ACCOUNT: '3', LOGIN_LIMIT_SUCCESS_ADDRESS: '7' },
)

onEachService(
  'where addresses have to be verified, a passkey',
  (subject) => {
    const { optionsOf, addPasskey } = passkeysOf(subject)
    test('alone is no login before that, and is one afterwards', async () => {
      const { ports } = subject.service
      const account = { email: `verified-${subject.kind}@example.com`, password: 'correct horse battery' }
      await addUser(ports, account, false)
      const first = await subject.call('POST', '/auth/login', { json: account })
      const user = await addPasskey({ ...account, token: first.json.access_token })
      const logIn = async () => {
        const json = { credential: user.authenticator.get(await optionsOf()) }
        return subject.call('POST', '/auth/login/passkey', { json })
      }
      const verify = (email_verified_at: number | null) =>
        ports.store.updateTable('user').set({ email_verified_at }).where('email', '=', user.email).execute()
      await verify(null)
      assertFails(await logIn(), 403, 'address not verified')
      await verify(subject.now)
      assert.equal((await logIn()).status, 200)
    })
  },
  { EMAIL_VERIFICATION: 'required' },
)
