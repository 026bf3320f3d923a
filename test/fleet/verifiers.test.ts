import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { createRandom } from '../revocation/protocol/simulation/random.ts'
import { everyVerifierFault, type Fault } from './faults.ts'
import { type Guarded, startGuarded } from './guarded.ts'
import { noTally, runRound } from './rounds.ts'

const lease_ms = 600
const seed = Number(process.env.PARTITION_SEED ?? randomInt(2 ** 31))
/** The bench runs more. */
const options = { lease_ms, connections: 16, gap_ms: 25 }
const faults = everyVerifierFault(3 * lease_ms)
const noFault: Fault = { name: 'no fault', begin: () => {}, end: () => {} }

async function run({ experiment }: Guarded, fault: Fault, index: number): Promise<void> {
  experiment.tally = noTally()
  const replay = `replay with PARTITION_SEED=${seed}: ${fault.name}`
  await runRound(experiment, fault, createRandom(seed + index)).catch((cause) => {
    throw new Error(replay, { cause })
  })
  const { stale, wrong, requests, after: later } = experiment.tally
  assert.deepEqual({ stale, wrong }, { stale: 0, wrong: 0 }, replay)
  assert.ok(requests > later, 'too little happened')
}

describe('verifiers with faults', () => {
  let guarded: Guarded
  before(async () => {
    guarded = await startGuarded('postgres', options)
  })
  after(() => guarded?.remove())

  for (const [index, fault] of faults.entries()) {
    test(`no verifier accepts a token after its revocation is answered: ${fault.name}`, () =>
      run(guarded, fault, index))
  }
})

describe('verifiers with faults on SQLite', () => {
  let guarded: Guarded
  before(async () => {
    guarded = await startGuarded('sqlite', options)
  })
  after(() => guarded?.remove())

  // The network between a verifier and its server is the same as above.
  const own = faults.filter(({ name, onServer }) => onServer || name.startsWith('a verifier'))
  for (const [index, fault] of own.entries()) {
    test(`no verifier accepts a token after its revocation is answered: ${fault.name}`, () =>
      run(guarded, fault, index))
  }

  test('no verifier accepts a token after a command beside the server has revoked it', async () => {
    guarded.experiment.revokeById = guarded.byCommand
    await run(guarded, noFault, 99)
  })
})
