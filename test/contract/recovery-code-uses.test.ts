import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { chainFacts } from '../../src/audit/chain.ts'
import { factorsOf } from './factors.ts'
import { drained, openMailbox } from './mailbox.ts'
import { onEachService } from './suite.ts'

const mailbox = openMailbox()
after(mailbox.remove)

onEachService(
  'the use of a recovery code',
  (subject) => {
    const { post, nextCode, newTotpUser, ticketOf } = factorsOf(subject)

    test('is told to the owner and to the audit trail, whatever the code was given for', async () => {
      const user = await newTotpUser()
      const { email, password, token } = user
      const code = () => user.recovery_codes.pop()
      const uses = [
        async () => post('/auth/login/recovery-code', { ticket: await ticketOf(user), code: code() }),
        () => post('/auth/totp', { code: code() }, token),
        () => post('/auth/email', { email: 'other@example.com', code: code() }, token),
        () => post('/auth/recovery-codes', { code: code() }, token),
      ]
      for (const use of uses) assert.ok((await use()).status < 300)
      user.recovery_codes = (await post('/auth/recovery-codes', { code: nextCode(user) }, token)).json.recovery_codes
      const change = { current_password: password, new_password: 'another horse battery', code: code() }
      assert.equal((await post('/auth/password', change, token)).status, 200)
      const { store } = subject.service.ports
      await drained(store)
      const told = mailbox.all().filter(({ kind, to }) => kind === 'recovery-code-used' && to === email)
      assert.equal(told.length, uses.length + 1)
      await chainFacts(subject.service.ports)
      const facts = store.selectFrom('audit').selectAll().where('action', '=', 'recovery-code.used')
      assert.equal((await facts.execute()).length, uses.length + 1)
    })
  },
  mailbox.settings,
)
