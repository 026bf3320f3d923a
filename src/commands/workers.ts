import cluster from 'node:cluster'
import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Settings } from '../config/table.ts'
import { answerWorkers } from '../http/cluster-metrics.ts'
import { createLogger } from '../operation/log.ts'
import { CommandError } from './terminal.ts'

/** A worker ends by itself before; one that hangs is killed, so that all have left after 10 s. */
const leave_ms = 9_800
/** npm passes on a signal that the terminal has sent to everyone, so that one Ctrl-C arrives twice. */
const echo_ms = 500
/** Before a worker that died is replaced: doubled each time up to the last, until one has lived for that long. */
const firstPause_ms = 100
const lastPause_ms = 10_000

/** What a worker tells its primary once it listens. */
export interface Ready {
  type: 'latchkey:ready'
  address: string
}

interface Ended {
  code: number | null
  signal: string | null
}

interface Running {
  pid: number
  kill: (signal: NodeJS.Signals) => void
  /** Undefined if it ended before it listened. */
  address: Promise<string | undefined>
  ended: Promise<Ended>
}

interface Crew {
  running: Set<Running>
  leaving: boolean
  log: ReturnType<typeof createLogger>
}

/**
 * Runs workers on one port, each a node of the fleet, and replaces those that die, until SIGTERM or SIGINT.
 * @param listening called once, when all have started
 * @throws CommandError if the database is a file
 */
export async function runWorkers(
  settings: Settings,
  workers: number,
  listening: (address: string) => void,
): Promise<void> {
  if (settings.DATABASE_URL.startsWith('sqlite:')) {
    throw new CommandError(
      `--workers ${workers} needs PostgreSQL: each worker is a node of its own, and an SQLite file has one node`,
      2,
    )
  }
  const crew: Crew = { running: new Set(), leaving: false, log: createLogger(settings) }
  answerWorkers()
  leaveOnSignal(crew)
  // What is wrong with the settings, the port or the database, one worker says for all.
  const first = start(crew)
  const address = await first.address
  if (address === undefined) {
    const { code } = await first.ended
    process.exitCode = code ?? 1
    return
  }
  const others = Array.from({ length: workers - 1 }, () => start(crew))
  for (const worker of [first, ...others]) void keepFilled(crew, worker)
  await Promise.all(others.map((worker) => worker.address))
  listening(address)
}

function start({ running }: Crew): Running {
  const worker = cluster.fork()
  // A message to a worker that has just ended fails (EPIPE). The exit of the worker is what counts.
  worker.on('error', () => {})
  const ended = new Promise<Ended>((resolve) => {
    worker.once('exit', (code: number | null, signal: string | null) => resolve({ code, signal }))
  })
  const listens = new Promise<string>((resolve) => {
    worker.on('message', ({ type, address }: Ready) => {
      if (type === 'latchkey:ready') resolve(address)
    })
  })
  const one: Running = {
    pid: worker.process.pid as number,
    kill: (signal) => worker.process.kill(signal),
    address: Promise.race([listens, ended.then(() => undefined)]),
    ended,
  }
  running.add(one)
  void ended.then(() => running.delete(one))
  return one
}

/** Puts another worker in the place of one that died, for as long as the crew stays. */
async function keepFilled(crew: Crew, first: Running): Promise<void> {
  let pause_ms = firstPause_ms
  for (let worker = first; ; worker = start(crew)) {
    const since_ms = performance.now()
    const { code, signal } = await worker.ended
    if (crew.leaving) return
    if (performance.now() - since_ms > lastPause_ms) pause_ms = firstPause_ms
    crew.log.error({ worker: worker.pid, code, signal, pause_ms }, 'a worker has died; another one takes its place')
    await sleep(pause_ms)
    if (crew.leaving) return
    pause_ms = Math.min(pause_ms * 2, lastPause_ms)
  }
}

/** The first signal goes to every worker, the second one ends all at once. */
function leaveOnSignal(crew: Crew): void {
  let since_ms: number | undefined
  const onSignal = (signal: 'SIGTERM' | 'SIGINT') => {
    if (since_ms === undefined) {
      since_ms = performance.now()
      void leave(crew, signal)
    } else if (performance.now() - since_ms > echo_ms) {
      end(crew, 128 + constants.signals[signal])
    }
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
}

async function leave(crew: Crew, signal: NodeJS.Signals): Promise<void> {
  crew.leaving = true
  const workers = [...crew.running]
  crew.log.info({ signal, workers: workers.length }, 'leaving')
  setTimeout(() => end(crew, 1), leave_ms).unref()
  for (const worker of workers) worker.kill(signal)
  const all = await Promise.all(workers.map(({ ended }) => ended))
  process.exit(all.every(({ code }) => code === 0) ? 0 : 1)
}

function end({ running }: Crew, code: number): never {
  for (const worker of running) worker.kill('SIGKILL')
  process.exit(code)
}
