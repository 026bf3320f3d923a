import cluster from 'node:cluster'
import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Settings } from '../config/table.ts'
import { answerMetricsRequests } from '../http/cluster-metrics.ts'
import { createLogger } from '../operation/log.ts'
import { watchPulse } from './pulse.ts'
import { type EndingSignal, endingSignals } from './signals.ts'
import { CommandError } from './terminal.ts'

/** A worker that still runs after this time is killed, so that the service has ended after 10 s. */
const exit_ms = 9_800
/** A repeated signal is ignored for this time. npm forwards a signal that the terminal sends to npm's children too. */
const repeat_ms = 500
/** Pause before a dead worker is replaced. It doubles up to the last value. A worker that lives longer resets it. */
const firstPause_ms = 100
const lastPause_ms = 10_000

/** Message of a worker to the primary: the worker listens. */
export interface Ready {
  type: 'latchkey:ready'
  address: string
}

interface Exit {
  code: number | null
  signal: string | null
}

interface RunningWorker {
  pid: number
  kill: (signal: NodeJS.Signals) => void
  /** Undefined if the worker ended before it listened. */
  address: Promise<string | undefined>
  ended: Promise<Exit>
}

interface Pool {
  running: Set<RunningWorker>
  stopping: boolean
  log: ReturnType<typeof createLogger>
}

/**
 * Runs workers on one port until SIGTERM, SIGINT or SIGHUP. Each worker is a node of the fleet. Replaces workers that
 * die or hang.
 * @param listening called once, when all workers listen
 * @throws CommandError if the database is SQLite
 */
export async function runWorkers(
  settings: Settings,
  workers: number,
  listening: (address: string) => void,
): Promise<void> {
  if (settings.DATABASE_URL.startsWith('sqlite:')) {
    throw new CommandError(
      `--workers ${workers} needs PostgreSQL: each worker is a node, and an SQLite file has only one node`,
      2,
    )
  }
  const pool: Pool = { running: new Set(), stopping: false, log: createLogger(settings) }
  answerMetricsRequests()
  stopOnSignal(pool)
  // One worker starts first, so that wrong settings, a used port or a missing database are reported only once.
  const first = start(pool)
  const address = await first.address
  if (address === undefined) {
    const { code } = await first.ended
    process.exitCode = code ?? 1
    return
  }
  const others = Array.from({ length: workers - 1 }, () => start(pool))
  for (const worker of [first, ...others]) void superviseWorker(pool, worker)
  await Promise.all(others.map((worker) => worker.address))
  listening(address)
}

function start({ running, log }: Pool): RunningWorker {
  const worker = cluster.fork()
  // A message to a worker that has just ended fails (EPIPE). The worker's exit is handled below.
  worker.on('error', () => {})
  const ended = new Promise<Exit>((resolve) => {
    worker.once('exit', (code: number | null, signal: string | null) => resolve({ code, signal }))
  })
  const listens = new Promise<string>((resolve) => {
    worker.on('message', ({ type, address }: Ready) => {
      if (type === 'latchkey:ready') resolve(address)
    })
  })
  const started: RunningWorker = {
    pid: worker.process.pid as number,
    kill: (signal) => worker.process.kill(signal),
    address: Promise.race([listens, ended.then(() => undefined)]),
    ended,
  }
  running.add(started)
  void ended.then(() => running.delete(started))
  void listens.then(() => {
    const end = watchPulse(worker, () => {
      log.error({ worker: started.pid }, 'a worker does not answer and will be ended')
      started.kill('SIGKILL')
    })
    void ended.then(end)
  })
  return started
}

/** Replaces the worker each time that it dies, until the service stops. */
async function superviseWorker(pool: Pool, first: RunningWorker): Promise<void> {
  let pause_ms = firstPause_ms
  for (let worker = first; ; worker = start(pool)) {
    const since_ms = performance.now()
    const { code, signal } = await worker.ended
    if (pool.stopping) return
    if (performance.now() - since_ms > lastPause_ms) pause_ms = firstPause_ms
    pool.log.error({ worker: worker.pid, code, signal, pause_ms }, 'a worker has died and will be replaced')
    await sleep(pause_ms)
    if (pool.stopping) return
    pause_ms = Math.min(pause_ms * 2, lastPause_ms)
  }
}

/** The first signal goes to every worker. The second signal kills all workers. */
function stopOnSignal(pool: Pool): void {
  let since_ms: number | undefined
  const onSignal = (signal: EndingSignal) => {
    if (since_ms === undefined) {
      since_ms = performance.now()
      void shutDown(pool, signal)
    } else if (performance.now() - since_ms > repeat_ms) {
      killAll(pool, 128 + constants.signals[signal])
    }
  }
  for (const signal of endingSignals) process.on(signal, onSignal)
}

async function shutDown(pool: Pool, signal: NodeJS.Signals): Promise<void> {
  pool.stopping = true
  const workers = [...pool.running]
  pool.log.info({ signal, workers: workers.length }, 'shutting down')
  setTimeout(() => killAll(pool, 1), exit_ms).unref()
  for (const worker of workers) worker.kill(signal)
  const exits = await Promise.all(workers.map(({ ended }) => ended))
  process.exit(exits.every(({ code }) => code === 0) ? 0 : 1)
}

function killAll({ running }: Pool, code: number): never {
  for (const worker of running) worker.kill('SIGKILL')
  process.exit(code)
}
