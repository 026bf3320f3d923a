import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Client, type ClientOptions, createClient } from '../../src/client/client.ts'
import { onEachService } from '../contract/suite.ts'

const password = 'correct horse battery'

onEachService('the typed client', (subject) => {
  const client = (options: Omit<ClientOptions, 'baseUrl'> = {}): Client =>
    createClient({ baseUrl: subject.service.address, ...options })

  test('registers, logs in, checks, lists, revokes, and is refused afterwards', async () => {
    const email = 'typed@example.com'
    const registered = await client().POST('/api/v1/auth/register', { body: { email, password } })
    // With EMAIL_VERIFICATION=required, the answer is 202 without a token.
    assert.ok(registered.data && 'access_token' in registered.data)
    const first = registered.data.access_token
    const loggedIn = await client().POST('/api/v1/auth/login', { body: { email, password } })
    assert.equal(loggedIn.data?.token_type, 'bearer')
    const api = client({ token: loggedIn.data.access_token })

    const check = await api.GET('/api/v1/auth/check')
    assert.deepEqual([check.response.status, check.error], [204, undefined])
    const user = await api.GET('/api/v1/auth/user')
    assert.equal(user.data?.email, email)
    assert.equal(check.response.headers.get('x-auth-user'), user.data.public_id)

    const list = await api.GET('/api/v1/tokens')
    assert.equal(list.data?.tokens.length, 2)
    const other = list.data.tokens.find(({ current }) => !current)
    assert.ok(other)
    const own = await api.GET('/api/v1/tokens', { params: { query: { current: true, per_page: 1 } } })
    assert.deepEqual([own.data?.total_items, own.data?.tokens[0]?.current], [1, true])
    const path = { id: other.id }
    const revoked = await api.DELETE('/api/v1/tokens/{id}', { params: { path } })
    assert.equal(revoked.data?.message, 'the token has been deleted')
    const refused = await client({ token: first }).GET('/api/v1/auth/check')
    assert.equal(refused.response.status, 401)
    assert.deepEqual(refused.error, { status: 'fail', message: 'Token blacklisted. Please log in again.' })
    assert.equal((await api.DELETE('/api/v1/tokens/{id}', { params: { path } })).response.status, 404)
    assert.equal((await api.GET('/api/v1/tokens')).data?.tokens.length, 1)

    assert.equal((await api.POST('/api/v1/auth/logout')).data?.status, 'success')
    assert.equal((await api.GET('/api/v1/auth/user')).response.status, 401)
  })

  test('returns a refusal as `error`, with every invalid field', async () => {
    const invalid = await client().POST('/api/v1/auth/register', { body: { email: 'x', password: 'y' } })
    assert.equal(invalid.data, undefined)
    assert.ok(invalid.error?.status === 'fail')
    assert.deepEqual(Object.keys(invalid.error.errors ?? {}), ['email', 'password'])
    const { error } = await client().POST('/api/v1/login', { body: { username: 'unknown', password } })
    assert.equal(error?.message, 'email or password does not match')
  })

  test('asks a function for the token before each request', async () => {
    const tokens = [undefined, (await subject.newUser()).token, 'x']
    const api = client({ token: async () => tokens.shift() })
    assert.equal((await api.GET('/api/v1/auth/user')).error?.message, 'Unauthorized')
    assert.equal((await api.GET('/api/v1/auth/user')).response.status, 200)
    assert.equal((await api.GET('/api/v1/auth/user')).error?.message, 'Invalid token. Please log in again.')
  })

  test('leaves the header of a single call as it is', async () => {
    const { token, email } = await subject.newUser()
    const headers = { Authorization: `Bearer ${token}` }
    const { data } = await client({ token: 'x' }).GET('/api/v1/auth/user', { headers })
    assert.equal(data?.email, email)
  })

  test('sends requests with the given fetch', async () => {
    const { token } = await subject.newAdmin()
    const sent: string[] = []
    const api = client({
      token,
      fetch: (request) => {
        sent.push(`${request.method} ${new URL(request.url).pathname}${new URL(request.url).search}`)
        return fetch(request)
      },
    })
    const body = { name: 'typed', info_url: 'https://example.com', deadline: '2099-12-31' }
    const added = await api.POST('/api/v1/widgets', { body })
    assert.equal(added.response.headers.get('location'), '/api/v1/widgets/typed')
    const { data } = await api.GET('/api/v1/widgets', { params: { query: { page: 1, per_page: 5 } } })
    assert.deepEqual([data?.items_per_page, data?.items[0]?.name], [5, 'typed'])
    assert.deepEqual(sent, ['POST /api/v1/widgets', 'GET /api/v1/widgets?page=1&per_page=5'])
  })

  test('rejects if there is no answer', async () => {
    await assert.rejects(createClient({ baseUrl: 'http://127.0.0.1:1' }).GET('/healthz'), TypeError)
  })
})
