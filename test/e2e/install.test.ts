// What a checkout says if its install is missing or incomplete.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, before, test } from 'node:test'
import { latchkey } from '../support/process/latchkey.ts'

const root = join(import.meta.dirname, '../..')
let clone: string
const program = () => join(clone, 'bin/latchkey.js')

before(() => {
  clone = mkdtempSync(join(tmpdir(), 'latchkey-install-'))
  for (const path of ['bin', 'src', 'templates', 'package.json'])
    cpSync(join(root, path), join(clone, path), { recursive: true })
})
after(() => rmSync(clone, { recursive: true, force: true }))

/** A Node.js in PATH that is older than the one that Latchkey needs. */
const olderNode = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'node'))
  .filter((path) => existsSync(path))
  .find((path) => Number(/^v(\d+)/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' }))?.[1]) < 26)
const skip = olderNode === undefined && 'there is no older Node.js'

const run = (node: string) => latchkey(['--version'], {}, { command: [node, program()] })

test('a checkout without libraries names one and says what to run', async () => {
  const { code, stdout, stderr } = await run(process.execPath)
  assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
  assert.match(stderr, /^latchkey: the library [a-z@/.-]+ is not installed\n {2}run "npm ci" in \/.*\n$/)
})

test('an older Node.js, without the one that npm ci installs, is told how to get it', { skip }, async () => {
  const version = execFileSync(olderNode as string, ['--version'], { encoding: 'utf8' })
    .trim()
    .slice(1)
  assert.deepEqual(await run(olderNode as string), {
    code: 1,
    stdout: '',
    stderr: `latchkey: needs Node.js 26 or newer, this is ${version}\n  run "npm ci", which installs Node.js 26 in this checkout, without --omit=dev, --ignore-scripts and NODE_ENV=production\n`,
  })
})

test('an older Node.js beside the one that npm ci has installed is told how to use that one', { skip }, async () => {
  mkdirSync(join(clone, 'node_modules/.bin'), { recursive: true })
  writeFileSync(join(clone, 'node_modules/.bin/node'), '')
  const { stderr } = await run(olderNode as string)
  rmSync(join(clone, 'node_modules'), { recursive: true })
  assert.match(stderr, /\n {2}this checkout has Node\.js 26: run "npm start", "npx latchkey" or /)
})

test('libraries without the development tools, as npm ci --omit=dev installs them, run the sources', async () => {
  const { dependencies } = JSON.parse(readFileSync(join(clone, 'package.json'), 'utf8'))
  mkdirSync(join(clone, 'node_modules'))
  // Libraries of libraries lie beside them.
  const tools = new Set(['typescript', 'rolldown', '@biomejs', 'knip', 'node', '@types'])
  for (const name of readdirSync(join(root, 'node_modules')).filter(
    (each) => !each.startsWith('.') && !tools.has(each),
  )) {
    symlinkSync(join(root, 'node_modules', name), join(clone, 'node_modules', name))
  }
  for (const name of Object.keys(dependencies)) assert.ok(existsSync(join(clone, 'node_modules', name)), name)
  const { code, stdout } = await run(process.execPath)
  assert.equal(code, 0)
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/)
})
