import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { openMailbox, tokenIn } from '../contract/mailbox.ts'
import { onEachDatabase, open } from '../support/databases.ts'
import { startProcess } from '../support/process/server.ts'

const rounds = 10
const old = 'correct horse battery'
const next = 'another horse battery'

onEachDatabase('a server that is killed during a reset', (create, kind) => {
  test('has done all of it or nothing, ten times', async (t) => {
    const { database, undo } = await open(t, create)
    const mailbox = openMailbox()
    undo.push(async () => mailbox.remove())
    const settings = { ...mailbox.settings, DATABASE_URL: database.url }
    let server = await startProcess(settings)
    undo.push(() => server.kill())
    const outcomes = new Set<string>()
    for (let round = 0; round < rounds; round++) {
      const email = `user-${round}@example.com`
      const { json } = await server.call('POST', '/auth/register', { json: { email, password: old } })
      await server.call('POST', '/auth/password/forgot', { json: { email } })
      const token = tokenIn(await mailbox.next(email))
      const reset = () => server.call('POST', '/auth/password/reset', { json: { token, password: next } })
      const answered = reset().then(
        ({ status }) => status,
        () => undefined,
      )
      // Some requests are cut off before the commit, some behind it, and some are answered.
      await Promise.race([
        answered,
        new Promise((resolve) => setTimeout(resolve, randomInt(kind === 'sqlite' ? 12 : 60))),
      ])
      await server.kill()
      const status = await answered
      server = await startProcess(settings)
      const logIn = async (password: string) =>
        (await server.call('POST', '/auth/login', { json: { email, password } })).status
      const done = (await logIn(next)) === 200
      outcomes.add(`${done} ${status}`)
      if (status !== undefined) assert.deepEqual([status, done], [200, true])
      assert.equal(await logIn(old), done ? 401 : 200)
      const { status: me } = await server.call('GET', '/auth/user', { token: json.access_token })
      assert.equal(me, done ? 401 : 200)
      assert.equal((await reset()).status, done ? 400 : 200)
      assert.equal(await logIn(next), 200)
    }
    t.diagnostic([...outcomes].join(', '))
  })
})
