import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { createRandom } from '../revocation/protocol/simulation/random.ts'
import { type Fleet, startFleet } from '../support/process/fleet.ts'
import { everyFault } from './faults.ts'
import { type Field, noTally, openField, runRound } from './rounds.ts'

const lease_ms = 300
/** Five leases: a node wakes up long after everybody has stopped waiting for it. */
const faults = everyFault(5 * lease_ms)
const rounds = 2
/** A machine that runs other tests besides needs some of its time for them; the bench asks without a pause. */
const gap_ms = 25

describe('a fleet in trouble', () => {
  const start = Number(process.env.PARTITION_START ?? randomInt(2 ** 31))
  let fleet: Fleet
  let field: Field

  before(async () => {
    const settings = { LEASE_MS: String(lease_ms), TOKEN_TTL_SECONDS: '86400' }
    fleet = await startFleet([settings, settings, { ...settings, ON_STALE: 'refuse' }])
    field = await openField(fleet, lease_ms, 64, gap_ms)
  })
  after(async () => {
    field?.load.stop()
    await fleet?.remove()
  })

  for (const [index, fault] of faults.entries()) {
    test(`no node accepts a token once its revocation has been answered: ${fault.name}`, async () => {
      const random = createRandom(start + index)
      field.tally = noTally()
      const again = `again with PARTITION_START=${start}: ${fault.name}`
      for (let round = 0; round < rounds; round++) {
        await runRound(field, fault, random).catch((cause) => {
          throw new Error(again, { cause })
        })
      }
      const { stale, wrong, after: later, answered, requests } = field.tally
      assert.deepEqual({ stale, wrong }, { stale: 0, wrong: 0 }, again)
      assert.ok(requests > later && (later > 0 || answered === 0), 'too little happened')
    })
  }
})
