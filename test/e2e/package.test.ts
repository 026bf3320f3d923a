import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { bundleFolder } from '../../bin/bundle.js'
import { openTerminal } from '../support/process/terminal.ts'
import { account, send } from '../support/service.ts'

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
  tarball = join(home, readdirSync(home).find((name) => name.endsWith('.tgz')) as string)
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--omit=dev']
  mkdirSync(join(home, 'empty'))
  await run('npm', ['install', ...options, tarball], { cwd: join(home, 'empty'), env: env() })
})
after(() => rmSync(home, { recursive: true, force: true }))

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
    'package.json',
  ])
  const bundle = bundleFolder() as string
  const files = readdirSync(join(bundle, 'src'))
  assert.deepEqual(readdirSync(installed('dist/src')).sort(), files.sort())
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
    readdirSync(installed('dist/src'))
      .map((file) => `dist/src/${file}`)
      .sort(),
  )
})

test('every link between documents leads to a file and a heading in the package', () => {
  const documents = readdirSync(installed('.'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    /^[^/]+\.md$|^docs\//.test(path),
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
