import assert from 'node:assert/strict'
import { test } from 'node:test'
import pino from 'pino'
import { leaveLine } from '../../src/commands/trail.ts'
import { logCommands, maxWaiting } from '../../src/operation/command-log.ts'
import { onEachService } from '../contract/suite.ts'

onEachService('the lines of commands', (subject) => {
  test('are logged once, by one of several nodes, in their order', async () => {
    const { store } = subject.service.ports
    const lines: string[] = []
    const log = pino({ level: 'info' }, { write: (line: string) => lines.push(line) })
    const users = Array.from({ length: 250 }, (_, i) => `user-${i}`)
    for (const [i, user] of users.entries()) await leaveLine({ store, clock: () => i }, 'user disable', { user })
    await Promise.all([1, 2, 3].map(() => logCommands({ store, log })))
    await logCommands({ store, log })
    await logCommands({ store, log })
    const logged = lines.map((line) => JSON.parse(line))
    assert.deepEqual(new Set(logged.map(({ user }) => user)), new Set(users))
    assert.equal(lines.length, users.length)
    const { command, at, by, msg } = logged[0]
    assert.deepEqual([command, at, msg], ['user disable', '1970-01-01T00:00:00.000Z', 'a command has run'])
    assert.ok(by.user_name !== '' && by.host !== '')
  })

  test('wait for a server that logs them, up to a bound', async () => {
    const { store } = subject.service.ports
    const lines: string[] = []
    const logAt = (level: string) => pino({ level }, { write: (line: string) => lines.push(line) })
    const row = (i: number) => ({ id: `id-${String(i).padStart(6, '0')}`, at: i, line: JSON.stringify({ i }) })
    const extra = 3
    for (let i = 0; i < maxWaiting + extra; i += 1000) {
      const length = Math.min(1000, maxWaiting + extra - i)
      await store
        .insertInto('command_log')
        .values(Array.from({ length }, (_, j) => row(i + j)))
        .execute()
    }
    for (const level of ['warn', 'silent']) await logCommands({ store, log: logAt(level) })
    assert.deepEqual(lines, [])
    const rest = await store.selectFrom('command_log').select('id').orderBy('id').execute()
    assert.deepEqual([rest.length, rest[0]?.id], [maxWaiting, row(extra).id])
    await logCommands({ store, log: logAt('info') })
    assert.deepEqual([JSON.parse(lines[0] ?? '').i, lines.length], [extra, 200])
    await store.deleteFrom('command_log').execute()
  })
})
