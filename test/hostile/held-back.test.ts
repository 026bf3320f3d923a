import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { demoteUser, disableUser } from '../../src/accounts/change-account.ts'
import { connectTo, parseAnswer } from '../contract/raw.ts'
import { assertUnauthorized } from '../contract/refusals.ts'
import { type Holder, onEachService } from '../contract/suite.ts'

onEachService('a request whose body is held back', (subject) => {
  const widget = JSON.stringify({ name: 'late', info_url: 'https://example.com', deadline: '2031-01-01' })

  /** Sends a request without the end of its body. Returns a function that sends the rest and reads the answer. */
  const begin = async (method: string, path: string, { token }: Holder, body = widget) => {
    const socket = connectTo(subject.service.address)
    const chunks: Buffer[] = []
    socket.on('data', (chunk) => chunks.push(chunk as Buffer))
    socket.write(
      `${method} /api/v1${path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 10)}`,
    )
    await once(socket, 'connect')
    // The server reads connections in their order, and it remembers the token from its first use.
    for (let i = 0; i < 3; i++) await subject.call('GET', '/auth/check', { token })
    return async () => {
      socket.write(body.slice(10))
      await once(socket, 'close')
      return parseAnswer(Buffer.concat(chunks).toString())
    }
  }
  const idOf = async ({ token }: Holder) =>
    (await subject.call('GET', '/auth/user', { token })).json.public_id as string

  const ends: Record<string, (admin: Holder) => Promise<unknown>> = {
    'its owner is disabled': async (admin) => disableUser(subject.service.ports, await idOf(admin)),
    'its owner is demoted': async (admin) => demoteUser(subject.service.ports, await idOf(admin)),
    'its token is logged out': (admin) => subject.call('POST', '/auth/logout', admin),
  }
  for (const [end, act] of Object.entries(ends)) {
    test(`until ${end} writes nothing`, async () => {
      const [admin] = [await subject.newAdmin(), await subject.newAdmin()]
      const writes = [
        await begin('POST', '/widgets', admin),
        await begin('PUT', '/widgets/late', admin),
        await begin('POST', '/auth/logout', admin, '{"nothing":1}'),
      ]
      await act(admin)
      for (const finish of writes) {
        const answer = await finish()
        assert.equal(answer.status, 401, answer.text)
      }
      const other = await subject.newAdmin()
      assert.equal((await subject.call('GET', '/widgets/late', other)).status, 404)
    })
  }

  test('until its token has expired writes nothing', async () => {
    const admin = await subject.newAdmin()
    const finish = await begin('POST', '/widgets', admin)
    subject.now += 3_600_000
    assertUnauthorized(await finish(), 'expired', 'admin_users')
  })

  test('is answered as usual if the token lives on', async () => {
    const admin = await subject.newAdmin()
    assert.equal((await (await begin('POST', '/widgets', admin))()).status, 201)
  })
})
