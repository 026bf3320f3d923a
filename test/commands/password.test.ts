import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createSqlite, type TestDatabase } from '../support/databases.ts'
import { latchkey, program } from '../support/process/latchkey.ts'
import { openTerminal, type Terminal } from '../support/process/terminal.ts'
import { startTestService, type TestService } from '../support/service.ts'

const password = 'pässwörd – horse 🐎'
const command = `'${process.execPath}' '${program}'`

let database: TestDatabase
let service: TestService
before(async () => {
  database = await createSqlite()
  service = await startTestService(database)
})
after(async () => {
  await service.stop()
  await database.remove()
})

function open(t: Parameters<typeof openTerminal>[0], line: string): Terminal {
  return openTerminal(t, line, { DATABASE_URL: database.url })
}

async function logsIn(email: string, withPassword: string): Promise<boolean> {
  const { status } = await service.call('POST', '/auth/login', { json: { email, password: withPassword } })
  return status === 200
}

test('user add asks for the password twice and never shows it', async (t) => {
  const terminal = open(t, `${command} user add typed@example.com`)
  await terminal.shows('Password: ')
  terminal.type(`${password}\r`)
  await terminal.shows('Again: ')
  terminal.type(`${password}\r`)
  await terminal.shows('typed@example.com is registered')
  const { screen, code } = await terminal.end()
  assert.equal(code, 0)
  assert.match(screen, /^Password: \r?\nAgain: \r?\ntyped@example\.com is registered, public_id \S+\r?\n$/)
  assert.ok(await logsIn('typed@example.com', password))
})

test('backspace corrects the input, and both lines can be pasted together', async (t) => {
  const terminal = open(t, `${command} user add pasted@example.com`)
  await terminal.shows('Password: ')
  terminal.type('corrext\x7f\x7fct horse battery\rcorrect horse battery\r')
  await terminal.shows('is registered')
  assert.equal((await terminal.end()).code, 0)
  assert.ok(await logsIn('pasted@example.com', 'correct horse battery'))
})

test('a password that is too short is refused before it is typed again', async (t) => {
  await service.register({ email: 'long@example.com' })
  for (const args of ['user add short@example.com', 'user password long@example.com']) {
    const terminal = open(t, `${command} ${args}`)
    await terminal.shows('Password: ')
    terminal.type('short\r')
    await terminal.shows('latchkey: password must be')
    const { screen, code } = await terminal.end()
    assert.equal(code, 2)
    assert.ok(!screen.includes('Again'))
  }
})

test('two different passwords create no account', async (t) => {
  const terminal = open(t, `${command} user add differ@example.com`)
  await terminal.shows('Password: ')
  terminal.type('correct horse battery\r')
  await terminal.shows('Again: ')
  terminal.type('correct horse batterie\r')
  await terminal.shows('latchkey: the two passwords differ')
  assert.equal((await terminal.end()).code, 1)
  assert.equal(await logsIn('differ@example.com', 'correct horse battery'), false)
})

for (const [name, key] of [
  ['Ctrl-C', '\x03'],
  ['Ctrl-D', '\x04'],
]) {
  test(`${name} at the prompt cancels and restores the terminal`, async (t) => {
    const terminal = open(t, `${command} user add cancelled@example.com; echo ended with $?; stty -a`)
    await terminal.shows('Password: ')
    terminal.type(`corr${name === 'Ctrl-D' ? '\x15' : ''}${key}`)
    await terminal.shows('latchkey: cancelled, nothing was changed')
    await terminal.shows('ended with 1')
    const { screen } = await terminal.end()
    assert.match(screen, / icanon /)
    assert.match(screen, / echo /)
    assert.ok(!screen.includes('corr'))
  })
}

test('user password asks for the new password in the same way', async (t) => {
  await service.register({ email: 'renewed@example.com' })
  const terminal = open(t, `${command} user password renewed@example.com`)
  for (const prompt of ['Password: ', 'Again: ']) {
    await terminal.shows(prompt)
    terminal.type('a wholly new one\r')
  }
  await terminal.shows('renewed@example.com has a new password; 1 token revoked')
  assert.equal((await terminal.end()).code, 0)
  assert.ok(await logsIn('renewed@example.com', 'a wholly new one'))
})

test('db reset deletes nothing unless the answer is yes', async (t) => {
  await service.register({ email: 'stays@example.com' })
  const terminal = open(t, `${command} db reset`)
  await terminal.shows('Type yes to continue: ')
  terminal.type('y\r')
  await terminal.shows('latchkey: not confirmed, nothing was changed')
  assert.equal((await terminal.end()).code, 1)
  assert.ok(await logsIn('stays@example.com', 'correct horse battery'))
})

test('the password on stdin is everything except the final line end', async () => {
  const add = (email: string, stdin: string | Buffer) =>
    latchkey(['user', 'add', email, '--password-stdin'], { DATABASE_URL: database.url }, { stdin })
  assert.equal((await add('crlf@example.com', ' two\nlines \r\n')).code, 0)
  assert.ok(await logsIn('crlf@example.com', ' two\nlines '))
  const latin1 = await add('latin1@example.com', Buffer.from('p\xe4ssw\xf6rd', 'latin1'))
  assert.deepEqual(latin1, { code: 2, stdout: '', stderr: 'latchkey: the password on stdin is not UTF-8\n' })
  const huge = await add('huge@example.com', 'x'.repeat(1_000_000))
  assert.equal(huge.code, 2)
  assert.equal(huge.stderr, 'latchkey: the password on stdin is too long\n')
})
