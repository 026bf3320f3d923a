// Runs the tests (all, or the files named as arguments) with a PostgreSQL server for them: the one that TEST_DATABASE_URL
// names, or one of our own for as long as they run.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createPostgres } from './postgres.ts'

const files = process.argv.slice(2)
const given = process.env.TEST_DATABASE_URL
const server = given ? undefined : await createPostgres()
const tests = spawn(
  process.execPath,
  [
    '--test',
    '--test-reporter=spec',
    '--test-timeout=240000',
    '--test-concurrency=2',
    ...(files.length > 0 ? files : ['test/**/*.test.ts']),
  ],
  { stdio: 'inherit', env: { ...process.env, TEST_DATABASE_URL: given ?? server?.url } },
)
// The terminal's Ctrl-C has reached them too; what was started for them goes when they have ended.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => tests.kill('SIGTERM'))
const [code] = await once(tests, 'exit')
await server?.remove()
process.exitCode = code ?? 1
