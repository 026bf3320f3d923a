import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runFileSchedule } from './simulation/file.ts'
import {
  answerMutations,
  livenessMutations,
  type Mutation,
  namedMutations,
  otherMutations,
} from './simulation/mutations.ts'
import { newsMutations } from './simulation/news-mutations.ts'
import { runSchedule } from './simulation/schedule.ts'
import { fileMutations, verifierMutations } from './simulation/verifier-mutations.ts'
import { unbroken } from './simulation/world.ts'

/** Takes a few seconds. `node bench/simulate.ts` runs a million. */
const schedules = 4000

test(`no stale accept and no revocation without an answer in ${schedules} schedules`, () => {
  let effective = 0
  for (let seed = 1; seed <= schedules; seed++) {
    const outcome = runSchedule(seed)
    assert.equal(outcome.violation, undefined, `replay with: node bench/simulate.ts --seed ${seed}`)
    effective += outcome.effective
  }
  assert.ok(effective > schedules, `only ${effective} revocations were answered`)
})

test(`no stale accept by a verifier of a server on SQLite in ${schedules} schedules`, () => {
  let effective = 0
  for (let seed = 1; seed <= schedules; seed++) {
    const outcome = runFileSchedule(seed)
    assert.equal(outcome.violation, undefined, `replay with: node bench/simulate.ts --file --seed ${seed}`)
    effective += outcome.effective
  }
  assert.ok(effective > schedules, `only ${effective} revocations were answered`)
})

test('the same seed replays the same schedule', () => {
  const traces = [8, 8].map((seed) => {
    const lines: string[] = []
    runSchedule(seed, unbroken, (line) => lines.push(line))
    return lines
  })
  assert.ok((traces[0]?.length ?? 0) > 100)
  assert.deepEqual(traces[0], traces[1])
})

/** Whether one of many schedules of the broken protocol shows the violation. */
function finds(mutation: Mutation, violation: RegExp, run = runSchedule): boolean {
  for (let seed = 1; seed <= 10_000; seed++) {
    if (violation.test(run(seed, mutation).violation ?? '')) return true
  }
  return false
}

for (const mutation of [...namedMutations, ...otherMutations, ...verifierMutations, ...newsMutations]) {
  test(`finds a stale accept with ${mutation.name}`, () => {
    assert.ok(finds(mutation, /accepts/))
  })
}

for (const mutation of fileMutations) {
  test(`finds a stale accept on SQLite with ${mutation.name}`, () => {
    assert.ok(finds(mutation, /accepts/, runFileSchedule))
  })
}

for (const mutation of answerMutations) {
  test(`finds a second answer with ${mutation.name}`, () => {
    assert.ok(finds(mutation, /answered twice/))
  })
}

for (const mutation of livenessMutations) {
  test(`finds a missing or late answer with ${mutation.name}`, () => {
    assert.ok(finds(mutation, /never answered|was open after|was effective after|got no lease again/))
  })
}
