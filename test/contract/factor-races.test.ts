// Concurrent requests with second factors. Where a test needs one interleaving, a port of the use case makes it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logIn as logInDirectly } from '../../src/accounts/login.ts'
import { logInWithPasskey } from '../../src/accounts/passkey-login.ts'
import { finishWithRecoveryCode, finishWithTotp } from '../../src/accounts/second-step.ts'
import { checkFirstCode, confirmTotp } from '../../src/credentials/enrol-totp.ts'
import type { Ports } from '../../src/ports.ts'
import { Refusal } from '../../src/refusal.ts'
import type { Answer } from '../support/service.ts'
import { between } from './between.ts'
import { codeAt, factorsOf, passkeysOf, type TotpHolder, wrongCode } from './factors.ts'
import { onEachService } from './suite.ts'

const statuses = (answers: Answer[]) => answers.map(({ status }) => status).toSorted()
const inParallel = <T>(count: number, make: (i: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, i) => make(i)))
const client = { ip: '127.0.0.1', network: '127.0.0.1', user_agent: undefined }

onEachService('simultaneous second steps', (subject) => {
  const { post, nextCode, newTotpUser, ticketOf } = factorsOf(subject)
  const ticketsOf = async (user: TotpHolder, count: number) => {
    const tickets: string[] = []
    for (let i = 0; i < count; i++) tickets.push(await ticketOf(user))
    return tickets
  }

  test('with one code: one gets 200', async () => {
    const user = await newTotpUser()
    const tickets = await ticketsOf(user, 8)
    const code = nextCode(user)
    const answers = await inParallel(8, (i) => post('/auth/login/totp', { ticket: tickets[i], code }))
    assert.deepEqual(statuses(answers), [200, ...Array(7).fill(401)])
  })

  test('with one recovery code: one gets 200', async () => {
    const user = await newTotpUser()
    const tickets = await ticketsOf(user, 8)
    const [code] = user.recovery_codes
    const answers = await inParallel(8, (i) => post('/auth/login/recovery-code', { ticket: tickets[i], code }))
    assert.deepEqual(statuses(answers), [200, ...Array(7).fill(401)])
  })

  test('with one ticket: one gets 200, and the others use no code up', async () => {
    const user = await newTotpUser()
    const [ticket] = await ticketsOf(user, 1)
    const answers = await inParallel(5, (i) =>
      post('/auth/login/recovery-code', { ticket, code: user.recovery_codes[i] }),
    )
    assert.deepEqual(statuses(answers), [200, ...Array(4).fill(401)])
    const { store } = subject.service.ports
    const id = (await store.selectFrom('user').select('id').where('email', '=', user.email).executeTakeFirstOrThrow())
      .id
    const left = await store.selectFrom('recovery_code').selectAll().where('user_id', '=', id).execute()
    assert.equal(left.length, 9)
  })

  test('with wrong codes and one ticket: five are checked', async () => {
    const user = await newTotpUser()
    const [ticket] = await ticketsOf(user, 1)
    const code = wrongCode(user.secret, subject.now)
    const answers = await inParallel(20, () => post('/auth/login/totp', { ticket, code }))
    assert.equal(answers.filter(({ json }) => json.message === 'the code is wrong, or was used before').length, 5)
  })
})

onEachService('a second step that was checked, and whose proof another login uses before it is written', (subject) => {
  const { post, nextCode, newTotpUser, ticketOf } = factorsOf(subject)
  const { optionsOf, addPasskey } = passkeysOf(subject)
  const assertRefused = async (login: Promise<unknown>, code: string) =>
    assert.rejects(login, (error) => error instanceof Refusal && error.code === code)
  const after = (path: string, json: object) =>
    between(subject.service.ports, async () => assert.equal((await post(path, json)).status, 200))

  test('is refused: the code of an app', async () => {
    const user = await newTotpUser()
    const [ticket, other] = [await ticketOf(user), await ticketOf(user)]
    const code = nextCode(user)
    const ports = after('/auth/login/totp', { ticket: other, code })
    await assertRefused(finishWithTotp(ports, { ticket, code }, client), 'factor_mismatch')
  })

  test('is refused: a recovery code', async () => {
    const user = await newTotpUser()
    const [ticket, other] = [await ticketOf(user), await ticketOf(user)]
    const [code = ''] = user.recovery_codes
    const ports = after('/auth/login/recovery-code', { ticket: other, code })
    await assertRefused(finishWithRecoveryCode(ports, { ticket, code }, client), 'factor_mismatch')
  })

  test('is refused: the ticket', async () => {
    const user = await newTotpUser()
    const ticket = await ticketOf(user)
    const [code = '', other] = user.recovery_codes
    const ports = after('/auth/login/recovery-code', { ticket, code: other })
    await assertRefused(finishWithRecoveryCode(ports, { ticket, code }, client), 'ticket_invalid')
  })

  test('is refused: a passkey whose counter another login has raised', async () => {
    const { authenticator } = await addPasskey(await subject.newUser())
    const credential = authenticator.get(await optionsOf())
    const ports = after('/auth/login/passkey', { credential: authenticator.get(await optionsOf()) })
    await assertRefused(logInWithPasskey(ports, { credential }, client), 'passkey_mismatch')
  })
})

onEachService('a change of factors beside other requests', (subject) => {
  const { post, logIn, nextCode, newTotpUser, ticketOf } = factorsOf(subject)

  test('with one code: one removal gets 200', async () => {
    const user = await newTotpUser()
    const json = { code: nextCode(user) }
    const answers = await inParallel(6, () => subject.call('DELETE', '/auth/totp', { token: user.token, json }))
    // A request that comes late finds no factor in force, and its code is no password.
    const removed = answers.filter(({ status }) => status === 200)
    assert.equal(removed.length, 1)
    for (const { status } of answers) assert.ok([200, 400, 401].includes(status))
  })

  test('a factor that comes into force after the password was checked stops the login', async () => {
    const user = await subject.newUser()
    const { json } = await post('/auth/totp', { password: user.password }, user.token)
    const { ports } = subject.service
    let confirmed = 0
    const beside = between(ports, async () => {
      confirmed = (await post('/auth/totp/confirm', { code: codeAt(json.secret, subject.now) }, user.token)).status
    })
    await assert.rejects(
      logInDirectly(beside, { email: user.email }, user.password, client),
      (error) => error instanceof Refusal && error.code === 'second_factor_required',
    )
    assert.equal(confirmed, 200)
    const { tokens } = (await subject.call('GET', '/tokens', user)).json
    assert.equal(tokens.length, 1)
  })

  test('each of many logins has two steps, or was issued a token before the factor came into force', async () => {
    const user = await subject.newUser()
    const { json } = await post('/auth/totp', { password: user.password }, user.token)
    const early = inParallel(16, () => logIn(user))
    const confirmed = await post('/auth/totp/confirm', { code: codeAt(json.secret, subject.now) }, user.token)
    assert.equal(confirmed.status, 200)
    const late = await inParallel(8, () => logIn(user))
    assert.deepEqual(statuses(late), Array(8).fill(401))
    for (const answer of [...(await early), ...late]) {
      assert.ok(answer.status === 200 || answer.json.message === 'second factor required', answer.text)
    }
  })

  test('a removal beside a second step: the step gets a token, or is refused', async () => {
    for (let round = 0; round < 4; round++) {
      const user = await newTotpUser()
      const ticket = await ticketOf(user)
      const [code, other] = user.recovery_codes
      const [step, removal] = await Promise.all([
        post('/auth/login/recovery-code', { ticket, code }),
        subject.call('DELETE', '/auth/totp', { token: user.token, json: { code: other } }),
      ])
      assert.ok([200, 401].includes(step.status), step.text)
      assert.equal(removal.status, 200, removal.text)
      assert.equal((await logIn(user)).status, 200)
    }
  })

  test('a change that the fleet cannot confirm stands, and its recovery codes are answered', async () => {
    const user = await subject.newUser()
    const { json } = await post('/auth/totp', { password: user.password }, user.token)
    const { ports } = subject.service
    const { public_id: id } = (await subject.call('GET', '/auth/user', user)).json
    const unconfirmed: Ports = {
      ...ports,
      revocation: {
        ...ports.revocation,
        async revoke(mark) {
          await ports.revocation.revoke(mark)
          throw new Refusal('revocation_unconfirmed')
        },
      },
    }
    const found = await checkFirstCode(ports, id, codeAt(json.secret, subject.now))
    assert.ok(found)
    const changer = { id, generation: 0, address: client.ip, hold: async () => {} }
    const [code] = await confirmTotp(unconfirmed, changer, found)
    const ticket = (await logIn(user)).json.ticket
    assert.equal((await post('/auth/login/recovery-code', { ticket, code })).status, 200)
  })
})
