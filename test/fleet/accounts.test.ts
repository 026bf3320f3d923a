// What changes an account through one node counts on every node when it is answered.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openDatabase } from '../../src/store/open.ts'
import type { Store } from '../../src/store/schema.ts'
import { codeAt } from '../contract/factors.ts'
import { openMailbox, tokenIn } from '../contract/mailbox.ts'
import { type Fleet, type FleetNode, startFleet } from '../support/process/fleet.ts'
import { type Answer, account } from '../support/service.ts'

const { password } = account
const next = 'another horse battery'

interface Holder {
  id: string
  email: string
  token: string
}

describe('in a fleet of three nodes', () => {
  const mailbox = openMailbox()
  let fleet: Fleet
  let store: Store
  let admin: Holder
  let accounts = 0

  before(async () => {
    const settings = { ...mailbox.settings, LEASE_MS: '1000' }
    // The last node alone asks administrators for a factor, so that a restart of this node turns the setting on.
    fleet = await startFleet([settings, settings, { ...settings, ADMIN_FACTOR: 'required' }])
    store = (await openDatabase(fleet.url)).store
    admin = await newAdmin()
  })
  after(async () => {
    await store?.destroy()
    await fleet?.remove()
    mailbox.remove()
  })

  const logIn = async (email: string) => (await node(0).call('POST', '/auth/login', { json: { email, password } })).json
  const node = (i: number) => fleet.nodes[i] as FleetNode
  const newUser = async (): Promise<Holder> => {
    const email = `holder-${++accounts}@example.com`
    const { json } = await node(accounts % 3).call('POST', '/auth/register', { json: { email, password } })
    const token = json.access_token as string
    return { email, token, id: (await node(0).call('GET', '/auth/user', { token })).json.public_id }
  }
  const newAdmin = async (): Promise<Holder> => {
    const user = await newUser()
    await store.updateTable('user').set({ admin: 1 }).where('id', '=', user.id).execute()
    return { ...user, token: (await logIn(user.email)).access_token }
  }
  const onAll = <T>(ask: (node: FleetNode) => Promise<T>) => Promise.all(fleet.nodes.map(ask))
  const check = (token: string) => onAll(async (each) => (await each.call('GET', '/auth/check', { token })).status)
  const profiles = (token: string) => onAll(async (each) => (await each.call('GET', '/auth/user', { token })).json)
  const addTotp = async ({ token }: Holder, by: FleetNode) => {
    const { json } = await by.call('POST', '/auth/totp', { token, json: { password } })
    return by.call('POST', '/auth/totp/confirm', { token, json: { code: codeAt(json.secret, Date.now()) } })
  }
  const reset = async ({ email }: Holder, by: FleetNode) => {
    await by.call('POST', '/auth/password/forgot', { json: { email } })
    const json = { token: tokenIn(await mailbox.next(email)), password: next }
    return by.call('POST', '/auth/password/reset', { json })
  }
  const asAdmin = (method: string, path: (user: Holder) => string, json?: object) => (user: Holder, by: FleetNode) =>
    by.call(method, `/admin/users/${path(user)}`, { token: admin.token, ...(json && { json }) })

  /** What ends the tokens of an account. */
  const ways: Record<string, (user: Holder, by: FleetNode) => Promise<Answer>> = {
    'a renewal': ({ token }, by) => by.call('POST', '/auth/renew', { token }),
    'a reset': reset,
    'a change of the password': ({ token }, by) =>
      by.call('POST', '/auth/password', { token, json: { current_password: password, new_password: next } }),
    'the deletion by the owner': ({ token }, by) => by.call('DELETE', '/auth/user', { token, json: { password } }),
    'the deletion by an administrator': asAdmin('DELETE', ({ id }) => id),
    'disabling the account': asAdmin('PATCH', ({ id }) => id, { disabled: true }),
    'the end of all tokens by an administrator': asAdmin('DELETE', ({ id }) => `${id}/tokens`),
    async 'a removal of the factors by an administrator'(user, by) {
      assert.equal((await addTotp(user, by)).status, 200)
      return asAdmin('DELETE', ({ id }) => `${id}/factors`)(user, by)
    },
  }
  for (const [way, act] of Object.entries(ways)) {
    test(`${way}, on any node, ends the token on all nodes`, async () => {
      for (const by of fleet.nodes) {
        const user = await newUser()
        assert.deepEqual(await check(user.token), [204, 204, 204])
        const answer = await act(user, by)
        const ended = await check(user.token)
        assert.ok([200, 204].includes(answer.status), answer.text)
        assert.deepEqual(ended, [401, 401, 401])
        const renewed = answer.json?.access_token
        if (renewed !== undefined) assert.deepEqual(await check(renewed), [204, 204, 204])
      }
    })
  }

  test('a demotion ends the token of the administrator on all nodes', async () => {
    for (const by of fleet.nodes) {
      const other = await newAdmin()
      const list = () => onAll(async (each) => (await each.call('GET', '/admin/users', { token: other.token })).status)
      assert.deepEqual(await list(), [200, 200, 200])
      const answer = await asAdmin('PATCH', ({ id }) => id, { admin: false })(other, by)
      assert.deepEqual([answer.status, await list()], [200, [401, 401, 401]])
    }
  })

  test('a changed address, and an added factor, are shown by all nodes', async () => {
    for (const by of fleet.nodes) {
      const user = await newUser()
      const shown = async () => (await profiles(user.token)).map(({ email, factors }) => [email, ...factors])
      const address = user.email.replace('.com', '.org')
      await by.call('POST', '/auth/email', { token: user.token, json: { email: address, password } })
      const json = { token: tokenIn(await mailbox.next(address)) }
      assert.deepEqual(await shown(), Array(3).fill([user.email]))
      const changed = await by.call('POST', '/auth/email/verify', { json })
      assert.deepEqual([changed.status, await shown()], [200, Array(3).fill([address])])
      const added = await addTotp(user, by)
      assert.deepEqual([added.status, await shown()], [200, Array(3).fill([address, 'totp'])])
    }
  })

  test('a node that starts with ADMIN_FACTOR ends tokens of administrators without a factor on all nodes', async () => {
    const [bare, safe] = [await newAdmin(), await newAdmin()]
    assert.equal((await addTotp(safe, node(0))).status, 200)
    for (const { token } of [bare, safe]) assert.deepEqual(await check(token), [204, 204, 204])
    await node(2).stop()
    await node(2).start()
    assert.deepEqual(await check(bare.token), [401, 401, 401])
    assert.deepEqual(await check(safe.token), [204, 204, 204])
  })
})
