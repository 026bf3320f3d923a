import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { hashSync } from 'bcryptjs'
import { latchkey } from '../support/process/latchkey.ts'
import { startProcess } from '../support/process/server.ts'
import { account } from '../support/service.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

/** A clone as an install leaves it before `postprepare` runs. */
let clone: string
const inClone = (path: string) => join(clone, path)
const program = () => inClone('bin/latchkey.js')

before(() => {
  clone = mkdtempSync(join(tmpdir(), 'latchkey-bundle-'))
  for (const path of ['bin', 'src', 'templates', 'package.json'])
    cpSync(join(root, path), inClone(path), { recursive: true })
  mkdirSync(inClone('node_modules'))
  for (const name of readdirSync(join(root, 'node_modules')).filter((each) => !each.startsWith('.'))) {
    symlinkSync(join(root, 'node_modules', name), inClone(`node_modules/${name}`))
  }
  copyFileSync(join(root, 'node_modules/.package-lock.json'), inClone('node_modules/.package-lock.json'))
  writeFileSync(
    inClone('print-program.mjs'),
    `import { registerHooks } from 'node:module'
    registerHooks({ load: (url, context, next) => {
      if (/\\/cli\\.[jt]s$/.test(url)) console.error(url)
      return next(url, context)
    } })`,
  )
})
after(() => rmSync(clone, { recursive: true, force: true }))

const prepare = () => run(process.execPath, ['bin/bundle.js'], { cwd: clone })
const version = () => JSON.parse(readFileSync(inClone('package.json'), 'utf8')).version
const bundles = () => readdirSync(inClone('node_modules/.cache/latchkey-bundles'))

/** Runs `latchkey`. @returns the path of the program file that it loads, relative to the clone */
async function loadedProgram(): Promise<string> {
  const command: [string, ...string[]] = [process.execPath, '--import', inClone('print-program.mjs'), program()]
  const { code, stdout, stderr } = await latchkey(['--version'], {}, { command })
  assert.deepEqual({ code, stdout }, { code: 0, stdout: `${version()}\n` }, stderr)
  return stderr.trim().replace(pathToFileURL(`${clone}/`).href, '')
}

test('a clone runs its sources until an install makes the bundle, and the bundle afterwards', async () => {
  assert.equal(await loadedProgram(), 'src/cli.ts')
  await prepare()
  const [name] = bundles()
  assert.equal(await loadedProgram(), `node_modules/.cache/latchkey-bundles/${name}/src/cli.js`)
})

test('the compile cache is stored beside the bundle, and bundling leaves no other file', async () => {
  const [name, ...others] = bundles()
  assert.deepEqual(others, [])
  const folder = inClone(`node_modules/.cache/latchkey-bundles/${name}`)
  assert.deepEqual(readdirSync(folder).sort(), [
    'LICENSES.txt',
    'assets',
    'compiled',
    'package.json',
    'src',
    'templates',
  ])
  const compiled = readdirSync(join(folder, 'compiled'), { recursive: true, encoding: 'utf8' })
  assert.ok(compiled.length > readdirSync(join(folder, 'src')).length / 2, `${compiled}`)
})

test('the bundled service answers requests', async (t) => {
  const server = await startProcess({ DATABASE_URL: 'sqlite::memory:' }, [], program())
  t.after(server.stop)
  assert.equal((await server.call('GET', '//readyz')).status, 200)
  assert.match((await server.call('GET', '/ui/')).text, /swagger-ui/)
  // This file belongs to a library.
  assert.equal((await server.call('GET', '/ui/static/swagger-ui.css')).status, 200)
  const document = JSON.parse((await server.call('GET', '/swagger.json')).text)
  assert.equal(document.info.version, version())
  const { access_token: token } = (await server.call('POST', '/auth/register', { json: account })).json
  assert.equal((await server.call('GET', '/auth/user', { token })).status, 200)
  assert.equal((await server.call('POST', '/auth/logout', { token })).status, 200)
  assert.equal((await server.call('GET', '/auth/user', { token })).status, 401)
})

test('the bundled program imports accounts, and the bundled service finds its thread for bcrypt', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bundle-import-'))
  const DATABASE_URL = `sqlite:${join(folder, 'latchkey.db')}`
  const server = await startProcess({ DATABASE_URL }, [], program())
  t.after(async () => {
    await server.stop()
    rmSync(folder, { recursive: true })
  })
  const file = join(folder, 'users.jsonl')
  writeFileSync(file, JSON.stringify({ email: account.email, password_hash: hashSync(account.password, 4) }))
  const command: [string, ...string[]] = [process.execPath, program()]
  const { code, stderr } = await latchkey(['import', 'users', file], { DATABASE_URL }, { command })
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  assert.equal((await server.call('POST', '/auth/login', { json: { ...account, password: 'wrong' } })).status, 401)
  assert.equal((await server.call('POST', '/auth/login', { json: account })).status, 200)
})

test('an edited source runs instead of the bundle until its old content is back; file times do not count', async () => {
  const bundled = await loadedProgram()
  const path = inClone('src/refusal.ts')
  const text = readFileSync(path)
  appendFileSync(path, '// changed\n')
  assert.equal(await loadedProgram(), 'src/cli.ts')
  writeFileSync(path, text)
  assert.equal(await loadedProgram(), bundled)
})

test('after libraries are reinstalled, the sources run until a new bundle is made', async () => {
  const before = bundles()
  const path = inClone('node_modules/.package-lock.json')
  const text = readFileSync(path, 'utf8')
  const { version } = JSON.parse(text).packages['node_modules/fastify']
  writeFileSync(path, text.replaceAll(`"version": "${version}"`, '"version": "999.0.0"'))
  assert.equal(await loadedProgram(), 'src/cli.ts')
  await prepare()
  const [name, ...others] = bundles()
  assert.deepEqual(others, [])
  assert.ok(!before.includes(name as string))
  assert.match(await loadedProgram(), new RegExp(`/${name}/`))
})

test('the bundle stays valid when development dependencies are pruned', async () => {
  const bundled = await loadedProgram()
  const path = inClone('node_modules/.package-lock.json')
  const lock = JSON.parse(readFileSync(path, 'utf8'))
  delete lock.packages['node_modules/typescript']
  writeFileSync(path, JSON.stringify(lock, null, 2))
  assert.equal(await loadedProgram(), bundled)
})

test('concurrent installs leave one bundle and print nothing', async () => {
  rmSync(inClone('node_modules/.cache'), { recursive: true })
  for (const { stdout, stderr } of await Promise.all([prepare(), prepare(), prepare()])) {
    assert.equal(stdout + stderr, '')
  }
  const [name, ...others] = bundles()
  assert.deepEqual(others, [])
  assert.match(await loadedProgram(), new RegExp(`/${name}/`))
})

test('a failed bundling leaves no files behind', async (t) => {
  const path = inClone('src/refusal.ts')
  const text = readFileSync(path)
  t.after(() => writeFileSync(path, text))
  const before = bundles()
  appendFileSync(path, '(\n')
  const { stderr } = await prepare()
  assert.match(stderr, /^latchkey: no bundle was made/)
  assert.deepEqual(bundles(), before)
})

test('a bundle is discarded if a source changes while it is made', async () => {
  const path = inClone('src/refusal.ts')
  rmSync(inClone('node_modules/.cache/latchkey-bundles'), { recursive: true })
  mkdirSync(inClone('node_modules/.cache/latchkey-bundles'))
  const watcher = watch(inClone('node_modules/.cache/latchkey-bundles'))
  const first = prepare()
  await once(watcher, 'change')
  watcher.close()
  appendFileSync(path, '// changed\n')
  await prepare()
  assert.match((await first).stderr, /the sources changed while the bundle was made/)
  const [name, ...others] = bundles()
  assert.deepEqual(others, [])
  assert.match(await loadedProgram(), new RegExp(`/${name}/`))
})

test('the bundler ignores tsconfig paths, as Node.js does', async () => {
  writeFileSync(inClone('other.ts'), 'throw new Error("read")')
  writeFileSync(inClone('tsconfig.json'), '{ "compilerOptions": { "paths": { "commander": ["./other.ts"] } } }')
  rmSync(inClone('node_modules/.cache/latchkey-bundles'), { recursive: true })
  await prepare()
  assert.match(await loadedProgram(), /latchkey-bundles/)
})

test('the program runs its sources if a source is unreadable or a library is linked', async () => {
  const bundled = await loadedProgram()
  symlinkSync('nowhere', inClone('src/.#cli.ts'))
  assert.equal(await loadedProgram(), 'src/cli.ts')
  rmSync(inClone('src/.#cli.ts'))
  assert.equal(await loadedProgram(), bundled)
  const path = inClone('node_modules/.package-lock.json')
  const lock = JSON.parse(readFileSync(path, 'utf8'))
  const linked = { ...lock.packages, 'node_modules/pg': { resolved: '../pg', link: true } }
  writeFileSync(path, JSON.stringify({ ...lock, packages: linked }))
  await prepare()
  assert.equal(await loadedProgram(), 'src/cli.ts')
  writeFileSync(path, JSON.stringify(lock))
  assert.equal(await loadedProgram(), bundled)
})

test('a moved clone runs its bundle, which does not contain the old path', async () => {
  const oldPath = clone
  const bundled = await loadedProgram()
  clone = `${oldPath}-moved`
  renameSync(oldPath, clone)
  assert.equal(await loadedProgram(), bundled)
  const [name] = bundles()
  const folder = inClone(`node_modules/.cache/latchkey-bundles/${name}/src`)
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile())
  for (const { parentPath, name: file } of files)
    assert.ok(!readFileSync(join(parentPath, file), 'utf8').includes(oldPath), file)
})

test('without a bundler the install succeeds with a message, and the sources run', async () => {
  rmSync(inClone('node_modules/rolldown'))
  appendFileSync(inClone('src/refusal.ts'), '// changed\n')
  const { stderr } = await prepare()
  assert.match(
    stderr,
    /^latchkey: no bundle was made, so each start takes a little longer: .*development dependency.*\n$/,
  )
  assert.equal(await loadedProgram(), 'src/cli.ts')
})
