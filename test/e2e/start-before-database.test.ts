import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { latchkey, program } from '../support/process/latchkey.ts'
import { createPostgres, freePort } from '../support/process/postgres.ts'
import { quickSettings } from '../support/service.ts'

/** Starts `latchkey …` and resolves when its output contains the text. */
async function startUntil(args: string[], settings: Record<string, string>, text: string) {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: '/',
    env: { PATH: process.env.PATH, ...quickSettings, LOG_LEVEL: 'info', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  const closed = once(child, 'close')
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (part: string) => {
      output[name] += part
    })
  }
  while (!`${output.stdout}${output.stderr}`.includes(text)) {
    await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), closed])
    if (child.exitCode !== null) break
  }
  return { child, output, closed }
}

test('serve and a command wait for a PostgreSQL server that starts after them, and say so once', async (t) => {
  const postgres = await createPostgres()
  t.after(postgres.remove)
  await postgres.stop()
  const DATABASE_URL = postgres.url.replace('postgres@', 'postgres:between-us@')
  const waits = `PostgreSQL at 127.0.0.1:${postgres.port}/postgres cannot be reached yet`
  const server = await startUntil(['serve'], { DATABASE_URL }, waits)
  t.after(() => server.child.kill('SIGKILL'))
  const command = await startUntil(['db', 'migrate'], { DATABASE_URL }, waits)
  await postgres.start()
  assert.deepEqual(await command.closed, [0, null])
  assert.match(command.output.stdout, /^applied 0001-initial|^the schema is up to date/)
  assert.equal(
    command.output.stderr,
    `latchkey: ${waits} (connect ECONNREFUSED 127.0.0.1:${postgres.port}); waiting for up to 60 s\n`,
  )
  while (!server.output.stdout.includes('Latchkey listens on')) await once(server.child.stdout, 'data')
  assert.equal(server.output.stdout.split('cannot be reached yet').length, 2)
  assert.ok(!JSON.stringify([server.output, command.output]).includes('between-us'))
})

test('a start that waits in vain ends with exit code 1 and one clear line', async () => {
  const DATABASE_URL = `postgres://u:between-us@127.0.0.1:${await freePort()}/d`
  for (const args of [['serve'], ['user', 'list']]) {
    const { code, stderr } = await latchkey(args, { DATABASE_URL, START_TIMEOUT_S: '1', LOG_LEVEL: 'silent' })
    assert.equal(code, 1)
    assert.match(stderr, /latchkey: DATABASE_URL: cannot open the database: connect ECONNREFUSED [^\n]+\n$/)
    assert.ok(!stderr.includes('between-us'))
  }
})

test('a host name that is not registered yet is waited for', async (t) => {
  const { child, closed, output } = await startUntil(
    ['serve'],
    { DATABASE_URL: 'postgres://u@not-yet.invalid/d' },
    'cannot be reached yet',
  )
  t.after(() => child.kill('SIGKILL'))
  assert.match(output.stdout, /getaddrinfo (ENOTFOUND|EAI_AGAIN) not-yet.invalid/)
  child.kill('SIGTERM')
  assert.deepEqual(await closed, [143, null])
})

test('Ctrl-C ends a start that waits, at once', async (t) => {
  const settings = { DATABASE_URL: `postgres://u@127.0.0.1:${await freePort()}/d`, START_TIMEOUT_S: '3600' }
  for (const [args, code] of [
    [['serve'], [130, null]],
    [
      ['user', 'list'],
      [null, 'SIGINT'],
    ],
    [
      ['serve', '--workers', '2'],
      [1, null],
    ],
  ] as const) {
    const { child, closed } = await startUntil([...args], settings, 'cannot be reached yet')
    t.after(() => child.kill('SIGKILL'))
    child.kill('SIGINT')
    assert.deepEqual(await closed, code)
  }
})

test('a URL with a socket folder, an empty host and a port connects', async (t) => {
  const postgres = await createPostgres()
  t.after(postgres.remove)
  for (const url of [
    `postgres://postgres:pass@/postgres?host=${encodeURIComponent(postgres.socketFolder)}&port=${postgres.port}`,
    `postgres://postgres:pass@/postgres?host=${postgres.socketFolder}&port=${postgres.port}`,
    `postgres://postgres@${encodeURIComponent(postgres.socketFolder)}:${postgres.port}/postgres`,
    `postgres://postgres@127.0.0.1:${postgres.port}/postgres?sslmode=disable`,
    `postgres://postgres@127.0.0.1:${postgres.port}/postgres?sslmode=prefer`,
    `postgres://postgres@127.0.0.1:${postgres.port}/postgres?sslmode=allow`,
  ]) {
    const { code, stdout, stderr } = await latchkey(['user', 'list'], { DATABASE_URL: url })
    assert.deepEqual({ url, code, stderr }, { url, code: 0, stderr: '' })
    assert.match(stdout, /EMAIL/)
  }
  const DATABASE_URL = `postgres://postgres@127.0.0.1:${postgres.port}/postgres?sslmode=require`
  const refused = await latchkey(['user', 'list'], { DATABASE_URL })
  assert.deepEqual(refused, {
    code: 1,
    stdout: '',
    stderr: 'latchkey: DATABASE_URL: cannot open the database: The server does not support SSL connections\n',
  })
})
