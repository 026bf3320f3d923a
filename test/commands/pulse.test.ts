import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { watchPulse } from '../../src/commands/pulse.ts'

test('a worker hangs after five questions without an answer, and a late answer counts', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  let asked = 0
  let hangs = 0
  const worker = Object.assign(new EventEmitter(), { send: () => void asked++ })
  const end = watchPulse(worker, () => void hangs++)
  t.mock.timers.tick(10_000)
  assert.deepEqual([asked, hangs], [5, 0])
  worker.emit('message', { type: 'latchkey:metrics' })
  worker.emit('message', { type: 'latchkey:pulse' })
  t.mock.timers.tick(10_000)
  assert.deepEqual([asked, hangs], [10, 0])
  t.mock.timers.tick(2000)
  assert.deepEqual([asked, hangs], [10, 1])
  t.mock.timers.tick(60_000)
  assert.deepEqual([asked, hangs], [10, 1], 'no question to a worker that is being ended')
  end()
})
