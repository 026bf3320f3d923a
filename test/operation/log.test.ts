import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'

/** Logs the requested number of lines, and prints how often the logger has waited for its reader. */
const writer = `
import { createInterface } from 'node:readline'
import { createLogger } from '${join(import.meta.dirname, '../../src/operation/log.ts')}'
// The getter makes a full pipe answer EAGAIN, as in the service.
process.stdout
const log = createLogger({ LOG_LEVEL: 'info' })
let waits = 0
Atomics.wait = () => { waits++; return 'timed-out' }
let number = 0
for await (const line of createInterface({ input: process.stdin })) {
  for (let i = 0; i < Number(line); i++) log.info({ number: number++, padding: 'x'.repeat(i % 2 === 0 ? 10_000 : 10) }, 'a line')
  process.stderr.write(waits + '\\n')
}
`

test('the logger waits once for a stopped reader, drops lines, and never writes a partial line', async (t) => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', writer], { stdio: ['pipe', 'pipe', 'pipe'] })
  t.after(() => child.kill())
  const answers = createInterface({ input: child.stderr })[Symbol.asyncIterator]()
  const log = async (lines: number) => {
    child.stdin.write(`${lines}\n`)
    return Number((await answers.next()).value)
  }
  const waited = await log(1000)
  assert.ok(waited > 0)
  assert.deepEqual([await log(1000), await log(1000)], [waited, waited], 'the logger waited for one line only')

  const read: string[] = []
  const lines = createInterface({ input: child.stdout }).on('line', (line) => read.push(line))
  // The rest of a partly written line goes out with the next line.
  while (!read.some((line) => JSON.parse(line).number >= 3000)) await log(1)
  assert.ok(read.length < 1000)
  child.stdin.end()
  await once(lines, 'close')
  for (const line of read) assert.equal(JSON.parse(line).msg, 'a line')
})
