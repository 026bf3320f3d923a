import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertFails } from './refusals.ts'
import { onEachService } from './suite.ts'

onEachService('a new database', (subject) => {
  test('has no account and no service, and usual names with usual passwords do not log in', async () => {
    const { store } = subject.service.ports
    for (const table of ['user', 'service'] as const) {
      assert.deepEqual(await store.selectFrom(table).selectAll().execute(), [], table)
    }
    for (const username of ['admin', 'root', 'latchkey', 'admin@example.com', 'admin@localhost']) {
      for (const password of ['admin', 'root', 'password', 'latchkey', 'changeme', 'correct horse battery']) {
        const answer = await subject.call('POST', '/auth/login', { json: { username, password } })
        assertFails(answer, 401, 'email or password does not match')
      }
    }
  })
})
