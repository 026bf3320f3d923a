import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LRUCache } from 'lru-cache'
import pino from 'pino'
import { noteOnce } from '../../src/tokens/note-limit.ts'

test('a subject that comes all the time has a line in each window, not only in the first', () => {
  const lines: string[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => lines.push(line) })
  let now = 1
  const limitsNoted = new LRUCache<string, true>({ max: 10, ttl: 1000, ttlResolution: 0, perf: { now: () => now } })
  for (; now <= 3500; now += 100) noteOnce({ log, limitsNoted }, 'a', { now }, 'a line')
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).now),
    [1, 1101, 2201, 3301],
  )
})
