// The steps that two tutorials test, in order: an API with a blacklist, and a list of tokens that a user can revoke.
// The other files of contract/ test everything else.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { onEachDatabase, type TestDatabase } from '../support/databases.ts'
import { type Answer, startTestService, type TestService } from '../support/service.ts'

const form = { email: 'new_user@email.com', password: 'test1234' }
const noToken = 'Bearer realm="registered_users@mydomain.com"'

onEachDatabase('the tutorials', (create) => {
  let database: TestDatabase
  let service: TestService
  let now = Date.parse('2030-01-01T00:00:00Z')
  before(async () => {
    database = await create()
    service = await startTestService(database, { LATCHKEY_ENV: 'test' }, () => now)
  })
  after(async () => {
    await service.stop()
    await database.remove()
  })

  const registerWith = (fields: Record<string, string>) => service.call('POST', '/auth/register', { form: fields })
  const logInWith = (fields: Record<string, string>) => service.call('POST', '/auth/login', { form: fields })
  const tokenOf = async (fields = form) => (await logInWith(fields)).json.access_token as string

  const assertRefused = (answer: Answer, message: string) => {
    assert.equal(answer.status, 401)
    assert.equal(answer.json.message, message)
    assert.equal(
      answer.headers['www-authenticate'],
      `${noToken}, error="invalid_token", error_description="${message}"`,
    )
  }

  describe('an API with a blacklist', () => {
    test('logging in without an account is refused', async () => {
      const answer = await logInWith(form)
      assert.equal(answer.status, 401)
      assert.equal(answer.json.message, 'email or password does not match')
      assert.equal(answer.json.access_token, undefined)
    })

    test('registering gives a token that lives for five seconds', async () => {
      const { status, json } = await registerWith(form)
      assert.equal(status, 201)
      assert.equal(json.status, 'success')
      assert.equal(json.message, 'successfully registered')
      assert.equal(json.token_type, 'bearer')
      assert.equal(json.expires_in, 5)
      assert.equal((await service.call('GET', '/auth/user', { token: json.access_token })).json.admin, false)
    })

    test('registering again is refused', async () => {
      const { status, json } = await registerWith(form)
      assert.equal(status, 409)
      assert.equal(json.message, 'new_user@email.com is already registered')
      assert.equal(json.access_token, undefined)
    })

    test('registering an invalid address is refused', async () => {
      const { status, json } = await registerWith({ email: 'first last', password: '123456789' })
      assert.equal(status, 400)
      assert.equal(json.message, 'Input payload validation failed')
      assert.equal(json.errors.email, 'first last is not a valid email')
      assert.deepEqual(Object.keys(json.errors), ['email'])
      assert.equal(json.access_token, undefined)
    })

    test('logging in gives a token that names the account', async () => {
      const { status, json } = await logInWith(form)
      assert.equal(status, 200)
      assert.equal(json.status, 'success')
      assert.equal(json.message, 'successfully logged in')
      const user = await service.call('GET', '/auth/user', { token: json.access_token })
      assert.equal(user.status, 200)
      assert.equal(user.json.email, 'new_user@email.com')
      assert.equal(user.json.admin, false)
    })

    test('a request without a token is Unauthorized', async () => {
      const answer = await service.call('GET', '/auth/user')
      assert.equal(answer.status, 401)
      assert.equal(answer.json.message, 'Unauthorized')
      assert.equal(answer.headers['www-authenticate'], noToken)
    })

    test('a token has expired after six seconds', async () => {
      const token = await tokenOf()
      now += 6000
      assertRefused(await service.call('GET', '/auth/user', { token }), 'Access token expired. Please log in again.')
    })

    test('logging out works once: then the token is blacklisted', async () => {
      const token = await tokenOf()
      const answer = await service.call('POST', '/auth/logout', { token })
      assert.equal(answer.status, 200)
      assert.equal(answer.json.status, 'success')
      assert.equal(answer.json.message, 'successfully logged out')
      const blacklisted = 'Token blacklisted. Please log in again.'
      assertRefused(await service.call('POST', '/auth/logout', { token }), blacklisted)
      assertRefused(await service.call('GET', '/auth/user', { token }), blacklisted)
    })
  })

  describe('a list of tokens that a user can revoke', () => {
    // This tutorial sends the token without Bearer.
    const call = (method: string, path: string, token: string) =>
      service.call(method, path, { headers: ['Authorization', token] })
    let first: string
    let second: string
    let id: string

    test('a registration and a login give two tokens', async () => {
      const user = { username: 'testuser', email: 'testuser@example.com', password: 'test_user' }
      first = (await service.call('POST', '/auth/register', { json: user })).json.access_token
      now += 1
      const login = await service.call('POST', '/login', { json: { username: 'testuser', password: 'test_user' } })
      second = login.json.token
      const { status, json } = await call('GET', '/tokens', first)
      assert.equal(status, 200)
      assert.equal(json.tokens.length, 2)
      id = json.tokens[0].id
    })

    test('an unknown token cannot be deleted', async () => {
      const { status, json } = await call('DELETE', '/tokens/123469', first)
      assert.equal(status, 404)
      assert.equal(json.message, '404 token not found')
    })

    test('the first token of the list can be deleted: the older one, with itself', async () => {
      const { status, json } = await call('DELETE', `/tokens/${id}`, first)
      assert.equal(status, 200)
      assert.equal(json.message, 'the token has been deleted')
      assert.equal((await call('GET', '/tokens', first)).status, 401)
      assert.equal((await call('GET', '/tokens', second)).json.tokens.length, 1)
    })

    test('all tokens can be deleted: the user is disconnected everywhere', async () => {
      const { json } = await service.call('POST', '/login', { json: { username: 'testuser', password: 'test_user' } })
      const answer = await call('DELETE', '/tokens', second)
      assert.equal(answer.status, 200)
      assert.equal(answer.json.message, 'you are now disconnected for every device')
      for (const token of [second, json.token]) assert.equal((await call('GET', '/auth/user', token)).status, 401)
    })
  })
})
