import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSqlite, onEachDatabase, type TestDatabase } from '../support/databases.ts'
import { createStage, readTranscript, type Scene } from '../support/process/transcript.ts'
import { startTestService } from '../support/service.ts'

const password = 'correct horse battery'

/** Nothing of a password, a hash or a private key may ever be shown. */
const secrets = [password, 'argon2', '"d"', 'BEGIN', 'p2s']

/** The one aside that transcripts have: `log in <email>`, over HTTP, with the password that all accounts have in them. */
async function logIn(aside: string, database: TestDatabase): Promise<void> {
  const service = await startTestService(database, {})
  await service.logIn({ email: aside.replace('log in ', ''), password })
  await service.stop()
}

async function perform(scenes: Scene[], database: TestDatabase): Promise<void> {
  const url = new URL(database.url)
  const place = url.protocol === 'sqlite:' ? database.url : `PostgreSQL at ${url.host}${url.pathname}`
  const stage = createStage({ DATABASE_URL: database.url }, { text: place, shown: '<database>' })
  for (const { command, aside, expected } of scenes) {
    if (aside) await logIn(command, database)
    else {
      const shown = await stage.play(command)
      assert.equal(shown, expected, `$ ${command}`)
      for (const secret of secrets) assert.ok(!shown.includes(secret), `${command} shows ${secret}`)
    }
  }
}

onEachDatabase('the command line', (create) => {
  for (const name of ['accounts', 'tokens', 'keys', 'database']) {
    test(`says and does what the transcript ${name} says`, async (t) => {
      const database = await create()
      t.after(database.remove)
      await perform(readTranscript(name), database)
    })
  }
})

for (const name of ['usage', 'settings']) {
  test(`the command line says what the transcript ${name} says`, async (t) => {
    const database = await createSqlite()
    t.after(database.remove)
    await perform(readTranscript(name), database)
  })
}
