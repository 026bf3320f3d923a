import assert from 'node:assert/strict'
import { Secret, TOTP } from 'otpauth'
import { createAuthenticator } from '../support/authenticator.ts'
import type { Answer } from '../support/service.ts'
import type { Holder, Subject } from './suite.ts'

/** The code that an authenticator app shows. @param now milliseconds since 1970 */
export function codeAt(secret: string, now: number): string {
  return new TOTP({ secret: Secret.fromBase32(secret), algorithm: 'SHA1', digits: 6, period: 30 }).generate({
    timestamp: now,
  })
}

/** A code that does not count at this time. */
export function wrongCode(secret: string, now: number): string {
  const right = [-30_000, 0, 30_000].map((drift) => codeAt(secret, now + drift))
  return ['000000', '111111', '222222', '333333'].find((code) => !right.includes(code)) as string
}

/** A user with an authenticator app in force. */
export interface TotpHolder extends Holder {
  secret: string
  recovery_codes: string[]
}

/** What tests of second factors do with a service. */
export function factorsOf(subject: Subject) {
  const post = (path: string, json: unknown, token?: string) =>
    subject.call('POST', path, { json, ...(token !== undefined && { token }) })
  const logIn = ({ email, password }: Pick<Holder, 'email' | 'password'>) => post('/auth/login', { email, password })
  /** The next step, so that the code was not used. */
  const nextCode = ({ secret }: { secret: string }) => {
    subject.now += 30_000
    return codeAt(secret, subject.now)
  }
  const addTotp = async (user: Holder): Promise<TotpHolder> => {
    const started = await post('/auth/totp', { password: user.password }, user.token)
    assert.equal(started.status, 201, started.text)
    const { secret } = started.json
    const confirmed = await post('/auth/totp/confirm', { code: codeAt(secret, subject.now) }, user.token)
    assert.equal(confirmed.status, 200, confirmed.text)
    return { ...user, secret, recovery_codes: confirmed.json.recovery_codes }
  }
  return {
    post,
    logIn,
    nextCode,
    addTotp,
    newTotpUser: async () => addTotp(await subject.newUser()),
    /** Returns the ticket of a first step. */
    async ticketOf(user: Pick<Holder, 'email' | 'password'>): Promise<string> {
      const answer = await logIn(user)
      assertSecondStep(answer)
      return answer.json.ticket
    },
  }
}

/** What tests of passkeys do with a service. */
export function passkeysOf(subject: Subject) {
  const { post } = factorsOf(subject)
  const originOf = () => subject.service.address.replace('127.0.0.1', 'localhost')
  const optionsOf = async (json: object = {}) => (await post('/auth/login/passkey/options', json)).json.options
  const offer = async (user: Holder, fresh: object = { password: user.password }) => {
    const answer = await post('/auth/passkeys/options', fresh, user.token)
    assert.equal(answer.status, 200, answer.text)
    return answer.json.options
  }
  return {
    originOf,
    optionsOf,
    offer,
    async addPasskey(user: Holder) {
      const authenticator = createAuthenticator(originOf())
      const credential = authenticator.create(await offer(user))
      const added = await post('/auth/passkeys', { name: 'Phone', credential }, user.token)
      assert.equal(added.status, 201, added.text)
      return { ...user, authenticator, passkey: added.json as { id: string } }
    },
  }
}

/** Asserts that the password was right, and the answer asks for the second factor. */
export function assertSecondStep(answer: Answer, factors: string[] = ['totp']): void {
  const { ticket, ...rest } = answer.json
  assert.deepEqual([answer.status, rest], [401, { status: 'fail', message: 'second factor required', factors }])
  assert.match(ticket, /^[A-Za-z0-9_-]{43}$/)
  assert.deepEqual([answer.headers['cache-control'], answer.headers.pragma], ['no-store', 'no-cache'])
  assert.equal(answer.headers['www-authenticate'], undefined)
}
