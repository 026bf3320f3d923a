import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deleteUser } from '../../src/accounts/change-account.ts'
import { assertFails, assertUnauthorized } from './refusals.ts'
import { onEachService } from './suite.ts'

const widget = { info_url: 'https://example.com', deadline: '2031-01-01' }

onEachService('a deleted account', (subject) => {
  const idOf = async (token: string) => (await subject.call('GET', '/auth/user', { token })).json.public_id as string
  const logIn = ({ email, password }: { email: string; password: string }) =>
    subject.call('POST', '/auth/login', { json: { email, password } })

  test('has no live token, cannot log in, and leaves its address and username to others', async () => {
    const user = await subject.newUser({ username: 'leaves' })
    const other = await subject.newUser()
    const second = (await logIn(user)).json.access_token as string
    const id = await idOf(user.token)
    assert.equal((await deleteUser(subject.service.ports, id)).tokens, 2)
    for (const token of [user.token, second]) {
      assertUnauthorized(await subject.call('GET', '/auth/user', { token }), 'revoked')
    }
    assert.equal((await subject.call('GET', '/auth/user', other)).status, 200)
    assertFails(await logIn(user), 401, 'email or password does not match')
    const again = await subject.newUser({ username: 'leaves' })
    assert.notEqual(await idOf(again.token), id)
  })

  test('stays deleted after a restart, and a second deletion ends nothing', async () => {
    const user = await subject.newUser()
    const id = await idOf(user.token)
    await deleteUser(subject.service.ports, id)
    await subject.restart()
    assert.equal((await subject.call('GET', '/auth/user', user)).status, 401)
    assert.equal((await deleteUser(subject.service.ports, id)).tokens, 0)
  })

  test('leaves its widgets, without an owner, and administrators go on with them', async () => {
    const [admin, other] = [await subject.newAdmin(), await subject.newAdmin()]
    const name = `left-${subject.kind}`
    await subject.call('POST', '/widgets', { token: admin.token, json: { name, ...widget } })
    await deleteUser(subject.service.ports, await idOf(admin.token))
    const { json } = await subject.call('GET', `/widgets/${name}`, other)
    assert.deepEqual([json.name, json.owner], [name, null])
    const listed = (await subject.call('GET', '/widgets', other)).json
    assert.deepEqual([listed.total_items, listed.items[0].owner], [1, null])
    assert.equal((await subject.call('PUT', `/widgets/${name}`, { token: other.token, json: widget })).status, 200)
    assert.equal((await subject.call('DELETE', `/widgets/${name}`, other)).status, 204)
  })

  test('while its owner adds widgets and logs in: each answer is a success or a refusal, and no token lives on', async () => {
    const admin = await subject.newAdmin()
    const id = await idOf(admin.token)
    const name = (i: number) => `race-${subject.kind}-${i}`
    const add = (i: number) =>
      subject.call('POST', '/widgets', { token: admin.token, json: { name: name(i), ...widget } })
    const running = [...Array(20).keys()].map((i) => (i % 4 === 0 ? logIn(admin) : add(i)))
    const [answers] = await Promise.all([Promise.all(running), deleteUser(subject.service.ports, id)])
    for (const { status, text } of answers) assert.ok([200, 201, 401].includes(status), text)
    for (const { json } of answers) {
      if (json.access_token === undefined) continue
      assert.equal((await subject.call('GET', '/auth/user', { token: json.access_token })).status, 401)
    }
  })
})
