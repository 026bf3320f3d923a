import { parseArgs } from 'node:util'
import { everyFault, everyVerifierFault, type Fault } from '../test/fleet/faults.ts'
import { startGuarded } from '../test/fleet/guarded.ts'
import { noTally, runRound, startExperiment, type Tally } from '../test/fleet/rounds.ts'
import { createRandom } from '../test/revocation/protocol/simulation/random.ts'
import { startFleet } from '../test/support/process/fleet.ts'

/**
 * Three real nodes and a real PostgreSQL, with faults:
 *   node bench/partition.ts [--rounds 200] [--seed 1] [--faults TEXT] [--pause 5000] [--gap 0]
 *   node bench/partition.ts --verifiers postgres|sqlite ...     two verifiers, behind two nodes or behind one server
 * `--faults` selects faults by a part of their name. `--gap` is the mean pause (ms) between requests of one connection.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    faults: { type: 'string', default: '' },
    pause: { type: 'string', default: '5000' },
    gap: { type: 'string', default: '0' },
    lease: { type: 'string', default: '300' },
    verifiers: { type: 'string' },
  },
})
const lease_ms = Number(values.lease)
const connections = 64

const gap_ms = Number(values.gap)
const pause_ms = Number(values.pause)

async function startNodes() {
  const settings = { LEASE_MS: String(lease_ms), TOKEN_TTL_SECONDS: '86400' }
  const fleet = await startFleet([settings, settings, settings])
  const experiment = await startExperiment(fleet, lease_ms, connections, gap_ms)
  const remove = async () => {
    experiment.load.stop()
    await fleet.remove()
  }
  return { experiment, remove, faults: everyFault(pause_ms) }
}

async function startVerifiers(kind: 'sqlite' | 'postgres') {
  const guarded = await startGuarded(kind, { lease_ms, connections, gap_ms })
  const faults = everyVerifierFault(pause_ms).filter(({ name }) => kind === 'postgres' || !name.startsWith('database'))
  if (kind === 'postgres') return { ...guarded, faults }
  const byCommand: Fault = {
    name: 'no fault, revoked by a command',
    // From the next round on.
    begin() {
      guarded.experiment.revokeById = guarded.byCommand
    },
    end: () => {},
  }
  return { ...guarded, faults: [...faults, byCommand] }
}

const { verifiers } = values
const isKind = verifiers === 'postgres' || verifiers === 'sqlite'
const { experiment, remove, faults } = isKind ? await startVerifiers(verifiers) : await startNodes()
const tallies: Record<string, Tally> = {}
try {
  for (const fault of faults) {
    if (!fault.name.includes(values.faults)) continue
    const random = createRandom(Number(values.seed))
    experiment.tally = noTally()
    tallies[fault.name] = experiment.tally
    for (let round = 0; round < Number(values.rounds); round++) await runRound(experiment, fault, random)
    console.log(JSON.stringify({ fault: fault.name, seed: values.seed, ...experiment.tally }))
  }
} catch (cause) {
  throw new Error(JSON.stringify(experiment.tally), { cause })
} finally {
  await remove()
}
console.table(
  Object.fromEntries(
    Object.entries(tallies).map(([fault, tally]) => [
      fault,
      {
        rounds: tally.rounds,
        requests: tally.requests,
        'after the answer': tally.after,
        'stale accepts': tally.stale,
        wrong: tally.wrong,
        'refused (503)': `${((100 * tally.refused) / Math.max(1, tally.partitioned)).toFixed(1)} %`,
        broken: tally.broken,
        'slowest ms': Math.round(tally.slowest_ms),
        'answered during': `${tally.answeredDuring} of ${tally.answered}`,
        'waited ms at most': tally.waited_ms,
      },
    ]),
  ),
)
if (Object.values(tallies).some(({ stale, wrong }) => stale + wrong > 0)) process.exitCode = 1
