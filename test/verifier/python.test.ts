// Programs in Python: a verifier that was written from docs/feed.md, and a Flask application that asks the gate.

import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { addService } from '../../src/services/add.ts'
import { onEachDatabase, open } from '../support/databases.ts'
import { startCommand } from '../support/process/server.ts'
import { send, startTestService } from '../support/service.ts'
import { feedUrl } from '../support/verifier.ts'

const root = join(import.meta.dirname, '../..')
/** Debian's, with Debian's packages. */
const python = '/usr/bin/python3'
const example = (path: string) => join(root, 'examples', path)
/** Python must leave no compiled files in the sources. */
const env = { PATH: process.env.PATH, PYTHONDONTWRITEBYTECODE: '1' }

test('the verifier in Python does what the vectors say', async () => {
  const { stdout } = await promisify(execFile)(
    python,
    [example('python/vectors.py'), join(root, 'test/vectors/feed.json')],
    { env },
  )
  assert.match(stdout, /^\d+ scenarios\n$/)
})

onEachDatabase('programs in Python', (create) => {
  async function start(t: Parameters<typeof open>[0]) {
    const { database, undo } = await open(t, create)
    const service = await startTestService(database)
    undo.push(service.stop)
    const credentials = await addService(service.ports, { name: 'python', may_revoke_users: false })
    assert.ok(credentials)
    return { undo, service, credentials }
  }

  test('a verifier follows, acknowledges and refuses', async (t) => {
    const { undo, service, credentials } = await start(t)
    const [token, other] = [await service.register(), await service.logIn()]
    const args = [example('python/verifier.py'), feedUrl(service.address), credentials.client_id]
    const child = spawn(python, args, {
      env: { ...env, CLIENT_SECRET: credentials.client_secret },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const ended = once(child, 'exit')
    undo.push(async () => {
      child.stdin.end()
      await ended
    })
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    const next = async () => (await lines.next()).value
    assert.equal(await next(), 'leased')
    const check = async (text: string) => {
      child.stdin.write(`${text}\n`)
      return next()
    }
    assert.deepEqual([await check(token), await check(other)], ['live', 'live'])
    const { json } = await service.call('POST', '/auth/logout', { token })
    assert.equal(json.effective.verifiers, 1)
    assert.equal(await check(token), 'revoked')
    await service.call('DELETE', '/tokens', { token: other })
    assert.equal(await check(other), 'revoked')
    assert.equal(await check(await service.logIn()), 'live')
  })

  test('a Flask application asks the gate', async (t) => {
    const { undo, service, credentials } = await start(t)
    const { client_id, client_secret } = credentials
    const LATCHKEY_URL = `latchkey://${client_id}:${client_secret}@${new URL(service.address).host}`
    const gate = await startCommand({ LATCHKEY_URL }, ['gate', '--listen', '127.0.0.1:0'])
    undo.push(gate.stop)
    while ((await gate.call('GET', '//readyz')).status !== 200) await new Promise((resolve) => setImmediate(resolve))
    const child = spawn(python, [example('flask/app.py')], {
      env: { ...env, GATE: gate.address, PORT: '0' },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const ended = once(child, 'exit')
    undo.push(async () => {
      child.kill()
      await ended
    })
    let address = ''
    for await (const line of createInterface(child.stderr)) {
      address = /Running on (http:\/\/\S+)/.exec(line)?.[1] ?? ''
      if (address !== '') break
    }
    child.stderr.resume()
    const get = (path: string, token?: string) => send(address, 'GET', `/${path}`, token === undefined ? {} : { token })
    const token = await service.register()
    const { sub } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    assert.deepEqual((await get('/orders', token)).json, { owner: sub })
    const missing = await get('/orders')
    assert.deepEqual([missing.status, /^Bearer realm=/.test(String(missing.headers['www-authenticate']))], [401, true])
    assert.equal((await get('/reports', token)).status, 403)
    const admin = await service.admin({ email: 'admin@example.com' })
    assert.deepEqual((await get('/reports', admin)).json, { reports: [] })
    await service.call('POST', '/auth/logout', { token })
    assert.equal((await get('/orders', token)).status, 401)
    await gate.stop()
    const away = await get('/orders', admin)
    assert.deepEqual([away.status, away.headers['retry-after']], [503, '1'])
  })
})
