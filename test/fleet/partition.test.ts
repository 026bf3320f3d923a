import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { createRandom } from '../revocation/protocol/simulation/random.ts'
import { type Fleet, startFleet } from '../support/process/fleet.ts'
import { everyFault } from './faults.ts'
import { type Experiment, noTally, runRound, startExperiment } from './rounds.ts'

const lease_ms = 300
/** A paused node resumes after five leases, long after every revocation has stopped waiting for the node. */
const faults = everyFault(5 * lease_ms)
const rounds = 2
/** The pause between requests leaves processor time to other tests. The bench uses no pause. */
const gap_ms = 25

describe('a fleet with faults', () => {
  const seed = Number(process.env.PARTITION_SEED ?? randomInt(2 ** 31))
  let fleet: Fleet
  let experiment: Experiment

  before(async () => {
    const settings = { LEASE_MS: String(lease_ms), TOKEN_TTL_SECONDS: '86400' }
    fleet = await startFleet([settings, settings, { ...settings, ON_STALE: 'refuse' }])
    experiment = await startExperiment(fleet, lease_ms, 64, gap_ms)
  })
  after(async () => {
    experiment?.load.stop()
    await fleet?.remove()
  })

  for (const [index, fault] of faults.entries()) {
    test(`no node accepts a token after its revocation is answered: ${fault.name}`, async () => {
      const random = createRandom(seed + index)
      experiment.tally = noTally()
      const replay = `replay with PARTITION_SEED=${seed}: ${fault.name}`
      for (let round = 0; round < rounds; round++) {
        await runRound(experiment, fault, random).catch((cause) => {
          throw new Error(replay, { cause })
        })
      }
      const { stale, wrong, after: later, answered, requests } = experiment.tally
      assert.deepEqual({ stale, wrong }, { stale: 0, wrong: 0 }, replay)
      assert.ok(requests > later && (later > 0 || answered === 0), 'too little happened')
    })
  }
})
