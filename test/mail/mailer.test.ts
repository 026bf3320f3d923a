// What is told of a server that does not keep to SMTP.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { pino } from 'pino'
import { parseSettings } from '../../src/config/reader.ts'
import { openMailer } from '../../src/mail/io/mailer.ts'
import { MailError } from '../../src/mail/mailer.ts'
import { quickSettings } from '../support/service.ts'

const recipient = 'user@example.com'
const letter = { id: 'an-id', kind: 'new-login', recipient, subject: 'A login', text: 'A text', html: '<p>A text</p>' }
const ok = { CONN: '220 ready', EHLO: '250 hello', MAIL: '250 ok', RCPT: '250 ok', DATA: '354 go on' }
const noCode = `no code for ${recipient} ${'x'.repeat(100_000)}`

for (const [at, answer] of [
  ['CONN', noCode],
  ['MAIL', noCode],
  ['RCPT', noCode],
  ['DATA', noCode],
  ['RCPT', `550 ${noCode}`],
  ['RCPT', `${'9'.repeat(400)} ${noCode}`],
  ['CONN', 'x'.repeat(4_000_000)],
] as const) {
  test(`an error has no text of the server: ${at} ${answer.slice(0, 10)}`, async (t) => {
    const answers: Partial<Record<string, string>> = { ...ok, [at]: answer }
    const server = createServer((socket) => {
      const say = (command: string) => socket.write(`${answers[command] ?? '250 ok'}\r\n`)
      socket.on('error', () => {})
      socket.on('data', (bytes) => say(bytes.toString().slice(0, 4).toUpperCase()))
      say('CONN')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const SMTP_URL = `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`
    const settings = parseSettings({
      ...quickSettings,
      DATABASE_URL: 'sqlite:none',
      SMTP_URL,
      MAIL_FROM: 'keys@example.com',
    })
    const mailer = openMailer(settings, pino({ level: 'silent' }))
    t.after(() => {
      mailer.close()
      server.close()
    })
    await assert.rejects(mailer.send(letter), (error) => {
      assert.ok(error instanceof MailError)
      assert.ok(error.message.length < 200 && !error.message.includes(recipient), error.message.slice(0, 200))
      return true
    })
  })
}
