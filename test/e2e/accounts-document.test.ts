// The commands of docs/accounts.md, exactly as they stand there except for the address of the server.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { openMailbox } from '../contract/mailbox.ts'
import { createSqlite, open } from '../support/databases.ts'
import { startTestService } from '../support/service.ts'

const root = join(import.meta.dirname, '../..')
const [, section = ''] = readFileSync(join(root, 'docs/accounts.md'), 'utf8').split('\n## Each flow with curl\n')
const blocks = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block)

/** Who gets the message that a block reads, by the kind of the message. */
const readers: Record<string, string> = {
  'verify-address': 'mia@example.com',
  'password-reset': 'mia@example.com',
  'change-address': 'mia@example.org',
  invitation: 'ann@example.com',
}

test('each flow of docs/accounts.md works as it stands', async (t) => {
  const { database, undo } = await open(t, createSqlite)
  const mailbox = openMailbox()
  const service = await startTestService(database, mailbox.settings)
  undo.push(service.stop)
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-flows-'))
  undo.push(async () => {
    mailbox.remove()
    rmSync(folder, { recursive: true })
  })
  mkdirSync(join(folder, 'data'))
  symlinkSync(mailbox.settings.MAIL_OUTBOX, join(folder, 'data/outbox'))
  for (const path of ['node_modules', 'package.json', 'bin', 'src', 'templates'])
    symlinkSync(join(root, path), join(folder, path))

  const { PATH } = process.env
  const shell = spawn('bash', [], {
    cwd: folder,
    env: { PATH, DATABASE_URL: database.url, ARGON2_MEMORY_KIB: '8', ARGON2_PASSES: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  undo.push(async () => void shell.stdin.end())
  let errors = ''
  shell.stderr.on('data', (data) => (errors += data))
  const lines = createInterface(shell.stdout)[Symbol.asyncIterator]()
  const run = async (block: string): Promise<string[]> => {
    const [, kind] = /\(link ([a-z-]+)\)/.exec(block) ?? []
    while (kind !== undefined && (await mailbox.next(readers[kind] as string)).kind !== kind);
    shell.stdin.write(`${block.replace('http://127.0.0.1:5000', service.address)}\necho; echo "the end: $?"\n`)
    const printed: string[] = []
    for (;;) {
      const { value = 'the end', done } = await lines.next()
      if (done || value.startsWith('the end')) return printed
      if (value !== '') printed.push(value)
    }
  }

  const messages: string[] = []
  for (const block of blocks) {
    for (const line of await run(block)) {
      const { message, email, items, action } = line.startsWith('{') ? JSON.parse(line) : { message: line }
      messages.push(message ?? email ?? action ?? `${items.length} items`)
    }
  }
  const blacklisted = 'Token blacklisted. Please log in again.'
  assert.deepEqual(
    messages.filter((line) => !/public_id/.test(line)),
    [
      'if the address is not verified yet, a message is on its way',
      'address verified',
      'if the address has an account, a message is on its way',
      'password changed',
      blacklisted,
      'a message is on its way to the new address',
      'address verified',
      'mia@example.org',
      blacklisted,
      '0 items',
      'The scope of the token does not suffice',
      'the account has been created',
      'password changed',
      'the second factors have been removed',
      'the account has been changed',
      '5 items',
      messages.find((line) => line.startsWith('the audit trail fits')),
      'the head has no seal, because no LATCHKEY_SECRET is set: who can write the database can make another chain',
    ],
  )
  assert.match(errors, /latchkey: the last administrator\n/)
})
