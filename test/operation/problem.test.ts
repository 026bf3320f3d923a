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

test('a problem is logged when it begins, less and less often while it lasts, and when it is over', () => {
  const { at, problem } = watch()
  const fail = () => problem.occurred({ why: 'cut off' })
  assert.deepEqual(at(1000, fail), [{ level: 40, msg: 'it fails', why: 'cut off', times: 1 }])
  for (let ms = 1100; ms < 11_000; ms += 100) assert.deepEqual(at(ms, fail), [])
  assert.deepEqual(at(11_000, fail), [{ level: 40, msg: 'it fails', why: 'cut off', times: 101 }])
  assert.deepEqual(at(30_000, fail), [])
  assert.deepEqual(at(31_000, fail), [{ level: 40, msg: 'it fails', why: 'cut off', times: 103 }])
  assert.deepEqual(at(32_000, problem.resolved), [
    { level: 30, msg: 'it fails: resolved', times: 103, lasted_ms: 31_000 },
  ])
  assert.deepEqual(at(33_000, problem.resolved), [])
  assert.equal(at(42_000, fail).length, 1, 'a new problem')
  const day = Array.from({ length: 1440 }, (_, minute) => at(42_000 + minute * 60_000, fail))
  assert.ok(day.flat().length < 36, 'hardly more than once an hour')
})

test('another cause of the same problem is logged immediately, at most three causes in all', () => {
  const { at, problem } = watch()
  const why = (ms: number, cause: string) => at(ms, () => problem.occurred({ why: cause })).map((line) => line.why)
  assert.deepEqual(why(1000, 'cut off'), ['cut off'])
  assert.deepEqual(why(1100, 'refused'), ['refused'])
  assert.deepEqual(why(1200, 'cut off'), [])
  assert.deepEqual(why(1300, 'closed'), ['closed'])
  assert.deepEqual(why(1400, 'full'), [])
})

test('a problem that comes and goes does not fill the log', () => {
  const { at, problem } = watch()
  const logged = Array.from({ length: 100 }, (_, i) =>
    at(i * 100, () => {
      problem.occurred({ why: 'cut off' })
      problem.resolved()
    }),
  )
  assert.equal(logged.flat().length, 2)
})
