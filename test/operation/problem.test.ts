import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { watchProblem } from '../../src/operation/problem.ts'

function watch() {
  const lines: { level: number; msg: string; times: number; why?: string; lasted_ms?: number }[] = []
  let now = 0
  const log = pino({ base: null, timestamp: false }, { write: (line) => lines.push(JSON.parse(line)) })
  const problem = watchProblem(log, 'it fails', () => now)
  const at = (ms: number, act: () => void) => {
    now = ms
    act()
    return lines.splice(0)
  }
  return { at, problem }
}

test('a problem is logged when it begins, every ten seconds while it lasts, and when it is over', () => {
  const { at, problem } = watch()
  const fail = () => problem.occurred({ why: 'cut off' })
  assert.deepEqual(at(1000, fail), [{ level: 40, msg: 'it fails', why: 'cut off', times: 1 }])
  for (let ms = 1100; ms < 11_000; ms += 100) assert.deepEqual(at(ms, fail), [])
  assert.deepEqual(at(11_000, fail), [{ level: 40, msg: 'it fails', why: 'cut off', times: 101 }])
  assert.deepEqual(at(12_000, problem.resolved), [
    { level: 30, msg: 'it fails: resolved', times: 101, lasted_ms: 11_000 },
  ])
  assert.deepEqual(at(13_000, problem.resolved), [])
})

test('a problem that comes and goes does not fill the log', () => {
  const { at, problem } = watch()
  const logged = Array.from({ length: 100 }, (_, i) =>
    at(i * 100, () => {
      problem.occurred({})
      problem.resolved()
    }),
  )
  assert.equal(logged.flat().length, 2)
})
