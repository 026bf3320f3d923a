import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { decodeJwt } from 'jose'
import { factorsOf, passkeysOf } from '../contract/factors.ts'
import { openMailbox, tokenIn } from '../contract/mailbox.ts'
import { assertFails, assertUnauthorized } from '../contract/refusals.ts'
import { type Holder, onEachService, type Subject } from '../contract/suite.ts'
import { account } from '../support/service.ts'
import { assertCleared, consoleOf, cookieOf, ownPage, setsCookie } from './browser.ts'

const password = account.password
const local = { name: 'latchkey', attributes: ['HttpOnly', 'Path=/', 'SameSite=Strict'] }
const secure = { name: '__Host-latchkey', attributes: ['HttpOnly', 'Path=/', 'SameSite=Strict', 'Secure'] }

/** What tests do with the console of a service. */
function pageOf(subject: Subject) {
  const page = consoleOf((...call) => subject.call(...call))
  const post = (path: string, json: unknown, cookie?: string) =>
    page('POST', `/api/v1${path}`, { json, ...(cookie !== undefined && { cookie }) })
  return {
    page,
    post,
    async logIn({ email }: Pick<Holder, 'email'>) {
      return cookieOf(await post('/auth/login', { email, password }))
    },
    whoAmI: (cookie: string) => page('GET', '/api/v1/auth/user', { cookie }),
  }
}

onEachService(
  'the cookie of the console',
  (subject) => {
    const { page, post, logIn, whoAmI } = pageOf(subject)

    test('is set at a login, lives as long as the token, and is a new one each time', async () => {
      const user = await subject.newUser()
      const first = await post('/auth/login', { email: user.email, password })
      assert.deepEqual(first.json, {
        status: 'success',
        message: 'successfully logged in',
        access_token: '',
        token_type: 'bearer',
        expires_in: 60,
      })
      const { name, attributes, maxAge_s, token, pair } = cookieOf(first)
      assert.deepEqual({ name, attributes }, local)
      assert.deepEqual([maxAge_s, first.headers['cache-control']], [60, 'no-store'])
      assert.equal((await whoAmI(pair)).json.email, user.email)
      // A cookie that was there before, a live one or one that somebody planted, is not taken over.
      for (const planted of [pair, 'latchkey=planted', `latchkey=${user.token}`]) {
        const again = cookieOf(await post('/auth/login', { email: user.email, password }, planted))
        assert.notEqual(again.token, token)
        assert.notEqual(again.token, planted.slice('latchkey='.length))
        assert.notEqual(decodeJwt(again.token).jti, decodeJwt(token).jti)
      }
    })

    test('ends the session that the browser had before, also of another user, and no token of a program', async () => {
      const [one, other] = [await subject.newUser(), await subject.newUser()]
      const login = (user: { email: string }, cookie?: string) =>
        post('/auth/login', { email: user.email, password }, cookie).then(cookieOf)
      const before = await login(one)
      const { pair } = await login(other, before.pair)
      assertUnauthorized(await whoAmI(before.pair), 'revoked')
      assert.equal((await whoAmI(pair)).json.email, other.email)
      const failed = await post('/auth/login', { email: one.email, password: 'not the password' }, pair)
      assert.deepEqual([failed.status, (await whoAmI(pair)).status], [401, 200])

      const made = { description: 'backup', expires_in: 3600 }
      const named = (await subject.call('POST', '/tokens', { token: one.token, json: made })).json.access_token
      await login(other, `latchkey=${named}`)
      assert.equal((await subject.call('GET', '/auth/user', { token: named })).status, 200)
      await login(other, '__Host-latchkey=planted')
    })

    test('takes the token of every answer that logs in, and no body has the token', async () => {
      const email = `register-${subject.kind}@example.com`
      const registered = await post('/auth/register', { email, password, username: `u-${subject.kind}` })
      const short = await post('/login', { username: `u-${subject.kind}`, password })
      const { pair } = cookieOf(short)
      const renewed = await page('POST', '/api/v1/auth/renew', { cookie: pair })
      const passwords = { current_password: password, new_password: `${password} 2` }
      const changed = await post('/auth/password', passwords, cookieOf(renewed).pair)
      for (const answer of [registered, short, renewed, changed]) {
        const { token } = cookieOf(answer)
        assert.equal(token.split('.').length, 3)
        assert.ok(!/eyJ/.test(answer.text), answer.text)
        assert.equal(answer.json.access_token, '')
        assert.equal(answer.headers['cache-control'], 'no-store')
      }
      assert.equal(short.json.token, '')
      assert.equal((await whoAmI(cookieOf(changed).pair)).json.email, email)
    })

    test('takes the token of a second step, and of a passkey alone', async () => {
      const { newTotpUser, nextCode } = factorsOf(subject)
      const user = await newTotpUser()
      const first = await post('/auth/login', { email: user.email, password })
      assert.deepEqual([first.status, setsCookie(first)], [401, false])
      const code = await post('/auth/login/totp', { ticket: first.json.ticket, code: nextCode(user) })
      const { addPasskey, originOf } = passkeysOf(subject)
      const { authenticator } = await addPasskey(await subject.newUser())
      const headers = ['Latchkey-Console', '1', 'Origin', originOf(), 'Host', new URL(originOf()).host]
      const { options } = (await post('/auth/login/passkey/options', {})).json
      const credential = authenticator.get(options)
      const alone = await page('POST', '/api/v1/auth/login/passkey', { json: { credential }, headers })
      for (const answer of [code, alone]) {
        assert.equal(answer.status, 200, answer.text)
        assert.equal(answer.json.access_token, '')
        assert.ok(!/eyJ/.test(answer.text))
        assert.equal((await whoAmI(cookieOf(answer).pair)).status, 200)
      }
    })

    test('does not take a named token, which is shown once', async () => {
      const { pair } = await logIn(await subject.newUser())
      const made = await post('/tokens', { description: 'nightly backup' }, pair)
      assert.deepEqual([made.status, setsCookie(made), made.json.access_token.split('.').length], [201, false, 3])
      const { kind } = decodeJwt(made.json.access_token)
      assert.equal(kind, 'named')
      // The console keeps its own session.
      assert.equal((await whoAmI(pair)).status, 200)
    })

    test('changes at each renewal until the session ends, and the token before is dead', async () => {
      subject.now += 1000
      const began = subject.now
      let { pair } = await logIn(await subject.newUser())
      const lives: number[] = []
      for (const after_s of [50, 80, 110]) {
        subject.now = began + after_s * 1000
        const renewed = await page('POST', '/api/v1/auth/renew', { cookie: pair })
        assertUnauthorized(await whoAmI(pair), 'revoked')
        const next = cookieOf(renewed)
        assert.deepEqual({ name: next.name, attributes: next.attributes }, local)
        assert.equal(next.maxAge_s, renewed.json.expires_in)
        lives.push(next.maxAge_s)
        pair = next.pair
      }
      assert.deepEqual(lives, [60, 40, 10])
      subject.now = began + 120_000
      assertUnauthorized(await page('POST', '/api/v1/auth/renew', { cookie: pair }), 'expired')
      // Of two renewals one wins. The other one changes no cookie, because that would drop the new one.
      const other = await logIn(await subject.newUser())
      const both = await Promise.all([1, 2].map(() => page('POST', '/api/v1/auth/renew', { cookie: other.pair })))
      assert.deepEqual(both.map(({ status }) => status).sort(), [200, 401])
      assert.deepEqual(both.map((answer) => [answer.status, setsCookie(answer)]).sort(), [
        [200, true],
        [401, false],
      ])
    })
  },
  { TOKEN_TTL_SECONDS: '60', SESSION_MAX_SECONDS: '120' },
)

const mailbox = openMailbox()
after(mailbox.remove)

onEachService(
  'the cookie of a console that ends its own token',
  (subject) => {
    const { page, post, logIn, whoAmI } = pageOf(subject)
    const idOf = async ({ token }: Holder) =>
      String((await subject.call('GET', '/auth/user', { token })).json.public_id)

    test('is dropped at a logout, one or everywhere, and with the account', async () => {
      const user = await subject.newUser()
      for (const [method, path, json] of [
        ['POST', '/auth/logout'],
        ['DELETE', '/tokens'],
        ['DELETE', '/auth/user', { password }],
      ] as const) {
        const { pair } = await logIn(user)
        const answer = await page(method, `/api/v1${path}`, { cookie: pair, ...(json && { json }) })
        assert.ok(answer.status < 300, answer.text)
        assertCleared(answer)
        assert.deepEqual([cookieOf(answer).name, cookieOf(answer).attributes], [local.name, local.attributes])
        assertUnauthorized(await whoAmI(pair), 'revoked')
      }
    })

    test('is dropped when the own token ends by its id, and stays when another token ends', async () => {
      const user = await subject.newUser()
      const { pair, token } = await logIn(user)
      const other = decodeJwt((await logIn(user)).token).jti
      const kept = await page('DELETE', `/api/v1/tokens/${other}`, { cookie: pair })
      assert.deepEqual([kept.status, setsCookie(kept)], [200, false])
      assertCleared(await page('DELETE', `/api/v1/tokens/${decodeJwt(token).jti}`, { cookie: pair }))
    })

    test("is dropped when an administrator ends the own token, and stays with another's", async () => {
      const [admin, other] = [await subject.newAdmin(), await subject.newUser()]
      const [id, otherId] = [await idOf(admin), await idOf(other)]
      await subject.newAdmin()
      const kept = await page('DELETE', `/api/v1/admin/users/${otherId}/tokens`, { cookie: (await logIn(admin)).pair })
      assert.deepEqual([kept.status, setsCookie(kept)], [200, false])
      for (const [method, path, json] of [
        ['DELETE', `/admin/users/${id}/tokens`],
        ['PATCH', `/admin/users/${id}`, { admin: false }],
      ] as const) {
        const { pair } = await logIn(admin)
        const answer = await page(method, `/api/v1${path}`, { cookie: pair, ...(json && { json }) })
        assert.equal(answer.status, 200, answer.text)
        assertCleared(answer)
      }
    })

    test('stays when an answer refuses, because another tab may have a newer one', async () => {
      const { pair } = await logIn(await subject.newUser())
      await page('POST', '/api/v1/auth/logout', { cookie: pair })
      const again = await page('POST', '/api/v1/auth/logout', { cookie: pair })
      assertUnauthorized(again, 'revoked')
      assert.equal(setsCookie(again), false)
    })

    test('is not looked at by the links of messages, which need no login', async () => {
      const user = await subject.newUser()
      const mail = async (kind: string) => {
        for (;;) {
          const next = await mailbox.next(user.email)
          if (next.kind === kind) return tokenIn(next)
        }
      }
      for (const own of [false, true]) {
        const { pair } = await logIn(user)
        const cookie = own ? pair : undefined
        if (!own) assert.equal((await post('/auth/email/verification', {}, pair)).status, 202)
        if (!own) assert.equal((await post('/auth/email/verify', { token: await mail('verify-address') })).status, 200)
        assert.equal((await post('/auth/password/forgot', { email: user.email }, cookie)).status, 202)
        const reset = await post('/auth/password/reset', { token: await mail('password-reset'), password }, cookie)
        assert.deepEqual([reset.status, setsCookie(reset)], [200, false], reset.text)
      }
    })
  },
  mailbox.settings,
)

onEachService(
  'the cookie of a console over https',
  (subject) => {
    const { page, logIn, whoAmI } = pageOf(subject)

    test('has a name that no other host of the site can set, and the name for http does not count', async () => {
      const user = await subject.newUser()
      const { name, attributes, pair, token } = await logIn(user)
      assert.deepEqual({ name, attributes }, secure)
      assert.equal((await whoAmI(pair)).status, 200)
      assertUnauthorized(await whoAmI(`latchkey=${token}`), 'missing')
      const out = await page('POST', '/api/v1/auth/logout', { cookie: pair })
      assertCleared(out)
      assert.deepEqual([cookieOf(out).name, cookieOf(out).attributes], [secure.name, secure.attributes])
    })
  },
  { PUBLIC_URL: 'https://auth.example.com' },
)

onEachService('the cookie, by the address of the browser,', (subject) => {
  const { page } = pageOf(subject)

  test('is Secure everywhere but on the own machine without TLS', async () => {
    const { email } = await subject.newUser()
    for (const [Host, Origin, expected] of [
      ['localhost', 'http://localhost', local],
      ['LOCALHOST:5000', 'http://localhost:5000', local],
      ['127.0.0.1:5000', 'http://127.0.0.1:5000', local],
      ['[::1]:5000', 'http://[::1]:5000', local],
      ['localhost:5443', 'https://localhost:5443', secure],
      ['auth.example.com', 'http://auth.example.com', secure],
      ['192.168.1.5:5000', 'http://192.168.1.5:5000', secure],
      ['localhost.example.com', 'http://localhost.example.com', secure],
      ['127.0.0.1.example.com', 'http://127.0.0.1.example.com', secure],
    ] as const) {
      const headers = [...ownPage, 'Host', Host, 'Origin', Origin]
      const answer = await page('POST', '/api/v1/auth/login', { json: { email, password }, headers })
      assert.equal(answer.status, 200, answer.text)
      const { name, attributes, pair } = cookieOf(answer)
      assert.deepEqual({ name, attributes }, expected, Host)
      // A browser sends no Origin with the next request.
      const next = await page('GET', '/api/v1/auth/user', { headers: [...ownPage, 'Host', Host, 'Cookie', pair] })
      assert.equal(next.status, 200, Host)
    }
  })

  test('with the name that no other host can set goes before the other, with an Origin and without', async () => {
    const [one, other] = [await subject.newUser(), await subject.newUser()]
    const [safe, planted] = [`__Host-latchkey=${one.token}`, `latchkey=${other.token}`]
    for (const cookie of [`${safe}; ${planted}`, `${planted}; ${safe}`]) {
      for (const origin of [[], ['Origin', 'http://localhost'], ['Origin', 'https://localhost']]) {
        const headers = [...ownPage, 'Host', 'localhost', ...origin]
        assert.equal((await page('GET', '/api/v1/auth/user', { cookie, headers })).json.email, one.email)
      }
    }
  })

  test('a broken, huge or repeated cookie is refused, and never a fault', async () => {
    const { pair } = await pageOf(subject).logIn(await subject.newUser())
    const huge = 'x'.repeat(100_000)
    for (const cookie of [
      '',
      '=',
      ';;;',
      'latchkey',
      'latchkey=',
      'latchkey=%',
      'latchkey=%E0%A4%A',
      'latchkey="x"',
      'latchkey=a.b.c',
      `latchkey=${huge}`,
      `${huge}=x`,
      `a=1;${'b=2;'.repeat(20_000)}`,
      'latchkey=\x80\xff',
      '__proto__=x; constructor=y',
      `LATCHKEY${pair.slice('latchkey'.length)}`,
    ]) {
      const answer = await page('GET', '/api/v1/auth/user', { cookie })
      assertFails(answer, 401)
    }
    // RFC 6265 §5.4: the cookie with the longer path comes first. The page's own has `Path=/`.
    for (const cookie of [`latchkey=planted; ${pair}`, `other=1; ${pair}`, `${pair};latchkey`]) {
      assert.equal((await page('GET', '/api/v1/auth/user', { cookie })).status, 200, cookie.slice(-20))
    }
    assertFails(await page('GET', '/api/v1/auth/user', { cookie: `${pair}; latchkey=planted` }), 401)
  })
})
