// Every use case that issues a token to a user, beside everything that ends the user's tokens. The end comes when the use case has
// checked what it was given, and has not written the token yet.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deleteUser, demoteUser, disableUser, resetFactors } from '../../src/accounts/change-account.ts'
import { giveToken } from '../../src/accounts/give-token.ts'
import { createLink } from '../../src/accounts/links.ts'
import { logIn } from '../../src/accounts/login.ts'
import { changeOwnPassword } from '../../src/accounts/own-account.ts'
import { findUser, type UserRow } from '../../src/accounts/records.ts'
import { resetPassword } from '../../src/accounts/reset-password.ts'
import { finishWithRecoveryCode } from '../../src/accounts/second-step.ts'
import type { Ports } from '../../src/ports.ts'
import { Refusal } from '../../src/refusal.ts'
import { type Claims, readClaims } from '../../src/tokens/claims.ts'
import { createNamedToken } from '../../src/tokens/named.ts'
import { renewToken } from '../../src/tokens/renew.ts'
import { revokeAllTokens } from '../../src/tokens/revoke.ts'
import { between } from './between.ts'
import { factorsOf, type TotpHolder } from './factors.ts'
import { type Holder, onEachService } from './suite.ts'

const client = { ip: '127.0.0.1', network: '127.0.0.1', user_agent: undefined }
const next = 'another horse battery'

onEachService('a token that is issued while the tokens of its user end', (subject) => {
  const { addTotp, ticketOf } = factorsOf(subject)
  const original = () => subject.service.ports
  const claimsOf = ({ token }: Holder): Claims => {
    const payload = JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString())
    return readClaims(payload, original().identity) as Claims
  }
  const rowOf = async ({ email }: Holder) => (await findUser(original().store, { email })) as UserRow

  interface Prepared {
    user: Holder
    issue: (ports: Ports) => Promise<{ access_token: string }>
  }
  const issues: Record<string, () => Promise<Prepared>> = {
    async 'a login'() {
      const user = await subject.newAdmin()
      return { user, issue: (ports) => logIn(ports, { email: user.email }, user.password, client) }
    },
    async 'a second step'() {
      const user: TotpHolder = await addTotp(await subject.newAdmin())
      const given = { ticket: await ticketOf(user), code: user.recovery_codes[0] as string }
      return { user, issue: (ports) => finishWithRecoveryCode(ports, given, client) }
    },
    async 'a renewal'() {
      const user = await subject.newAdmin()
      return { user, issue: (ports) => renewToken(ports, claimsOf(user), client) }
    },
    async 'a named token'() {
      const user = await subject.newAdmin()
      return { user, issue: (ports) => createNamedToken(ports, claimsOf(user), { description: 'x' }, client) }
    },
    async 'a token by the operator'() {
      const user = await subject.newAdmin()
      const row = await rowOf(user)
      return { user, issue: (ports) => giveToken(ports, row, { description: 'x' }, client) }
    },
    async 'a change of the password'() {
      const user = await subject.newAdmin()
      const change = { current: user.password, next }
      return { user, issue: (ports) => changeOwnPassword(ports, claimsOf(user), change, client) }
    },
  }
  const ends: Record<string, (user: UserRow) => Promise<unknown>> = {
    'the end of all tokens': ({ id }) => revokeAllTokens(original(), id, 'a test'),
    async 'a reset'(user) {
      const { store } = original()
      const { token } = await store.transaction().execute((trx) => createLink(trx, original(), user, 'reset'))
      await resetPassword(original(), { token, password: next }, client)
    },
    disabling: ({ id }) => disableUser(original(), id),
    'the demotion': ({ id }) => demoteUser(original(), id),
    'the removal of all factors': ({ id }) => resetFactors(original(), id),
    'the deletion': ({ id }) => deleteUser(original(), id),
  }
  /** A login checks the account again, and its token is then issued after the end. */
  const allowed = ['the end of all tokens', 'the demotion', 'the removal of all factors'].map(
    (end) => `a login, ${end}`,
  )
  const accepts = async (token: string) => (await subject.call('GET', '/auth/check', { token })).status === 204

  for (const [issued, prepare] of Object.entries(issues)) {
    test(`${issued} is refused, or comes after`, async () => {
      await subject.newAdmin()
      for (const [ended, end] of Object.entries(ends)) {
        const { user, issue } = await prepare()
        const row = await rowOf(user)
        let hasEnded = false
        const ports = between(original(), async () => {
          await end(await rowOf(user))
          hasEnded = true
        })
        const token = await issue(ports).catch((error) => {
          if (error instanceof Refusal) return undefined
          throw error
        })
        assert.ok(hasEnded)
        const name = `${issued}, ${ended}`
        assert.equal(token !== undefined, allowed.includes(name), name)
        if (token !== undefined) {
          assert.ok(await accepts(token.access_token), name)
          assert.equal(claimsOf({ ...user, token: token.access_token }).admin, ended !== 'the demotion')
        }
        assert.equal(await accepts(user.token), false, name)
        const { store } = original()
        const rows = await store
          .selectFrom('token')
          .select(['jti', 'generation'])
          .where('user_id', '=', row.id)
          .execute()
        const live = rows.filter(({ generation }) => generation > row.generation)
        assert.equal(live.length, token === undefined ? 0 : 1, name)
      }
    })
  }
})
