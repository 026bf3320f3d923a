import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { readTemplates } from '../../src/mail/io/templates.ts'
import { messageKinds } from '../../src/mail/message.ts'
import { fillTemplate, parseTemplate } from '../../src/mail/templates.ts'
import { openMailbox } from '../contract/mailbox.ts'
import { createSqlite, open } from '../support/databases.ts'
import { account, startTestService } from '../support/service.ts'

const standard = join(import.meta.dirname, '../../templates')
const folder = mkdtempSync(join(tmpdir(), 'latchkey-templates-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const html = '<a href="{{link}}">{{email}}</a>'
const text = 'Subject: Hello {{username}}\n\nOpen {{link}}\n'

describe('a template', () => {
  test('of Latchkey exists for each kind of message, as text and as HTML', () => {
    const templates = readTemplates('', standard)
    assert.deepEqual(Object.keys(templates), Object.keys(messageKinds))
    for (const { subject, text, html } of Object.values(templates)) {
      assert.ok(subject.length > 5)
      assert.ok(text.includes('{{service}}') && html.includes('{{service}}'))
    }
  })

  test('shows a value in one line of text, and without a meaning in HTML', () => {
    const template = parseTemplate('password-reset', { text, html })
    const evil = '"><script>\r\nBcc: b@example.com\u2028&\'\u0000'
    const filled = fillTemplate(template, { username: evil, email: evil, link: 'https://a.example/#token=x' })
    assert.equal(filled.subject, `Hello "><script> Bcc: b@example.com &' `)
    assert.equal(filled.text, 'Open https://a.example/#token=x\n')
    assert.equal(
      filled.html,
      '<a href="https://a.example/#token=x">&quot;&gt;&lt;script&gt; Bcc: b@example.com &amp;&#39; </a>',
    )
  })

  test('that has a name inside a value is not filled again', () => {
    const template = parseTemplate('password-reset', { text, html })
    assert.equal(fillTemplate(template, { username: '{{link}}', link: 'x' }).subject, 'Hello {{link}}')
  })

  for (const [what, files, line] of [
    ['no subject', { text: 'Hello {{link}}', html }, /^password-reset\.txt must begin with a line "Subject: …"/],
    [
      'an unknown name',
      { text: `${text}{{pasword}}`, html },
      /^password-reset\.txt has \{\{pasword\}\}; the names are/,
    ],
    ['an unknown name in HTML', { text, html: `${html}{{ link }}` }, /^password-reset\.html has \{\{ link \}\}/],
    ['no link', { text: 'Subject: x\n\nHello', html }, /^password-reset\.txt must have \{\{link\}\} or \{\{token\}\}/],
    ['no link in HTML', { text, html: 'x' }, /^password-reset\.html must have/],
  ] as const) {
    test(`with ${what} is refused`, () => {
      assert.throws(() => parseTemplate('password-reset', files), { name: 'TemplateError', message: line })
    })
  }

  test('in MAIL_TEMPLATES replaces the one of Latchkey, file by file', async (t) => {
    const own = join(folder, 'own')
    mkdirSync(own)
    writeFileSync(join(own, 'password-reset.txt'), 'Subject: Passwort\r\n\r\nhttps://app.example/neu?t={{token}}\r\n')
    const mailbox = openMailbox()
    const { database, undo } = await open(t, createSqlite)
    undo.push(async () => mailbox.remove())
    const service = await startTestService(database, { ...mailbox.settings, MAIL_TEMPLATES: own })
    undo.push(service.stop)
    await service.register()
    await service.call('POST', '/auth/password/forgot', { json: account })
    const mail = await mailbox.next(account.email)
    assert.equal(mail.subject, 'Passwort')
    const [, token] = /https:\/\/app\.example\/neu\?t=([\w-]{43})/.exec(mail.text) ?? []
    const json = { token, password: 'another horse battery' }
    assert.equal((await service.call('POST', '/auth/password/reset', { json })).status, 200)
  })

  test('that is wrong stops the start, and so does a folder that does not exist', async (t) => {
    const { database } = await open(t, createSqlite)
    const wrong = join(folder, 'wrong')
    mkdirSync(wrong)
    writeFileSync(join(wrong, 'new-login.html'), '{{nothing}}')
    await assert.rejects(startTestService(database, { MAIL_TEMPLATES: wrong }), { name: 'TemplateError' })
    await assert.rejects(startTestService(database, { MAIL_TEMPLATES: join(folder, 'missing') }), {
      message: /^MAIL_TEMPLATES names .*missing, which is not a folder$/,
    })
  })
})
