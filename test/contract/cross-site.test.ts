import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertFails } from './refusals.ts'
import { onEachService } from './suite.ts'

const message = 'Pages of other sites may not log in or register here'
const paths = ['/auth/login', '/login', '/auth/register']

onEachService(
  'a page of another site',
  (subject) => {
    test('cannot log in, fail a login or register, so that no account is locked', async () => {
      const user = await subject.newUser()
      const input = { email: user.email, password: 'a wrong password' }
      for (const path of paths) {
        for (const origin of ['https://stranger.example', 'null', 'https://app.example.stranger.example']) {
          const headers = [
            'Sec-Fetch-Site',
            'cross-site',
            'Origin',
            origin,
            'Content-Type',
            'application/x-www-form-urlencoded',
          ]
          const form = String(new URLSearchParams(input))
          assertFails(await subject.call('POST', path, { body: form, headers }), 403, message)
        }
        assertFails(
          await subject.call('POST', path, { json: input, headers: ['Sec-Fetch-Site', 'cross-site'] }),
          403,
          message,
        )
      }
      const right = { email: user.email, password: user.password }
      assert.equal((await subject.call('POST', '/auth/login', { json: right })).status, 200)
    })

    test('may log in if CORS_ORIGINS has its origin, and so may pages of the same site and other clients', async () => {
      const user = await subject.newUser()
      const json = { email: user.email, password: user.password }
      for (const headers of [
        ['Sec-Fetch-Site', 'cross-site', 'Origin', 'https://app.example'],
        ['Sec-Fetch-Site', 'same-site', 'Origin', 'https://login.example'],
        ['Sec-Fetch-Site', 'same-origin'],
        ['Sec-Fetch-Site', 'none'],
        [],
      ])
        assert.equal((await subject.call('POST', '/auth/login', { json, headers })).status, 200)
    })

    test('may call the other routes as before: a stranger has no token', async () => {
      const user = await subject.newUser()
      const headers = ['Sec-Fetch-Site', 'cross-site', 'Origin', 'https://stranger.example']
      assert.equal((await subject.call('GET', '/auth/user', { token: user.token, headers })).status, 200)
    })
  },
  { LOGIN_LIMIT_ACCOUNT: '3', CORS_ORIGINS: 'https://app.example' },
)

onEachService(
  'a page of any site',
  (subject) => {
    test('may log in if CORS_ORIGINS is *', async () => {
      const user = await subject.newUser()
      const json = { email: user.email, password: user.password }
      const headers = ['Sec-Fetch-Site', 'cross-site', 'Origin', 'https://stranger.example']
      assert.equal((await subject.call('POST', '/auth/login', { json, headers })).status, 200)
    })
  },
  { CORS_ORIGINS: '*' },
)
