import assert from 'node:assert/strict'
import { test } from 'node:test'
import pino from 'pino'
import { leaveLine } from '../../src/commands/trail.ts'
import { logCommands } from '../../src/operation/command-log.ts'
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
})
