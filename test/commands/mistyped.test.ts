// A name that is mistyped is an error in every command that takes one: nothing is said to be done, and nothing is changed.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { onEachDatabase, open } from '../support/databases.ts'
import { latchkey } from '../support/process/latchkey.ts'

const password = 'correct horse battery'

onEachDatabase('a mistyped name', (create) => {
  test('is named, and the command fails', async (t) => {
    const { database } = await open(t, create)
    const run = (args: string[]) => latchkey(args, { DATABASE_URL: database.url }, { stdin: password })
    assert.equal((await run(['db', 'migrate'])).code, 0)
    assert.equal((await run(['user', 'add', 'user@example.com', '--username', 'user', '--password-stdin'])).code, 0)
    assert.equal((await run(['service', 'add', 'shop'])).code, 0)
    const before = await Promise.all([run(['user', 'list', '--json']), run(['service', 'list', '--json'])])
    const id = randomUUID()
    const attempts: [string[], string][] = [
      ...['usr@example.com', id].flatMap((name): [string[], string][] =>
        [
          ['user', 'disable'],
          ['user', 'enable'],
          ['user', 'promote'],
          ['user', 'demote'],
          ['user', 'password', '--password-stdin'],
          ['user', 'delete', '--yes'],
          ['token', 'list'],
          ['token', 'revoke', '--user'],
        ].map((command) => [[...command, name], name]),
      ),
      ...[id, 'shop'].flatMap((name): [string[], string][] =>
        [
          ['service', 'remove'],
          ['service', 'rotate'],
          ['token', 'list', '--service'],
          ['token', 'revoke', '--service'],
        ].map((command) => [[...command, name], name]),
      ),
      [['key', 'revoke', 'nokey'], 'nokey'],
    ]
    for (const [args, name] of attempts) {
      const { code, stdout, stderr } = await run(args)
      assert.notEqual(code, 0, `${args.join(' ')}: ${stdout}`)
      assert.equal(stdout, '', args.join(' '))
      assert.ok(stderr.includes(name), `${args.join(' ')}: ${stderr}`)
    }
    assert.deepEqual(await Promise.all([run(['user', 'list', '--json']), run(['service', 'list', '--json'])]), before)
  })
})
