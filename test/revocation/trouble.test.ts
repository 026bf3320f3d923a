import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { watchTrouble } from '../../src/revocation/trouble.ts'

function watch() {
  const lines: { level: number; msg: string; times: number; why?: string; lasted_ms?: number }[] = []
  let now = 0
  const log = pino({ base: null, timestamp: false }, { write: (line) => lines.push(JSON.parse(line)) })
  const trouble = watchTrouble(log, 'it fails', () => now)
  const at = (ms: number, act: () => void) => {
    now = ms
    act()
    return lines.splice(0)
  }
  return { at, trouble }
}

test('trouble is told when it begins, every ten seconds while it lasts, and when it is over', () => {
  const { at, trouble } = watch()
  const meet = () => trouble.meet({ why: 'cut off' })
  assert.deepEqual(at(1000, meet), [{ level: 40, msg: 'it fails', why: 'cut off', times: 1 }])
  for (let ms = 1100; ms < 11_000; ms += 100) assert.deepEqual(at(ms, meet), [])
  assert.deepEqual(at(11_000, meet), [{ level: 40, msg: 'it fails', why: 'cut off', times: 101 }])
  assert.deepEqual(at(12_000, trouble.end), [{ level: 30, msg: 'it fails: over', times: 101, lasted_ms: 11_000 }])
  assert.deepEqual(at(13_000, trouble.end), [])
})

test('trouble that comes and goes fills no log either', () => {
  const { at, trouble } = watch()
  const told = Array.from({ length: 100 }, (_, i) =>
    at(i * 100, () => {
      trouble.meet({})
      trouble.end()
    }),
  )
  assert.equal(told.flat().length, 2)
})
