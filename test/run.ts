// Runs the tests: all of them, or the files named as arguments. A PostgreSQL server runs beside them: the server that
// TEST_DATABASE_URL names, or one of our own. With --fast only those tests run that need no PostgreSQL, no other process and
// no browser.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createPostgres } from './support/process/postgres.ts'

const fast = process.argv.includes('--fast')
const named = process.argv.slice(2).filter((argument) => argument !== '--fast')
const all = named.length > 0 ? named : globSync('test/**/*.test.ts')
/** A file that imports one of these starts something beside itself. */
const slowImport = /from '(node:child_process|[./\w]+\/support\/process\/\w+\.ts)'/
/** A hook outside of a suite holds for all files of a process, and a measurement of memory sees them all. */
const ofItsProcess = /^(before|after)(Each)?\(|process\.memoryUsage\(/m
const texts = new Map(all.map((path) => [path, readFileSync(path, 'utf8')]))
const inProcess = all.filter((path) => !slowImport.test(texts.get(path) ?? ''))
const groupable = named.length > 0 ? [] : inProcess.filter((path) => !ofItsProcess.test(texts.get(path) ?? ''))

/** Files that start nothing share processes. Most of them load the whole service, which takes as long as their tests. */
const processes = 24
const folder = mkdtempSync(join(tmpdir(), 'latchkey-groups-'))
const groups = Array.from({ length: groupable.length > 0 ? processes : 0 }, (_, nth) => {
  const members = groupable.filter((_, i) => i % processes === nth).map((path) => pathToFileURL(resolve(path)).href)
  const group = join(folder, `group-${nth}.mjs`)
  writeFileSync(group, members.map((url) => `await import('${url}')\n`).join(''))
  return group
})
const alone = (fast ? inProcess : all).filter((path) => !groupable.includes(path))
const files = [...groups, ...alone]

const given = process.env.TEST_DATABASE_URL
const server = fast || given ? undefined : await createPostgres()
// Most processes load the same sources.
const NODE_COMPILE_CACHE = join(import.meta.dirname, '../node_modules/.cache/latchkey-tests')
const tests = spawn(
  process.execPath,
  ['--test', '--test-reporter=spec', '--test-timeout=240000', '--test-concurrency=4', ...files],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      NODE_COMPILE_CACHE,
      ...(fast ? { TEST_FAST: '1' } : { TEST_DATABASE_URL: given ?? server?.url }),
    },
  },
)
// Ctrl-C in a terminal reaches the tests as well. The server is removed when they have ended.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => tests.kill('SIGTERM'))
const [code] = await once(tests, 'exit')
await server?.remove()
rmSync(folder, { recursive: true })
process.exitCode = code ?? 1
