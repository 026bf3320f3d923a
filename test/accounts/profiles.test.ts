import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { LRUCache } from 'lru-cache'
import { createProfiles, type Profile } from '../../src/accounts/profiles.ts'
import { openMailbox, tokenIn } from '../contract/mailbox.ts'
import { onEachDatabase, open } from '../support/databases.ts'
import { account, startTestService } from '../support/service.ts'

const profile: Profile = {
  email: 'a@example.com',
  username: null,
  email_verified: false,
  pending_email: null,
  registered_on: '2030-06-15T12:00:00.000Z',
}

describe('remembered profiles', () => {
  const profiles = () => createProfiles(new LRUCache<string, Profile>({ max: 10 }))

  test('are found until they are forgotten', () => {
    const remembered = profiles()
    remembered.set('a', profile, remembered.generation())
    remembered.set('b', profile, remembered.generation())
    assert.equal(remembered.get('a'), profile)
    remembered.forget('a')
    assert.deepEqual([remembered.get('a'), remembered.get('b')], [undefined, profile])
    remembered.clear()
    assert.equal(remembered.get('b'), undefined)
  })

  for (const what of ['forget', 'clear'] as const) {
    test(`do not come back from a read that began before: ${what}`, () => {
      const remembered = profiles()
      const before = remembered.generation()
      remembered[what]('a')
      remembered.set('a', profile, before)
      assert.equal(remembered.get('a'), undefined)
    })
  }
})

onEachDatabase('a changed profile', (create) => {
  test('is shown by every node when the change is answered', async (t) => {
    const { database, undo } = await open(t, create)
    const mailbox = openMailbox()
    undo.push(async () => mailbox.remove())
    const settings = { ...mailbox.settings, PUBLIC_URL: 'http://keys.example' }
    const nodes = [await startTestService(database, settings), await startTestService(database, settings)]
    for (const node of nodes) undo.push(node.stop)
    const [a, b] = nodes as [(typeof nodes)[0], (typeof nodes)[0]]
    const token = await a.register()
    const shown = async () => {
      const answers = await Promise.all(nodes.map((node) => node.call('GET', '/auth/user', { token })))
      return answers.map(({ json }) => [json.email, json.email_verified, json.pending_email])
    }
    const both = (...fields: unknown[]) => [fields, fields]
    const { email, password } = account
    assert.deepEqual(await shown(), both(email, false, null))
    await a.call('POST', '/auth/email/verification', { token })
    const verification = tokenIn(await mailbox.next(email))
    assert.equal((await b.call('POST', '/auth/email/verify', { json: { token: verification } })).status, 200)
    assert.deepEqual(await shown(), both(email, true, null))
    for (let i = 0; i < 5; i++) {
      const next = `next-${i}@example.com`
      const before = (await shown())[0]?.[0]
      const json = { email: next, password }
      assert.equal((await a.call('POST', '/auth/email', { token, json })).status, 202)
      assert.deepEqual(await shown(), both(before, true, next))
      const change = tokenIn(await mailbox.next(next))
      assert.equal((await b.call('POST', '/auth/email/verify', { json: { token: change } })).status, 200)
      assert.deepEqual(await shown(), both(next, true, null))
    }
  })
})
