// Runs the tests: all of them, or the files named as arguments. A PostgreSQL server runs beside them: the server that
// TEST_DATABASE_URL names, or one of our own. With --fast only those tests run that need no PostgreSQL, no other process and
// no browser.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createPostgres } from './support/process/postgres.ts'

const fast = process.argv.includes('--fast')
const named = process.argv.slice(2).filter((argument) => argument !== '--fast')
const all = named.length > 0 ? named : globSync('test/**/*.test.ts')
/** A file that imports one of these starts something beside itself. */
const slowImport = /from '(node:child_process|[./\w]+\/support\/process\/\w+\.ts)'/
const files = fast ? all.filter((path) => !slowImport.test(readFileSync(path, 'utf8'))) : all

const given = process.env.TEST_DATABASE_URL
const server = fast || given ? undefined : await createPostgres()
// Every test file is a process of its own, and most of them load the same sources.
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
process.exitCode = code ?? 1
