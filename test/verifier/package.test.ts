// The packed package, installed into an empty folder, in plain JavaScript and in TypeScript, on each supported Node.js.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { packVerifier } from '../../bin/verifier.js'
import { addService } from '../../src/services/add.ts'
import { createSqlite, open } from '../support/databases.ts'
import { startTestService } from '../support/service.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` }
const versions = ['22', '24', '26']

/** Ends by itself only if an open verifier does not keep the process alive. */
const program = `
import { createVerifier } from 'latchkey-verifier'
const token = process.argv[2]
const verifier = createVerifier()
await verifier.ready()
const { claims } = await verifier.verify(token)
console.log(claims.sub, verifier.verifySync(token)?.claims.jti)
`

const typed = `
import { createVerifier, VerifierError, type Claims, type Verifier } from 'latchkey-verifier'
import { createTestVerifier } from 'latchkey-verifier/testing'
import { latchkey } from 'latchkey-verifier/node'
const verifier: Verifier = createVerifier({ server: 'https://auth.example.com', clientId: 'a', clientSecret: 'b' })
const claims: Claims = (await verifier.verify('token')).claims
const sub: string = claims.sub
// @ts-expect-error there is no such option
createVerifier({ servr: 'https://auth.example.com' })
// @ts-expect-error a route may not demand rights of an optional token by another name
latchkey(verifier, { admn: true })
export { sub, VerifierError, createTestVerifier }
`

let home: string
const inHome = (...path: string[]) => join(home, ...path)

before(async () => {
  home = mkdtempSync(join(tmpdir(), 'latchkey-packages-'))
  packVerifier(home)
  const tarballs = readdirSync(home).filter((name) => name.endsWith('.tgz'))
  const npm = (folder: string, ...packages: string[]) => {
    mkdirSync(inHome(folder))
    writeFileSync(inHome(folder, 'package.json'), '{"type":"module","private":true}')
    const options = ['--prefer-offline', '--no-audit', '--no-fund']
    return run('npm', ['install', ...options, ...packages], { cwd: inHome(folder), env })
  }
  await npm('user', ...tarballs.map((name) => inHome(name)))
  // In turn: npm's cache does not like two installs of one package at once.
  for (const version of versions) if (version !== '26') await npm(`node${version}`, `node@${version}`)
})
after(() => rmSync(home, { recursive: true, force: true }))

const nodeOf = (version: string) =>
  version === '26' ? process.execPath : inHome(`node${version}`, 'node_modules/node/bin/node')

test('the package has jose as its only dependency, and loads nothing else', async () => {
  const manifest = JSON.parse(readFileSync(inHome('user/node_modules/latchkey-verifier/package.json'), 'utf8'))
  assert.deepEqual(Object.keys(manifest.dependencies), ['jose'])
  assert.equal(manifest.peerDependencies, undefined)
  const folder = inHome('user/node_modules/latchkey-verifier/lib')
  const imported = new Set<string>()
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.js')) continue
    const text = readFileSync(join(folder, path), 'utf8')
    for (const [, name = ''] of text.matchAll(/(?:from|import) ['"]([^'"]+)['"]/g)) {
      if (!name.startsWith('.') && !name.startsWith('node:')) imported.add(name)
    }
  }
  assert.deepEqual([...imported], ['jose'])
  assert.deepEqual(
    readdirSync(inHome('user/node_modules')).filter((name) => !name.startsWith('.')),
    ['jose', 'latchkey-verifier'],
  )
})

test('TypeScript finds the types', async () => {
  const file = inHome('user/typed.ts')
  writeFileSync(file, typed)
  const compiler = join(root, 'node_modules/@typescript/native/bin/tsc')
  const options = ['--ignoreConfig', '--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2024']
  const types = ['--lib', 'esnext', '--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
  await run(process.execPath, [compiler, ...options, ...types, file], { cwd: inHome('user'), env }).catch((error) =>
    assert.fail(error.stdout),
  )
})

for (const version of versions) {
  test(`an installed verifier follows a server on Node.js ${version}, and its process ends by itself`, async (t) => {
    const { database, undo } = await open(t, createSqlite)
    const service = await startTestService(database)
    undo.push(service.stop)
    const credentials = await addService(service.ports, { name: 'a shop', may_revoke_users: false })
    assert.ok(credentials)
    const { client_id, client_secret } = credentials
    const LATCHKEY_URL = `latchkey://${client_id}:${client_secret}@${new URL(service.address).host}`
    const token = await service.register()
    const { sub, jti } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    const file = inHome('user', 'program.js')
    writeFileSync(file, program)
    const { stdout } = await run(nodeOf(version), [file, token], { env: { ...env, LATCHKEY_URL } })
    assert.equal(stdout, `${sub} ${jti}\n`)
  })
}
