// The steps of docs/migrating.md beside the imports, exactly as they stand there.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import express from 'express'
import { createTestVerifier } from '../../src/verifier/testing.ts'
import { send } from '../support/service.ts'

const [, section = ''] = readFileSync(new URL('../../docs/migrating.md', import.meta.url), 'utf8').split(
  '\n## Change over without logging people out\n',
)
const blockOf = (language: string) => new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(section)?.[1] ?? ''

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-change-over-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

test('a service accepts a token or a session of the other system, and no revoked token beside a session', async (t) => {
  const module = join(newFolder(t), 'signed-in.mjs')
  const adapter = new URL('../../src/verifier/express.ts', import.meta.url).href
  writeFileSync(module, blockOf('js').replace('latchkey-verifier/express', adapter))
  const { signedIn } = await import(pathToFileURL(module).href)
  const verifier = await createTestVerifier()
  const app = express().set('env', 'test')
  app.use(signedIn(verifier, (request: express.Request) => request.get('x-old-session')))
  app.get('/', (request, response) => void response.json({ owner: (request as unknown as { owner: string }).owner }))
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const session = ['X-Old-Session', 'the id there']
  const sub = crypto.randomUUID()
  const token = await verifier.issue({ sub })
  assert.deepEqual((await send(address, 'GET', '//', { token })).json, { owner: sub })
  assert.deepEqual((await send(address, 'GET', '//', { headers: session })).json, { owner: 'the id there' })
  assert.equal((await send(address, 'GET', '//')).status, 401)
  verifier.revoke(token)
  assert.equal((await send(address, 'GET', '//', { token, headers: session })).status, 401)
})

test('the lines of the second export that are new or have changed are found', (t) => {
  const cwd = newFolder(t)
  const line = (email: string, hash: string) => JSON.stringify({ email, password_hash: hash })
  const [same, before, after, added] = [line('a', '$1'), line('b', '$2'), line('b', '$3'), line('c', '$4')]
  writeFileSync(join(cwd, 'users-before.jsonl'), `${same}\n${before}\n`)
  writeFileSync(join(cwd, 'users.jsonl'), `${same}\n${after}\n${added}\n`)
  assert.equal(execFileSync('sh', ['-ec', blockOf('sh')], { cwd, encoding: 'utf8' }), `${after}\n${added}\n`)
})
