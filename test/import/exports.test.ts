// The commands of docs/migrating.md, exactly as they stand there, with a file of each system.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import pg from 'pg'
import { createSqlite, open } from '../support/databases.ts'
import { createDatabase } from '../support/process/database.ts'
import { latchkey } from '../support/process/latchkey.ts'
import { account, startTestService } from '../support/service.ts'

const text = readFileSync(new URL('../../docs/migrating.md', import.meta.url), 'utf8')

function commandOf(heading: string): string {
  const [, section = ''] = text.split(`\n## ${heading}\n`)
  const [, command] = /```sh\n([\s\S]*?)```/.exec(section) ?? []
  if (command === undefined) throw new Error(`there is no command below ${heading}`)
  return command
}

/** Runs the command for a system in a folder with the system's file. @returns the path of users.jsonl */
function exportUsers(t: TestContext, heading: string, sample: string, SOURCE_URL = ''): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-export-'))
  t.after(() => rmSync(folder, { recursive: true }))
  copyFileSync(sample, join(folder, basename(sample)))
  execFileSync('sh', ['-ec', commandOf(heading)], { cwd: folder, env: { PATH: process.env.PATH, SOURCE_URL } })
  return join(folder, 'users.jsonl')
}

interface Expected {
  email: string
  username?: string
  admin?: 1
  email_verified?: 1
  id?: string
  created_at?: string
}

/** Imports the file, compares the accounts, and logs each of them in. */
async function importAndLogIn(t: TestContext, file: string, expected: Expected[]): Promise<void> {
  const { database } = await open(t, createSqlite)
  assert.equal((await latchkey(['db', 'migrate'], { DATABASE_URL: database.url })).code, 0)
  assert.deepEqual(await latchkey(['import', 'users', file], { DATABASE_URL: database.url }), {
    code: 0,
    stdout: `${file}: ${expected.length} accounts${expected.some(({ admin }) => admin) ? ' (1 administrator)' : ''} imported, 0 there already, 0 skipped\n`,
    stderr: '',
  })
  const service = await startTestService(database)
  try {
    const users = await service.ports.store.selectFrom('user').selectAll().orderBy('email').execute()
    for (const [i, user] of expected.entries()) {
      const { email, username = null, admin = 0, email_verified = 0 } = user
      const found = users[i]
      assert.deepEqual(
        [found?.email, found?.username, found?.admin, found?.email_verified_at === null ? 0 : 1],
        [email, username, admin, email_verified],
      )
      if (user.id !== undefined) assert.equal(found?.id, user.id)
      if (user.created_at !== undefined) assert.equal(new Date(found?.created_at ?? 0).toISOString(), user.created_at)
      await service.logIn({ email, password: account.password })
    }
  } finally {
    await service.stop()
  }
}

const sample = (name: string) => join(import.meta.dirname, 'exports', name)

async function loadSource(t: TestContext, name: string): Promise<string> {
  const { database } = await open(t, createDatabase)
  const client = new pg.Client(database.url)
  await client.connect()
  await client.query(readFileSync(sample(name), 'utf8'))
  await client.end()
  return database.url
}

test('accounts of Supabase Auth', async (t) => {
  const file = exportUsers(t, 'Supabase Auth', sample('supabase.sql'), await loadSource(t, 'supabase.sql'))
  const id = (n: number) => `0b7e6c52-9a4b-4d2f-8f5e-3a1c5d7e9f0${n}`
  await importAndLogIn(t, file, [
    { email: 'ann@example.com', email_verified: 1, id: id(1), created_at: '2024-03-01T10:00:00.123Z' },
    { email: 'bob@example.com', id: id(2), created_at: '2024-03-02T10:00:00.000Z' },
  ])
})

test('accounts of Better Auth', async (t) => {
  const file = exportUsers(t, 'Better Auth', sample('better-auth.sql'), await loadSource(t, 'better-auth.sql'))
  await importAndLogIn(t, file, [
    { email: 'ann@example.com', email_verified: 1, created_at: '2025-01-02T03:04:05.678Z' },
    { email: 'bob@example.com', created_at: '2025-01-03T03:04:05.000Z' },
  ])
})

test('accounts of Django', async (t) => {
  await importAndLogIn(t, exportUsers(t, 'Django', sample('django.json')), [
    { email: 'ann@example.com', username: 'ann', admin: 1 },
    { email: 'bob.smith@example.com' },
    { email: 'carol@example.com', username: 'carol' },
    { email: 'dave@example.com', username: 'dave' },
  ])
})

test('accounts of Keycloak', async (t) => {
  const id = (n: number) => `6f9c2a1e-0000-4000-8000-00000000000${n}`
  const names = ['ann', 'bob', 'carol', 'dave']
  await importAndLogIn(
    t,
    exportUsers(t, 'Keycloak', sample('keycloak.json')),
    names.map((username, i) => ({
      email: `${username}@example.com`,
      username,
      id: id(i + 1),
      created_at: '2023-11-14T22:13:20.000Z',
      ...(username !== 'carol' && { email_verified: 1 }),
    })),
  )
})

test('accounts of Auth0', async (t) => {
  await importAndLogIn(t, exportUsers(t, 'Auth0', sample('auth0.ndjson')), [
    { email: 'ann@example.com' },
    { email: 'bob@example.com', email_verified: 1 },
  ])
})
