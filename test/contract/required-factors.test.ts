import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addUser } from '../../src/accounts/register.ts'
import { addService } from '../../src/services/add.ts'
import { factorsOf } from './factors.ts'
import { assertFails, assertUnauthorized } from './refusals.ts'
import { onEachService } from './suite.ts'

const message = 'This account needs a second factor. Please add one, then log in again.'

onEachService(
  'with ADMIN_FACTOR=required, an administrator',
  (subject) => {
    const { post, logIn, nextCode, addTotp, ticketOf } = factorsOf(subject)
    test('without a factor can only add one', async () => {
      const email = `boss-${subject.kind}@example.com`
      const password = 'correct horse battery'
      await addUser(subject.service.ports, { email, password }, true)
      const { access_token: token } = (await logIn({ email, password })).json
      const widget = { name: 'any', info_url: 'https://example.com', deadline: '2040-01-31' }
      for (const [method, path] of [
        ['GET', '/auth/user'],
        ['GET', '/auth/check'],
        ['GET', '/tokens'],
        ['POST', '/widgets'],
        ['POST', '/auth/recovery-codes'],
        ['DELETE', '/auth/user'],
      ] as const) {
        assertFails(await subject.call(method, path, { token, json: { ...widget, password } }), 403, message)
      }
      const user = await addTotp({ email, password, token })
      assertFails(await subject.call('GET', '/auth/user', { token }), 403, message)
      const full = (await post('/auth/login/totp', { ticket: await ticketOf(user), code: nextCode(user) })).json
      assert.equal((await subject.call('POST', '/widgets', { token: full.access_token, json: widget })).status, 201)
      const last = await subject.call('DELETE', '/auth/totp', {
        token: full.access_token,
        json: { code: nextCode(user) },
      })
      assertFails(last, 409, 'This account needs a second factor. Add another one first.')
    })

    test('has no token from before the setting', async () => {
      await subject.restart({ ADMIN_FACTOR: 'off' })
      const { token } = await subject.newAdmin()
      const user = await subject.newUser()
      assert.equal((await subject.call('GET', '/auth/user', { token })).json.admin, true)
      await subject.restart()
      assertUnauthorized(await subject.call('GET', '/auth/user', { token }), 'revoked')
      assert.equal((await subject.call('GET', '/auth/user', user)).status, 200)
    })
  },
  { ADMIN_FACTOR: 'required' },
)

onEachService(
  'with USER_FACTOR=required, an account',
  (subject) => {
    const { post, logIn, nextCode, addTotp, ticketOf } = factorsOf(subject)
    test('without a factor can only add one and log out, from its registration on, also for services', async () => {
      const user = await subject.newUser()
      const named = { description: 'a script', password: user.password }
      const { email, password } = { email: `limited-${subject.kind}@example.com`, password: user.password }
      const answers = [await post('/auth/register', { email, password }), await logIn(user), await post('/login', user)]
      assert.deepEqual(
        answers.map(({ json }) => json.scope),
        ['factors', 'factors', 'factors'],
      )
      for (const token of [user.token, ...answers.map(({ json }) => json.access_token)]) {
        for (const [method, path] of [
          ['GET', '/auth/user'],
          ['GET', '/auth/check'],
          ['POST', '/auth/renew'],
          ['POST', '/tokens'],
          ['DELETE', '/auth/user'],
        ] as const) {
          const answer = await subject.call(method, path, { token, ...(method !== 'GET' && { json: named }) })
          assertFails(answer, 403, message)
        }
      }
      const { client_id, client_secret } = (await addService(subject.service.ports, {
        name: `shop ${subject.kind}`,
        may_revoke_users: false,
      })) as { client_id: string; client_secret: string }
      const basic = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`
      const active = async (token: string) =>
        (await subject.call('POST', '//oauth/introspect', { headers: ['Authorization', basic], form: { token } })).json
          .active
      assert.equal(await active(user.token), false)
      const second = (await logIn(user)).json.access_token
      assert.equal((await subject.call('POST', '/auth/logout', { token: second })).status, 200)
      assertUnauthorized(await subject.call('GET', '/auth/user', { token: second }), 'revoked')

      const added = await addTotp(user)
      const full = await post('/auth/login/totp', { ticket: await ticketOf(added), code: nextCode(added) })
      const token = full.json.access_token as string
      assert.equal('scope' in full.json, false)
      assert.deepEqual((await subject.call('GET', '/auth/user', { token })).json.factors, ['totp'])
      assert.equal(await active(token), true)
      const last = await subject.call('DELETE', '/auth/totp', { token, json: { code: nextCode(added) } })
      assertFails(last, 409, 'This account needs a second factor. Add another one first.')
    })

    test('gets no more by a change of its password or as an administrator', async () => {
      const email = `chief-${subject.kind}@example.com`
      const password = 'correct horse battery'
      await addUser(subject.service.ports, { email, password }, true)
      const { access_token: token } = (await logIn({ email, password })).json
      assertFails(await subject.call('GET', '/admin/users', { token }), 403, message)
      const change = { current_password: password, new_password: 'another horse battery' }
      assertFails(await post('/auth/password', change, token), 403, message)
    })
  },
  { USER_FACTOR: 'required' },
)
