import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeJwt } from 'jose'
import pg from 'pg'
import { open } from '../../support/databases.ts'
import { createDatabase } from '../../support/process/database.ts'
import { latchkey } from '../../support/process/latchkey.ts'
import { createProxy } from '../../support/process/proxy.ts'
import { type ServerProcess, startProcess } from '../../support/process/server.ts'
import { account } from '../../support/service.ts'

const check = async (server: ServerProcess, token: string) =>
  (await server.call('GET', '/auth/check', { token })).status

test('a command whose revocation is not confirmed says so, and does not call the token unknown', async (t) => {
  const { database, undo } = await open(t, createDatabase)
  const server = await startProcess({ DATABASE_URL: database.url, LEASE_MS: '100' })
  undo.push(server.kill)
  const token = (await server.call('POST', '/auth/register', { json: account })).json.access_token as string
  const { jti = '' } = decodeJwt(token)
  const holder = new pg.Client(database.url)
  await holder.connect()
  undo.push(() => holder.end())
  await holder.query('begin')
  await holder.query('select from token for update')
  assert.deepEqual(await latchkey(['token', 'revoke', jti], { DATABASE_URL: database.url, LEASE_MS: '100' }), {
    code: 1,
    stdout: '',
    stderr: 'latchkey: The revocation could not be confirmed. Please repeat it.\n',
  })
  assert.equal(await check(server, token), 204)
})

test('a node that revokes tokens which another node has just ended refuses them before it answers', async (t) => {
  const { database, undo } = await open(t, createDatabase)
  const url = new URL(database.url)
  const proxy = await createProxy(Number(url.port))
  undo.push(proxy.close)
  const leases = { LEASE_MS: '6000' }
  const first = await startProcess({ DATABASE_URL: database.url, ...leases })
  undo.push(first.kill)
  url.port = String(proxy.port)
  const second = await startProcess({ DATABASE_URL: url.href, ...leases })
  undo.push(second.kill)
  const token = (await first.call('POST', '/auth/register', { json: account })).json.access_token as string
  const other = (await first.call('POST', '/auth/login', { json: account })).json.access_token as string
  for (const each of [token, other]) assert.deepEqual([await check(first, each), await check(second, each)], [204, 204])
  // No notification reaches the second node, which therefore waits for its next renewal.
  proxy.drop('fromDatabase')
  const waiting = first.call('DELETE', '/tokens', { token })
  const known = new pg.Client(database.url)
  await known.connect()
  undo.push(() => known.end())
  while ((await known.query('select from revocation')).rowCount !== 1) await new Promise(setImmediate)
  proxy.heal()
  const answer = await second.call('DELETE', '/tokens', { token })
  assert.ok([200, 401].includes(answer.status), answer.text)
  for (const each of [token, other]) assert.equal(await check(second, each), 401)
  assert.equal((await waiting).status, 200)
})
