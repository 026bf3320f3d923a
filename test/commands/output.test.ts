import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSqlite } from '../support/databases.ts'
import { latchkey } from '../support/process/latchkey.ts'
import { account, startTestService } from '../support/service.ts'

/** Characters that a terminal obeys or hides. The test sends a code that clears the screen, and a soft hyphen. */
const controls = /[\p{Cc}\p{Cf}]/u

test('token list prints no control character of a User-Agent', async (t) => {
  const database = await createSqlite()
  const service = await startTestService(database)
  t.after(async () => {
    await service.stop()
    await database.remove()
  })
  const agent = 'evil\x9b2J\xad/1'
  await service.call('POST', '/auth/register', { json: account, headers: ['User-Agent', agent] })
  const list = (...args: string[]) =>
    latchkey(['token', 'list', account.email, ...args], { DATABASE_URL: database.url })

  const table = await list()
  assert.match(table.stdout, /evil.?\?2J.?\?\/1/)
  assert.doesNotMatch(table.stdout.replaceAll('\n', ''), controls)
  const json = await list('--json')
  assert.doesNotMatch(json.stdout.replaceAll('\n', ''), controls)
  assert.ok(JSON.parse(json.stdout)[0].user_agent.includes('\x9b2J'))
})

test('an error is one line without control characters', async () => {
  const { code, stderr } = await latchkey(['user', 'add', 'a\x1b[2J\nb', '--password-stdin'])
  assert.deepEqual({ code, stderr }, { code: 2, stderr: 'latchkey: a?[2J b is not a valid email\n' })
})
