import assert from 'node:assert/strict'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { createSqlite, onEachDatabase, type TestDatabase } from '../support/databases.ts'
import { createRunner, readTranscript, type Step } from '../support/process/transcript.ts'
import { startTestService } from '../support/service.ts'

const password = 'correct horse battery'

/** Parts of a password, a hash and a private key. No command may show them. */
const secrets = [password, 'argon2', '"d"', 'BEGIN', 'p2s']

/** Performs `log in <email>` over HTTP, the only step by the test, with the password of all accounts in transcripts. */
async function logIn(step: string, database: TestDatabase): Promise<void> {
  const service = await startTestService(database, {})
  await service.logIn({ email: step.replace('log in ', ''), password })
  await service.stop()
}

async function runSteps(steps: Step[], database: TestDatabase): Promise<void> {
  const url = new URL(database.url)
  const text = url.protocol === 'sqlite:' ? database.url : `PostgreSQL at ${url.host}${url.pathname}`
  const runner = createRunner({ DATABASE_URL: database.url }, { text, shown: '<database>' })
  await compare(steps, runner, database)
}

async function compare(steps: Step[], runner: ReturnType<typeof createRunner>, database: TestDatabase): Promise<void> {
  for (const { command, byTest, expected } of steps) {
    if (byTest) await logIn(command, database)
    else {
      const shown = await runner.run(command)
      assert.equal(shown, expected, `$ ${command}`)
      for (const secret of secrets) assert.ok(!shown.includes(secret), `${command} shows ${secret}`)
    }
  }
}

onEachDatabase('the command line', (create) => {
  for (const name of ['accounts', 'tokens', 'services', 'keys', 'database']) {
    test(`behaves as the transcript ${name} says`, async (t) => {
      const database = await create()
      t.after(database.remove)
      await runSteps(readTranscript(name), database)
    })
  }
})

for (const name of ['usage', 'settings']) {
  test(`the command line behaves as the transcript ${name} says`, async (t) => {
    const database = await createSqlite()
    t.after(database.remove)
    await runSteps(readTranscript(name), database)
  })
}

test('the command line behaves as the transcript backup says', async (t) => {
  const database = await createSqlite()
  t.after(database.remove)
  const folder = dirname(database.url.slice('sqlite:'.length))
  const runner = createRunner({ DATABASE_URL: 'sqlite:latchkey.db' }, { text: folder, shown: '<folder>' }, folder)
  await compare(readTranscript('backup'), runner, database)
})
