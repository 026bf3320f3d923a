// A signal to npm ends the server that npm has started.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { createSqlite } from '../support/databases.ts'

const root = join(import.meta.dirname, '../..')

for (const [command, ...args] of [
  ['npm', 'start'],
  ['npx', 'latchkey', 'serve'],
] as const) {
  test(`SIGTERM to "${[command, ...args].join(' ')}" ends the server`, async (t) => {
    const database = await createSqlite()
    t.after(database.remove)
    const npm = spawn(command, args, {
      cwd: root,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, PORT: '0', DATABASE_URL: database.url, LOG_LEVEL: 'info' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    npm.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    t.after(() => {
      for (const [, pid] of output.matchAll(/"pid":(\d+),.*listening at/g)) kill(Number(pid))
    })
    while (!output.includes('listening at')) await once(npm.stdout, 'data')
    // npm, its shell and the server write into one pipe, which closes when the last of them has ended.
    const ended = once(npm.stdout, 'close', { signal: t.signal })
    npm.kill()
    await ended
    assert.match(output, /"signal":"SIGTERM","msg":"shutting down"/)
  })
}

/** After a failure the server would run on. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // The process has ended.
  }
}
