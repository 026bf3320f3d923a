import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addUser } from '../../src/accounts/register.ts'
import { assertFails } from './refusals.ts'
import { onEachService } from './suite.ts'

for (const CONSOLE of ['on', 'off']) {
  onEachService(
    `the page at / with CONSOLE=${CONSOLE}`,
    (subject) => {
      test('says what this is, and each of its links leads somewhere', async () => {
        const page = await subject.call('GET', '//')
        assert.deepEqual([page.status, page.headers['content-type']], [200, 'text/html; charset=utf-8'])
        assert.match(page.text, /JWTs you can take back/)
        const policy = String(page.headers['content-security-policy'])
        assert.ok(policy.includes("default-src 'none'") && !policy.includes('unsafe'))
        const links = [...page.text.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, link]) => String(link))
        assert.ok(links.length >= 7)
        for (const link of links) assert.equal((await subject.call('GET', `//${link}`)).status, 200, link)
        assert.equal((await subject.call('POST', '//')).status, 405)
      })
    },
    { CONSOLE },
  )
}

onEachService('the neighbours of the page at /', (subject) => {
  test('JSON ends with a line feed, in success, refusal and fault of the request', async () => {
    const user = await subject.newUser()
    for (const answer of [
      await subject.call('GET', '/auth/user', { token: user.token }),
      await subject.call('GET', '/auth/user'),
      await subject.call('POST', '/auth/login', { body: '{', headers: ['Content-Type', 'application/json'] }),
      await subject.call('GET', '//healthz'),
      await subject.call('GET', '//.well-known/jwks.json'),
      await subject.call('GET', '/swagger.json'),
    ])
      assert.match(answer.text, /^\{.*\}\n$/)
  })
})

onEachService(
  'with UI=off and CONSOLE=off',
  (subject) => {
    test('there is no page, and the API and its document stay', async () => {
      for (const path of ['//', '//home.css', '/ui', '/ui/', '/ui/static/index.html'])
        assertFails(await subject.call('GET', path), 404)
      assert.equal((await subject.call('GET', '/swagger.json')).status, 200)
      assert.equal((await subject.newUser()).token.split('.').length, 3)
    })
  },
  { UI: 'off', CONSOLE: 'off' },
)

onEachService(
  'with REGISTRATION=closed',
  (subject) => {
    test('a registration gets one answer, whatever it contains, and the operator adds accounts', async () => {
      const { ports } = subject.service
      const password = 'correct horse battery'
      await addUser(ports, { email: 'a@example.com', password }, false)
      for (const json of [
        { email: 'a@example.com', password },
        { email: 'b@example.com', password },
        {},
        { email: 'x' },
      ])
        assertFails(await subject.call('POST', '/auth/register', { json }), 403, 'registration is closed')
      const login = await subject.call('POST', '/auth/login', { json: { email: 'a@example.com', password } })
      assert.equal(login.status, 200)
      const { paths } = (await subject.call('GET', '/swagger.json')).json
      assert.match(paths['/api/v1/auth/register'].post.description, /REGISTRATION=closed.*403 `registration is closed`/)
    })
  },
  { REGISTRATION: 'closed' },
)
