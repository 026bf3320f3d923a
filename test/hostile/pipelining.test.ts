import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exchangeBytes } from '../contract/raw.ts'
import { onEachService } from '../contract/suite.ts'
import { assertHarmless } from './harm.ts'

const head = (method: string, path: string, more = '') => `${method} ${path} HTTP/1.1\r\nHost: h\r\n${more}\r\n`
const last = head('GET', '/healthz', 'Connection: close\r\n')

onEachService('pipelined requests', (subject) => {
  /** Sends the requests together. Returns the statuses of all answers until the connection ends. */
  const statuses = async (bytes: string): Promise<number[]> => {
    const answers = await exchangeBytes(subject.service.address, bytes)
    return [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status))
  }

  test('are answered in order, with and without bodies', async () => {
    const { token, email, password } = await subject.newUser()
    const body = JSON.stringify({ email, password })
    const typed = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`
    const round = [
      head('GET', '/healthz'),
      head('GET', '/nothing'),
      head('POST', '/api/v1/auth/login', typed) + body,
      head('GET', '/api/v1/auth/user'),
      head('GET', '/api/v1/auth/check', `Authorization: Bearer ${token}\r\n`),
    ].join('')
    const expected = [200, 404, 200, 401, 204]
    assert.deepEqual(await statuses(round.repeat(5) + last), [...Array(5).fill(expected).flat(), 200])
  })

  test('run one after another: a request after a logout is refused', async () => {
    const { token } = await subject.newUser()
    const bearer = `Authorization: Bearer ${token}\r\n`
    const bytes = head('POST', '/api/v1/auth/logout', bearer) + head('GET', '/api/v1/auth/user', bearer) + last
    assert.deepEqual(await statuses(bytes), [200, 401, 200])
  })

  test('do not run after the last answer of a connection', async () => {
    const { token } = await subject.newUser()
    const logout = head('POST', '/api/v1/auth/logout', `Authorization: Bearer ${token}\r\nContent-Length: 0\r\n`)
    const typed = (type: string, length: number) => `Content-Type: ${type}\r\nContent-Length: ${length}\r\n`
    const lastRequests: [bytes: string, status: number][] = [
      [head('POST', '/api/v1/auth/login', typed('application/json', 66_000)) + 'x'.repeat(66_000), 413],
      [`${head('POST', '/api/v1/auth/login', typed('text/plain', 4))}tea.`, 415],
      [head('GET', '/healthz', 'Connection: close\r\n'), 200],
    ]
    for (const [bytes, status] of lastRequests) assert.deepEqual(await statuses(bytes + logout), [status])
    assert.deepEqual(await statuses(`${head('GET', '/healthz')}${logout}no request\r\n\r\n`), [200])
    assert.equal((await subject.call('GET', '/auth/check', { token })).status, 204)
  })

  test('end the connection if they are too many, and few of them run', async () => {
    const countHandled = async () => {
      const { text } = await subject.call('GET', '//metrics')
      return Number(
        /^latchkey_http_requests_total\{method="GET",route="\/healthz",status="200"\} (\d+)$/m.exec(text)?.[1],
      )
    }
    assert.equal((await subject.call('GET', '//healthz')).status, 200)
    const before = await countHandled()
    const bytes = head('GET', '/healthz').repeat(1_000)
    const answered = (await statuses(bytes)).length
    assert.ok(answered < 50, `${answered} of them were answered`)
    assert.ok((await countHandled()) - before < 50, 'the service made answers that no client waits for')
    await assertHarmless(subject, async () => {
      for (let i = 0; i < 20; i++) await statuses(bytes)
    })
  })
})
