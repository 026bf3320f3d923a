// The examples, compiled with strict types against the package as npm would install it, and run as processes.

import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import { compileVerifier, manifestOf } from '../../bin/verifier.js'
import { addService } from '../../src/services/add.ts'
import { createSqlite, type TestDatabase } from '../support/databases.ts'
import { startTestService, type TestService } from '../support/service.ts'

const root = join(import.meta.dirname, '../..')
const compiler = join(root, 'node_modules/@typescript/native/bin/tsc')
const options = [
  ...['--ignoreConfig', '--strict', '--module', 'nodenext', '--target', 'es2024', '--lib', 'esnext', '--types', 'node'],
  ...[
    '--experimentalDecorators',
    '--rewriteRelativeImportExtensions',
    '--emitDecoratorMetadata',
    '--exactOptionalPropertyTypes',
    '--skipLibCheck',
  ],
]

/** Compiles the examples beside the package. The frameworks are found in the folders above. */
function compileExamples(folder: string): void {
  const target = join(folder, 'node_modules/latchkey-verifier')
  mkdirSync(join(target, 'lib'), { recursive: true })
  compileVerifier(join(target, 'lib'))
  writeFileSync(join(target, 'package.json'), JSON.stringify(manifestOf()))
  writeFileSync(join(folder, 'package.json'), '{"type":"module","private":true}')
  cpSync(join(root, 'examples'), join(folder, 'examples'), { recursive: true })
  // The compiler takes no file below node_modules that is only imported.
  const files = [...names.map((name) => `${name}/server.ts`), 'next/route.ts'].map((path) =>
    join(folder, 'examples', path),
  )
  execFileSync(
    process.execPath,
    [compiler, ...options, '--outDir', join(folder, 'out'), '--rootDir', join(folder, 'examples'), ...files],
    { stdio: 'inherit' },
  )
}

/** Starts an example, and resolves when it listens. */
async function startExample(folder: string, name: string, latchkeyUrl: string) {
  const child = spawn(process.execPath, [join(folder, 'out', name, 'server.js')], {
    env: { PATH: process.env.PATH, LATCHKEY_URL: latchkeyUrl, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const stop = async () => {
    child.kill()
    await ended
  }
  for await (const line of createInterface(child.stdout)) {
    const [, address] = /^listening at (http:\S+)$/.exec(line) ?? []
    if (address !== undefined) return { address: address.replace('[::1]', '127.0.0.1'), stop }
  }
  throw new Error(`the example ${name} ended before it listened`)
}

const names = ['express', 'fastify', 'hono', 'nest', 'node', 'next']

describe('the examples', () => {
  let folder: string
  let database: TestDatabase
  let service: TestService
  let latchkeyUrl: string

  before(async () => {
    mkdirSync(join(root, 'node_modules/.cache'), { recursive: true })
    folder = mkdtempSync(join(root, 'node_modules/.cache/latchkey-examples-'))
    compileExamples(folder)
    database = await createSqlite()
    service = await startTestService(database)
    const credentials = await addService(service.ports, { name: 'a shop', may_revoke_users: false })
    assert.ok(credentials)
    const { client_id, client_secret } = credentials
    latchkeyUrl = `latchkey://${client_id}:${client_secret}@${new URL(service.address).host}`
  })
  after(async () => {
    await service?.stop()
    await database?.remove()
    if (folder) rmSync(folder, { recursive: true, force: true })
  })

  for (const name of names) {
    test(`${name}: a token is accepted until its revocation is answered`, async (t) => {
      const { address, stop } = await startExample(folder, name, latchkeyUrl)
      t.after(stop)
      const email = `${name}@example.com`
      const token = await service.register({ email })
      const { sub } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
      const get = async (path: string, authorization?: string) => {
        const response = await fetch(address + path, authorization === undefined ? {} : { headers: { authorization } })
        const text = await response.text()
        const challenge = response.headers.get('www-authenticate')
        return { status: response.status, challenge, json: response.ok ? JSON.parse(text) : undefined }
      }
      const mine = `Bearer ${token}`
      assert.deepEqual((await get('/orders', mine)).json, { owner: sub })
      assert.deepEqual((await get('/', mine)).json, { welcome: sub })
      assert.deepEqual((await get('/')).json, { welcome: 'stranger' })
      const missing = await get('/orders')
      assert.deepEqual([missing.status, missing.challenge], [401, 'Bearer realm="registered_users@mydomain.com"'])
      const bad = await get('/', 'Bearer x')
      assert.deepEqual([bad.status, /invalid_token/.test(bad.challenge ?? '')], [401, true])
      const forbidden = await get('/reports', mine)
      assert.deepEqual([forbidden.status, /insufficient_scope/.test(forbidden.challenge ?? '')], [403, true])
      const admin = await service.admin({ email: `admin-${email}` })
      assert.deepEqual((await get('/reports', `Bearer ${admin}`)).json, { reports: [] })
      const { json } = await service.call('POST', '/auth/logout', { token })
      assert.equal(json.effective.verifiers, 1)
      const refused = await get('/orders', mine)
      assert.deepEqual([refused.status, /Token blacklisted/.test(refused.challenge ?? '')], [401, true])
    })
  }
})
