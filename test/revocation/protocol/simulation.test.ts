import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  answerMutations,
  furtherMutations,
  idleMutations,
  type Mutation,
  namedMutations,
} from './simulation/mutations.ts'
import { runSchedule } from './simulation/schedule.ts'
import { unbroken } from './simulation/world.ts'

/** A few seconds' worth; `node bench/simulate.ts` runs a million. */
const schedules = 4000

test(`no stale accept and no revocation without an answer in ${schedules} schedules`, () => {
  let effective = 0
  for (let seed = 1; seed <= schedules; seed++) {
    const outcome = runSchedule(seed)
    assert.equal(outcome.violation, undefined, `replay with: node bench/simulate.ts --seed ${seed}`)
    effective += outcome.effective
  }
  assert.ok(effective > schedules, `the schedules do something: ${effective} revocations answered`)
})

test('a seed replays exactly', () => {
  const told = [8, 8].map((seed) => {
    const lines: string[] = []
    runSchedule(seed, unbroken, (line) => lines.push(line))
    return lines
  })
  assert.ok((told[0]?.length ?? 0) > 100)
  assert.deepEqual(told[0], told[1])
})

/** @returns the first violation that the broken protocol shows */
function firstViolation(mutation: Mutation): string | undefined {
  for (let seed = 1; seed <= 10_000; seed++) {
    const { violation } = runSchedule(seed, mutation)
    if (violation !== undefined) return violation
  }
  return undefined
}

for (const mutation of [...namedMutations, ...furtherMutations]) {
  test(`finds a stale accept with ${mutation.name}`, () => {
    assert.match(firstViolation(mutation) ?? 'nothing', /accepts/)
  })
}

for (const mutation of answerMutations) {
  test(`finds a second answer with ${mutation.name}`, () => {
    assert.match(firstViolation(mutation) ?? 'nothing', /answered twice/)
  })
}

for (const mutation of idleMutations) {
  test(`finds what is never answered with ${mutation.name}`, () => {
    assert.match(
      firstViolation(mutation) ?? 'nothing',
      /never answered|was open after|was effective after|never came back/,
    )
  })
}
