// The folder of a PostgreSQL server is replaced by an earlier copy while the server is stopped.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { test } from 'node:test'
import { startFleet } from '../support/process/fleet.ts'
import { type Answer, account } from '../support/service.ts'

const lease_ms = 300

/** Copies a folder with the owners of its files. */
function copyFolder(from: string, to: string): void {
  assert.equal(spawnSync('cp', ['-a', from, to]).status, 0)
}

test('a node that has read more than the copy has learns of every later revocation', async (t) => {
  const fleet = await startFleet([{ LEASE_MS: String(lease_ms) }, { LEASE_MS: String(lease_ms) }])
  const copy = `${fleet.postgres.data}.copy`
  t.after(async () => {
    await fleet.remove()
    rmSync(copy, { recursive: true, force: true })
  })
  const { nodes, postgres } = fleet
  const [a, b] = nodes as [(typeof nodes)[0], (typeof nodes)[0]]
  const token = ({ status, text, json }: Answer): string => {
    assert.match(String(status), /^20[01]$/, text)
    return json.access_token
  }
  const logIn = async () => token(await a.call('POST', '/auth/login', { json: account }))
  const check = async (node: typeof a, token: string) => (await node.call('GET', '/auth/check', { token })).status
  /** A node asks the database, or answers 503, until it has joined again. */
  const until204 = async (node: typeof a, token: string) => {
    while ((await check(node, token)) !== 204) await new Promise(setImmediate)
  }

  const first = token(await a.call('POST', '/auth/register', { json: account }))
  const kept = [first, await logIn(), await logIn()]
  await postgres.stop()
  copyFolder(postgres.data, copy)
  await postgres.start()
  await until204(a, first)
  for (let i = 0; i < 20; i++) {
    assert.equal((await a.call('POST', '/auth/logout', { token: await logIn() })).status, 200)
  }
  await until204(b, first)
  await postgres.stop()
  rmSync(postgres.data, { recursive: true })
  copyFolder(copy, postgres.data)
  await postgres.start()
  for (const token of kept) {
    await until204(a, token)
    await until204(b, token)
    assert.equal((await a.call('POST', '/auth/logout', { token })).status, 200)
    assert.deepEqual([await check(a, token), await check(b, token)], [401, 401])
  }
})
