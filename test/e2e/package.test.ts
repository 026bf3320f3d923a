import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { bundleFolder } from '../../bin/bundle.js'
import { addService } from '../../src/services/add.ts'
import { createSqlite, open } from '../support/databases.ts'
import { openTerminal } from '../support/process/terminal.ts'
import { account, send, startTestService } from '../support/service.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

/** A temporary folder. The package is installed into its subfolder `empty`. */
let home: string
let tarball: string
/** `npm` and `npx` use the Node.js that runs this test. */
const env = () => ({ ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` })

before(async () => {
  home = mkdtempSync(join(tmpdir(), 'latchkey-package-'))
  await run(process.execPath, [join(root, 'bin/package.js')], { cwd: home, env: env() })
  tarball = join(
    home,
    readdirSync(home).find((name) => name.startsWith('latchkey-0') && name.endsWith('.tgz')) as string,
  )
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--omit=dev']
  mkdirSync(join(home, 'empty'))
  await run('npm', ['install', ...options, tarball], { cwd: join(home, 'empty'), env: env() })
})
after(() => rmSync(home, { recursive: true, force: true }))

/** The paths of the files in a folder and below. */
function filesIn(folder: string): string[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return paths.filter((path) => statSync(join(folder, path)).isFile()).sort()
}

const installed = (path: string) => join(home, 'empty/node_modules/latchkey', path)

test('the package has the bundle of a checkout and the licences of its libraries, and no dependency', () => {
  assert.deepEqual(readdirSync(installed('.')).sort(), [
    'ARCHITECTURE.md',
    'CHANGELOG.md',
    'CONTRIBUTING.md',
    'LICENSE',
    'README.md',
    'SECURITY.md',
    'bin',
    'dist',
    'docs',
    'examples',
    'package.json',
  ])
  const bundle = bundleFolder() as string
  const files = filesIn(join(bundle, 'src'))
  assert.ok(files.includes('console/page/lit-html.js'))
  assert.deepEqual(filesIn(installed('dist/src')), files)
  for (const file of files) {
    assert.equal(readFileSync(installed(`dist/src/${file}`), 'utf8'), readFileSync(join(bundle, 'src', file), 'utf8'))
  }
  assert.match(readFileSync(installed('dist/LICENSES.txt'), 'utf8'), /^fastify \d.*: MIT$/m)
  assert.deepEqual(
    readdirSync(join(home, 'empty/node_modules')).filter((name) => !name.startsWith('.')),
    ['latchkey'],
  )
})

test('npm pack in a checkout packs the same bundle', async () => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json'], { cwd: root, env: env() })
  const [{ files }] = JSON.parse(stdout.slice(stdout.indexOf('[\n')))
  const packed = files.map(({ path }: { path: string }) => path).filter((path: string) => path.startsWith('dist/src/'))
  assert.deepEqual(
    packed.sort(),
    filesIn(installed('dist/src'))
      .map((file) => `dist/src/${file}`)
      .sort(),
  )
})

test('every link between documents leads to a file and a heading in the package', () => {
  const documents = readdirSync(installed('.'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    /^(docs\/)?[^/]+\.md$/.test(path),
  )
  for (const path of documents) {
    for (const [, file, heading] of readFileSync(installed(path), 'utf8').matchAll(
      /\]\((?!https?:)([^)#]*)#?([^)]*)\)/g,
    )) {
      const target = file ? join(dirname(path), file) : path
      assert.ok(existsSync(installed(target)), `${path} links to ${target}`)
      if (heading) assert.ok(anchorsIn(target).includes(heading), `${path} links to ${target}#${heading}`)
    }
  }
})

/** Returns the anchors that GitHub makes of a document's headings. */
function anchorsIn(path: string): string[] {
  const headings = readFileSync(installed(path), 'utf8').matchAll(/^#+ (.*)$/gm)
  return [...headings].map(([, text = '']) =>
    text
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  )
}

test('npx latchkey serve runs the service in the folder of the installation', async (t) => {
  const npx = (...args: string[]) =>
    run('npx', ['--no-install', 'latchkey', ...args], { cwd: join(home, 'empty'), env: env() })
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  assert.equal((await npx('--version')).stdout, `${version}\n`)

  const settings = { PATH: env().PATH, PORT: '0', LOG_LEVEL: 'silent', HOME: home }
  const terminal = openTerminal(t, `cd '${join(home, 'empty')}' && exec npx --no-install latchkey serve`, settings)
  await terminal.shows('--admin')
  const [address = ''] = /http:[\w:/.]+/.exec(terminal.screen()) ?? []
  const registered = await send(address, 'POST', '/auth/register', { json: account })
  assert.equal(registered.status, 201)
  const token = registered.json.access_token
  assert.equal((await send(address, 'GET', '/auth/user', { token })).status, 200)
  assert.match((await send(address, 'GET', '/ui/')).text, /swagger/i)
  assert.equal((await send(address, 'GET', '/ui/static/swagger-ui-bundle.js')).status, 200)
  assert.match((await npx('user', 'list')).stdout, /user@example\.com/)
  assert.ok(existsSync(join(home, 'empty/data/latchkey.db')))
  terminal.type('\x03')
  await terminal.end()
})

describe('latchkey/client in the folder of the installation', () => {
  /** Writes a file into the folder. */
  const write = (name: string, text: string) => writeFileSync(join(home, 'empty', name), text)
  const node = (...args: string[]) => run(process.execPath, args, { cwd: join(home, 'empty') })

  /** The same text is a JavaScript and a TypeScript program. */
  const program = `
import { createClient } from 'latchkey/client'
const baseUrl = process.argv[2] ?? ''
const body = { email: 'packed@example.com', password: 'correct horse battery' }
const registered = await createClient({ baseUrl }).POST('/api/v1/auth/register', { body })
const token = registered.data && 'access_token' in registered.data ? registered.data.access_token : ''
const api = createClient({ baseUrl, token })
console.log((await api.GET('/api/v1/tokens')).data?.tokens.length)
await api.POST('/api/v1/auth/logout')
console.log((await api.GET('/api/v1/tokens')).error?.message)
`

  for (const name of ['program.mjs', 'program.mts']) {
    test(`works in ${name}`, async (t) => {
      const { database, undo } = await open(t, createSqlite)
      const service = await startTestService(database)
      undo.push(service.stop)
      write(name, program)
      const { stdout } = await node(name, service.address)
      assert.equal(stdout, '1\nToken blacklisted. Please log in again.\n')
    })
  }

  test('loads one file, and no module of Node.js', async () => {
    write(
      'print-loaded.mjs',
      `import { registerHooks } from 'node:module'
      registerHooks({ load: (url, context, next) => {
        console.log(url)
        return next(url, context)
      } })`,
    )
    write('import.mjs', "import 'latchkey/client'\n")
    const { stdout } = await node('--import', './print-loaded.mjs', 'import.mjs')
    const paths = stdout.trim().split('\n')
    assert.deepEqual(
      paths.map((url) => url.replace(/^.*\/empty\//, '')),
      ['import.mjs', 'node_modules/latchkey/dist/client/client.js'],
    )
  })

  test('comes with the licences of its libraries', () => {
    const licenses = readFileSync(installed('dist/client/LICENSES.txt'), 'utf8')
    assert.match(licenses, /^openapi-fetch \d.*: MIT$/m)
    assert.match(licenses, /^openapi-typescript-helpers \d.*: MIT$/m)
  })

  const compilers = [
    ['@typescript/native/bin/tsc', 'nodenext', 'nodenext'],
    ['typescript/bin/tsc6', 'esnext', 'bundler'],
  ] as const
  for (const [compiler, module, resolution] of compilers) {
    test(`has types for ${compiler} with module resolution ${resolution}`, async () => {
      write('right.mts', `declare const process: { argv: string[] }${program}`)
      write('wrong.mts', program.replace('process.argv[2]', 'String()').replace('/api/v1/tokens', '/api/v1/token'))
      const options = [
        '--noEmit',
        '--strict',
        '--module',
        module,
        '--moduleResolution',
        resolution,
        '--target',
        'esnext',
      ]
      const compile = (file: string) => node(join(root, 'node_modules', compiler), ...options, file)
      await compile('right.mts')
      const errors = await compile('wrong.mts').then(
        () => '',
        ({ stdout }) => String(stdout),
      )
      // The wrong path is in line 8.
      const lines = [...errors.matchAll(/^wrong\.mts\((\d+),\d+\): error/gm)].map(([, line]) => line)
      assert.deepEqual([...new Set(lines)], ['8'], errors)
    })
  }
})

test('latchkey/verifier follows a server, and loads no other package', async (t) => {
  const { database, undo } = await open(t, createSqlite)
  const service = await startTestService(database)
  undo.push(service.stop)
  const credentials = await addService(service.ports, { name: 'a shop', may_revoke_users: false })
  assert.ok(credentials)
  const LATCHKEY_URL = `latchkey://${credentials.client_id}:${credentials.client_secret}@${new URL(service.address).host}`
  const token = await service.register()
  const file = join(home, 'empty/verify.mjs')
  writeFileSync(
    file,
    `import { createVerifier } from 'latchkey/verifier'
const verifier = createVerifier()
await verifier.ready()
console.log((await verifier.verify(process.argv[2])).claims.client_id)
`,
  )
  const { stdout } = await run(process.execPath, [file, token], { env: { ...env(), LATCHKEY_URL } })
  assert.equal(stdout, 'latchkey\n')
  assert.ok(existsSync(installed('dist/verifier/verifier.d.ts')))
})
