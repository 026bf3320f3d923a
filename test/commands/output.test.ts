import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { decodeJwt } from 'jose'
import { printList } from '../../src/commands/terminal.ts'
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
  // Earlier versions described a client they did not know by its User-Agent.
  await service.ports.store.updateTable('token').set({ description: agent }).execute()
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

test('token list prints every live token, oldest first, however many there are', async (t) => {
  const database = await createSqlite()
  const service = await startTestService(database)
  t.after(async () => {
    await service.stop()
    await database.remove()
  })
  const { sub: user_id, jti: last } = decodeJwt(await service.register()) as { sub: string; jti: string }
  const now = Date.now()
  const older = Array.from({ length: 1100 }, (_, i) => ({
    jti: randomUUID(),
    user_id,
    kid: 'k'.repeat(43),
    description: 'curl',
    ip: '192.0.2.1',
    issued_at: now - 2000 + i,
    expires_at: now + 600_000,
  }))
  await service.ports.store.insertInto('token').values(older).execute()
  const expected = [...older.map(({ jti }) => jti), last]
  const list = (...args: string[]) =>
    latchkey(['token', 'list', account.email, ...args], { DATABASE_URL: database.url })
  const json: { id: string }[] = JSON.parse((await list('--json')).stdout)
  assert.deepEqual(
    json.map(({ id }) => id),
    expected,
  )
  const lines = (await list()).stdout.trimEnd().split('\n').slice(1)
  assert.deepEqual(
    lines.map((line) => line.split(' ')[0]),
    expected,
  )
})

test('a table may have more rows than a function has arguments', (t) => {
  const write = t.mock.method(process.stdout, 'write', () => true)
  const rows = Array.from({ length: 200_000 }, (_, i) => i)
  printList(rows, [['N', String]], {})
  const { arguments: written } = write.mock.calls.at(-1) ?? {}
  write.mock.restore()
  assert.equal(String(written?.[0]).split('\n').length, 200_002)
})
