import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase, open } from '../support/databases.ts'
import { latchkey } from '../support/process/latchkey.ts'
import { startTestService } from '../support/service.ts'

onEachDatabase('latchkey user invite', (create) => {
  test('prints the link where no mail is sent, and queues a message where it is', async (t) => {
    const { database, undo } = await open(t, create)
    const production = {
      LATCHKEY_ENV: 'production',
      LATCHKEY_SECRET: 'x'.repeat(40),
      PUBLIC_URL: 'https://auth.example.com',
      ARGON2_MEMORY_KIB: '19456',
      ARGON2_PASSES: '2',
    }
    const run = (args: string[], settings: Record<string, string>) =>
      latchkey(args, { DATABASE_URL: database.url, ...settings })
    assert.equal((await run(['db', 'migrate'], {})).code, 0)
    const { code, stdout } = await run(['user', 'invite', 'ann@example.com', '--admin'], production)
    assert.equal(code, 0)
    const [, token = ''] = /https:\/\/auth\.example\.com\/\S+#token=(\S+)\n$/.exec(stdout) ?? []
    assert.notEqual(token, '', stdout)
    assert.match((await run(['user', 'invite', 'bob@example.com'], {})).stdout, /\na server will send the message\n$/)
    const twice = await run(['user', 'invite', 'bob@example.com'], {})
    assert.deepEqual([twice.code, twice.stderr], [1, 'latchkey: bob@example.com is already registered\n'])

    const service = await startTestService(database, { LATCHKEY_SECRET: 'x'.repeat(40) })
    undo.push(service.stop)
    const password = 'a horse of my own'
    const reset = await service.call('POST', '/auth/password/reset', { json: { token, password } })
    assert.equal(reset.status, 200, reset.text)
    const { json } = await service.call('POST', '/auth/login', { json: { email: 'ann@example.com', password } })
    const me = (await service.call('GET', '/auth/user', { token: json.access_token })).json
    assert.deepEqual([me.admin, me.email_verified], [true, true])
  })
})
