import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { runFileSchedule } from '../test/revocation/protocol/simulation/file.ts'
import {
  answerMutations,
  livenessMutations,
  namedMutations,
  otherMutations,
  rareMutations,
} from '../test/revocation/protocol/simulation/mutations.ts'
import { newsMutations, rareNewsMutations } from '../test/revocation/protocol/simulation/news-mutations.ts'
import { type Outcome, runSchedule } from '../test/revocation/protocol/simulation/schedule.ts'
import {
  fileMutations,
  rareFileMutations,
  verifierMutations,
} from '../test/revocation/protocol/simulation/verifier-mutations.ts'

/**
 * The revocation protocol under seeded schedules:
 *   node bench/simulate.ts [--schedules 1000000] [--first 1]    run that many, from that seed
 *   node bench/simulate.ts --file ...                           the same for servers on SQLite
 *   node bench/simulate.ts --seed 42 [--mutation NAME]          replay one and print every event
 *   node bench/simulate.ts --hosts 100 --verifiers 1000 [--first 1]   run one schedule of this size
 *   node bench/simulate.ts --mutations [--schedules 100000]     how many seeds it takes to detect each broken protocol
 */
const usage = {
  schedules: { type: 'string' },
  first: { type: 'string' },
  seed: { type: 'string' },
  file: { type: 'boolean', default: false },
} as const
const fleetMutations = [
  ...namedMutations,
  ...otherMutations,
  ...verifierMutations,
  ...newsMutations,
  ...answerMutations,
  ...rareMutations,
  ...rareNewsMutations,
  ...livenessMutations,
]

/** The results of a range of seeds. */
type Totals = Record<'schedules' | Exclude<keyof Outcome, 'violation'>, number> & { violations: [number, string][] }

function noTotals(): Totals {
  return { schedules: 0, events: 0, checks: 0, asks: 0, revocations: 0, effective: 0, violations: [] }
}

function add(sum: Totals, more: Totals): void {
  for (const key of ['schedules', 'events', 'checks', 'asks', 'revocations', 'effective'] as const)
    sum[key] += more[key]
  sum.violations.push(...more.violations)
}

function runRange(first: number, count: number, file: boolean): Totals {
  const run = file ? runFileSchedule : runSchedule
  const totals = noTotals()
  for (let seed = first; seed < first + count; seed++) {
    const { violation, ...counts } = run(seed)
    add(totals, { schedules: 1, ...counts, violations: violation === undefined ? [] : [[seed, violation]] })
  }
  return totals
}

/** Splits the seeds among the cores. Each worker reports after every slice. */
async function runAll(first: number, count: number, file: boolean): Promise<Totals> {
  const totals = noTotals()
  const workers = Math.min(availableParallelism(), count)
  const share = Math.ceil(count / workers)
  const runs = Array.from({ length: workers }, (_, i) => {
    const from = first + i * share
    return runWorker({ first: from, count: Math.min(share, first + count - from), file }, (part) => {
      add(totals, part)
      if (process.stderr.isTTY) process.stderr.write(`\r${totals.schedules} of ${count}`)
    })
  })
  await Promise.all(runs)
  if (process.stderr.isTTY) process.stderr.write('\r')
  return totals
}

interface Share {
  first: number
  count: number
  file: boolean
}

function runWorker(share: Share, report: (part: Totals) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: share })
    worker.on('message', report)
    worker.on('error', reject)
    worker.on('exit', () => resolve())
  })
}

function work({ first, count, file }: Share): void {
  const slice = 5000
  for (let done = 0; done < count; done += slice) {
    parentPort?.postMessage(runRange(first + done, Math.min(slice, count - done), file))
  }
}

async function measure(first: number, count: number, file: boolean): Promise<void> {
  const began_ms = performance.now()
  const totals = await runAll(first, count, file)
  const took_s = (performance.now() - began_ms) / 1000
  const { violations, ...counts } = totals
  console.log({
    ...counts,
    violations: violations.length,
    took_s: Math.round(took_s),
    schedules_per_s: Math.round(count / took_s),
  })
  for (const [seed, violation] of violations.slice(0, 20)) console.log(`--seed ${seed}: ${violation}`)
  if (violations.length > 0 || totals.schedules < count) process.exitCode = 1
}

function measureMutations(limit: number, file: boolean): void {
  const run = file ? runFileSchedule : runSchedule
  for (const mutation of file ? [...fileMutations, ...rareFileMutations] : fleetMutations) {
    let seed = 1
    while (seed <= limit && run(seed, mutation).violation === undefined) seed++
    console.log(seed <= limit ? `${String(seed).padStart(7)} ` : '  never ', mutation.name)
    if (seed > limit) process.exitCode = 1
  }
}

function runLarge(seed: number, size: { hosts: number; verifiers: number }): void {
  const { violation = 'no violation', ...counts } = runSchedule(seed, { name: 'large', size })
  console.log({ ...size, ...counts, violation })
}

function replay(seed: number, name: string | undefined, file: boolean): void {
  const mutation = [...fleetMutations, ...fileMutations, ...rareFileMutations].find((known) => known.name === name)
  if (name !== undefined && mutation === undefined) throw new Error(`no mutation is called ${name}`)
  const { violation } = (file ? runFileSchedule : runSchedule)(seed, mutation, console.log)
  console.log(violation ?? 'no violation')
}

if (isMainThread) {
  const { values } = parseArgs({
    options: {
      ...usage,
      mutation: { type: 'string' },
      mutations: { type: 'boolean' },
      hosts: { type: 'string' },
      verifiers: { type: 'string' },
    },
  })
  const { schedules, first = '1', seed, mutation, mutations, file, hosts, verifiers } = values
  if (hosts !== undefined) runLarge(Number(first), { hosts: Number(hosts), verifiers: Number(verifiers ?? 0) })
  else if (seed !== undefined) replay(Number(seed), mutation, file)
  else if (mutations) measureMutations(Number(schedules ?? 100_000), file)
  else await measure(Number(first), Number(schedules ?? 1_000_000), file)
} else {
  work(workerData)
}
