// The sender against a real SMTP server.
import assert from 'node:assert/strict'
import { randomUUIDv7 } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { claimMessage, dueMessages } from '../../src/mail/records.ts'
import { migrateDatabase } from '../../src/store/migrate.ts'
import { openDatabase } from '../../src/store/open.ts'
import type { Store } from '../../src/store/schema.ts'
import { drained, parseMail, tokenIn } from '../contract/mailbox.ts'
import { createSqlite, onEachDatabase, open } from '../support/databases.ts'
import { startProcess } from '../support/process/server.ts'
import { account, startTestService } from '../support/service.ts'
import { answer, type Behaviour, makeCertificate, type SmtpTestServer, startSmtp } from '../support/smtp.ts'

type Context = Parameters<typeof open>[0]

/** Starts an SMTP server, and a service that sends through it. Tests move the clock. */
async function start(t: Context, behaviour: Behaviour = {}, url = (port: number) => `smtp://127.0.0.1:${port}`) {
  const { database, undo } = await open(t, createSqlite)
  const smtp = await startSmtp(behaviour)
  undo.push(smtp.close)
  const clock = { now: Date.parse('2030-06-15T12:00:00.000Z') }
  const settings = { SMTP_URL: url(smtp.port), MAIL_FROM: 'Latch, Key <keys@example.com>' }
  const service = await startTestService(database, settings, () => clock.now)
  undo.push(service.stop)
  await service.register()
  const forget = (email = account.email) => service.call('POST', '/auth/password/forgot', { json: { email } })
  return { smtp, clock, service, forget, store: service.ports.store }
}

/** Waits until a message was tried so often, and is to be tried again. @returns when */
async function postponed(store: Store, now: number, attempts = 1): Promise<number> {
  for (;;) {
    const row = await store.selectFrom('mail_message').selectAll().executeTakeFirst()
    // A claim lasts for two minutes. The first pauses are shorter.
    if (row !== undefined && row.attempts === attempts && row.due_at < now + 120_000) return row.due_at
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const linkWorks = async (service: Awaited<ReturnType<typeof start>>['service'], source: string) => {
  const json = { token: tokenIn(parseMail('', source)), password: 'another horse battery' }
  assert.equal((await service.call('POST', '/auth/password/reset', { json })).status, 200)
}

describe('a message', () => {
  test('goes to the address of the account alone, with a link that works', async (t) => {
    const { smtp, service, forget } = await start(t)
    await forget()
    const [mail] = await smtp.until(1)
    assert.ok(mail)
    assert.deepEqual([mail.from, mail.to], ['keys@example.com', [account.email]])
    assert.match(mail.source, /^From: "Latch, Key" <keys@example\.com>\r$/m)
    assert.match(mail.source, /^Message-ID: <[0-9a-f-]{36}@example\.com>\r$/m)
    assert.match(mail.source, /^Auto-Submitted: auto-generated\r$/m)
    await linkWorks(service, mail.source)
  })

  test('goes to addresses as they are stored, however odd', async (t) => {
    const { smtp, service, forget } = await start(t)
    const odd = ["o'hara+tag@example.com", '!#$%&*/=?^_`{|}~-@example.com', '-oq/tmp@example.com']
    for (const [i, email] of odd.entries()) {
      await service.register({ email })
      await forget(email)
      await smtp.until(i + 1)
    }
    assert.deepEqual(
      smtp.delivered.map(({ to }) => to),
      odd.map((email) => [email]),
    )
    for (const [i, { source }] of smtp.delivered.entries()) {
      assert.deepEqual(source.match(/^(To|Cc|Bcc):.*(?=\r$)/gm), [`To: ${odd[i]}`])
    }
  })

  test('goes over STARTTLS, with the password of the server', async (t) => {
    const tls = makeCertificate()
    setDefaultCACertificates([...getCACertificates('default'), tls.cert])
    const login = { user: 'k@example.com', pass: 'p:/@#%' }
    const url = (port: number) =>
      `smtp://${encodeURIComponent(login.user)}:${encodeURIComponent(login.pass)}@0.0.0.0:${port}`
    const { smtp, forget } = await start(t, { tls, login }, url)
    await forget()
    const [mail] = await smtp.until(1)
    assert.deepEqual([mail?.secure, mail?.user], [true, login.user])
  })

  test('goes over TLS from the first byte', async (t) => {
    const tls = makeCertificate()
    setDefaultCACertificates([...getCACertificates('default'), tls.cert])
    const { smtp, forget } = await start(t, { tls, secure: true }, (port) => `smtps://localhost:${port}`)
    await forget()
    assert.equal((await smtp.until(1))[0]?.secure, true)
  })

  test('is kept if the server offers no TLS, and the password does not travel', async (t) => {
    let seen = 0
    const login = { user: 'k', pass: 'p' }
    const { smtp, clock, forget, store } = await start(
      t,
      { login, onRecipient: () => void seen++ },
      (port) => `smtp://k:p@0.0.0.0:${port}`,
    )
    await forget()
    await postponed(store, clock.now)
    assert.deepEqual([seen, smtp.delivered.length], [0, 0])
  })

  test('is kept if the certificate of the server is not trusted', async (t) => {
    const { smtp, clock, forget, store } = await start(t, { tls: makeCertificate() })
    await forget()
    await postponed(store, clock.now)
    assert.equal(smtp.delivered.length, 0)
  })

  test('that the server refuses for now is sent later, once', async (t) => {
    let refusals = 2
    const onRecipient = () => {
      if (refusals-- > 0) throw answer(450)
    }
    const { smtp, clock, service, forget, store } = await start(t, { onRecipient })
    await forget()
    clock.now = await postponed(store, clock.now)
    clock.now = await postponed(store, clock.now, 2)
    const [mail] = await smtp.until(1)
    await drained(store)
    assert.equal(smtp.delivered.length, 1)
    await linkWorks(service, mail?.source ?? '')
  })

  test('that the server refuses for good is given up, and others are sent', async (t) => {
    const onRecipient = (address: string) => {
      if (address.startsWith('gone')) throw answer(550)
    }
    const { smtp, service, forget, store } = await start(t, { onRecipient })
    await service.register({ email: 'gone@example.com' })
    await forget('gone@example.com')
    await forget()
    await drained(store)
    assert.deepEqual(
      smtp.delivered.map(({ to }) => to),
      [[account.email]],
    )
  })

  test('is given up after its last attempt', async (t) => {
    const onRecipient = () => {
      throw answer(450)
    }
    const { clock, forget, store } = await start(t, { onRecipient })
    await forget()
    await postponed(store, clock.now)
    await store.updateTable('mail_message').set({ attempts: 29 }).execute()
    clock.now += 120_000
    await drained(store)
  })

  test('waits for a server that is not there, and requests do not', async (t) => {
    const { smtp, clock, service, forget, store } = await start(t)
    await smtp.close()
    assert.equal((await forget()).status, 202)
    clock.now = await postponed(store, clock.now)
    const back = await startSmtp({ port: smtp.port })
    try {
      const [mail] = await back.until(1)
      await linkWorks(service, mail?.source ?? '')
    } finally {
      await back.close()
    }
  })

  test('waits for a server that says nothing, and a stop does not', async (t) => {
    const { database, undo } = await open(t, createSqlite)
    const silent = createServer()
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    undo.push(async () => silent.close())
    const { port } = silent.address() as { port: number }
    const connected = once(silent, 'connection')
    const service = await startTestService(database, { SMTP_URL: `smtp://127.0.0.1:${port}`, MAIL_FROM: 'a@b.example' })
    await service.register()
    const json = { email: account.email }
    assert.equal((await service.call('POST', '/auth/password/forgot', { json })).status, 202)
    const [socket] = await connected
    assert.equal((await service.call('POST', '/auth/password/forgot', { json })).status, 202)
    await service.stop()
    socket.destroy()
  })

  test('is sent again by the next process if the one that sends is killed before it notes that', async (t) => {
    const { database, undo } = await open(t, createSqlite)
    const accepted = Promise.withResolvers<void>()
    const held = Promise.withResolvers<void>()
    let first = true
    const smtp: SmtpTestServer = await startSmtp({
      async onMessage() {
        if (!first) return
        first = false
        accepted.resolve()
        await held.promise
      },
    })
    undo.push(smtp.close)
    const settings = {
      DATABASE_URL: database.url,
      SMTP_URL: `smtp://127.0.0.1:${smtp.port}`,
      MAIL_FROM: 'keys@example.com',
    }
    const server = await startProcess(settings)
    await server.call('POST', '/auth/register', { json: account })
    assert.equal((await server.call('POST', '/auth/password/forgot', { json: account })).status, 202)
    await accepted.promise
    await server.kill()
    held.resolve()
    await smtp.until(1)
    const service = await startTestService(database, settings)
    undo.push(service.stop)
    // The claim of the killed process is over after two minutes.
    await service.ports.store.updateTable('mail_message').set({ due_at: 0 }).execute()
    const [one, two] = await smtp.until(2)
    const idOf = (source = '') => /^Message-ID: (.*)\r$/m.exec(source)?.[1]
    assert.equal(idOf(one?.source), idOf(two?.source))
    // The link of each copy counts until one is used.
    assert.notEqual(tokenIn(parseMail('', one?.source ?? '')), tokenIn(parseMail('', two?.source ?? '')))
    await linkWorks(service, one?.source ?? '')
  })
})

onEachDatabase('the queue', (create) => {
  test('gives each message to one of many that ask at once', async (t) => {
    const { database, undo } = await open(t, create)
    const [one, two] = [await openDatabase(database.url), await openDatabase(database.url)]
    undo.push(
      () => one.store.destroy(),
      () => two.store.destroy(),
    )
    await migrateDatabase(one)
    const row = { kind: 'new-login', recipient: 'x@example.com', user_id: null, about: '{}', created_at: 0, due_at: 0 }
    const rows = Array.from({ length: 50 }, () => ({ id: randomUUIDv7(), ...row }))
    await one.store.insertInto('mail_message').values(rows).execute()
    const claimed: string[] = []
    const claimAll = async (store: Store) => {
      for (;;) {
        const message = await claimMessage(store, 1, 1000)
        if (message !== undefined) claimed.push(message.id)
        else if ((await dueMessages(store, 1).executeTakeFirst()) === undefined) return
      }
    }
    await Promise.all([one, two, one, two, one, two].map(({ store }) => claimAll(store)))
    assert.deepEqual(claimed.toSorted(), rows.map(({ id }) => id).toSorted())
  })

  test('has two senders and sends no message twice', async (t) => {
    const { database, undo } = await open(t, create)
    const smtp = await startSmtp()
    undo.push(smtp.close)
    const settings = { SMTP_URL: `smtp://127.0.0.1:${smtp.port}`, MAIL_FROM: 'keys@example.com' }
    const services = [await startTestService(database, settings), await startTestService(database, settings)]
    for (const service of services) undo.push(service.stop)
    const [service] = services
    assert.ok(service)
    await service.register()
    const count = 40
    for (let i = 0; i < count; i++) {
      const answered = await services[i % 2]?.call('POST', '/auth/password/forgot', { json: account })
      assert.equal(answered?.status, 202)
    }
    await smtp.until(count)
    await drained(service.ports.store)
    assert.equal(smtp.delivered.length, count)
    const ids = smtp.delivered.map(({ source }) => /^Message-ID: (.*)\r$/m.exec(source)?.[1])
    assert.equal(new Set(ids).size, count)
  })

  test('is bounded: a request for a message gets 503, and logins go on', async (t) => {
    const { database, undo } = await open(t, create)
    const service = await startTestService(database, { NEW_LOGIN_MAIL: 'on', TRUST_PROXY: 'loopback' })
    undo.push(service.stop)
    await service.register()
    const { store } = service.ports
    const far = Date.now() + 86_400_000
    const row = {
      kind: 'new-login',
      recipient: 'x@example.com',
      user_id: null,
      about: '{}',
      created_at: 0,
      due_at: far,
    }
    for (let i = 0; i < 10; i++) {
      const rows = Array.from({ length: 1000 }, () => ({ id: randomUUIDv7(), ...row }))
      await store.insertInto('mail_message').values(rows).execute()
    }
    const forgotten = await service.call('POST', '/auth/password/forgot', { json: account })
    assert.deepEqual([forgotten.status, forgotten.headers['retry-after']], [503, '1'])
    const headers = ['X-Forwarded-For', '203.0.113.7']
    assert.equal((await service.call('POST', '/auth/login', { json: account, headers })).status, 200)
  })
})

onEachDatabase('a queue that strangers have filled', (create) => {
  test('takes no message that is asked for, and still takes a notice', async (t) => {
    const { database, undo } = await open(t, create)
    // Nothing listens there.
    const service = await startTestService(database, { SMTP_URL: 'smtp://127.0.0.1:1', MAIL_FROM: 'keys@example.com' })
    undo.push(service.stop)
    const token = await service.register()
    const { store, clock } = service.ports
    const waiting = (at: number) => ({
      recipient: `${at}@example.com`,
      about: '{}',
      created_at: at,
      due_at: clock() * 2,
    })
    for (let i = 0; i < 9000; i += 1000) {
      const rows = Array.from({ length: 1000 }, (_, at) => ({
        ...waiting(i + at),
        id: randomUUIDv7(),
        kind: 'password-reset',
      }))
      await store.insertInto('mail_message').values(rows).execute()
    }
    const post = async (path: string, json: object) => (await service.call('POST', path, { token, json })).status
    const { email, password } = account
    assert.equal(await post('/auth/password/forgot', { email }), 503)
    assert.equal(await post('/auth/email', { email: 'new@example.com', password }), 503)
    assert.equal(await post('/auth/email/verification', {}), 503)
    assert.equal(await post('/auth/password', { current_password: password, new_password: 'another horse' }), 200)
    const notices = store.selectFrom('mail_message').selectAll().where('kind', '=', 'password-changed')
    assert.equal((await notices.execute()).length, 1)
  })
})
