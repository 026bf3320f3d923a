import cluster from 'node:cluster'
import { flushCompileCache } from 'node:module'
import { constants } from 'node:os'
import { readEnvironment } from '../config/reader.ts'
import type { Settings } from '../config/table.ts'
import { type Service, startService } from '../latchkey.ts'
import { answerPulse } from './pulse.ts'
import { type EndingSignal, endingSignals, endWithShellOfNpm } from './signals.ts'
import { CommandError, print } from './terminal.ts'
import type { Ready } from './workers.ts'

/** How long a shutdown waits for open requests. The rest of `exit_ms` is for closing the database. */
const drain_ms = 9_000
const exit_ms = 10_000
/** A repeated signal is ignored for this time. npm forwards a signal that the terminal sends to npm's children too. */
const repeat_ms = 500

/**
 * Runs the service until SIGTERM, SIGINT or SIGHUP.
 * @param options `workers`: number of processes that share the port
 */
export async function serve(
  settings: Settings,
  { workers = 1 }: { workers?: number },
  report: (error: unknown) => void,
): Promise<void> {
  const greet = (address: string) => {
    if (settings.LATCHKEY_ENV !== 'production') print(greeting(address))
  }
  if (cluster.isPrimary) endWithShellOfNpm(readEnvironment())
  if (workers > 1 && cluster.isPrimary) return (await import('./workers.ts')).runWorkers(settings, workers, greet)
  let service: Service | undefined
  stopOnSignal(() => service, report)
  service = await start(settings)
  if (cluster.isPrimary) greet(service.address)
  else {
    answerPulse()
    process.send?.({ type: 'latchkey:ready', address: service.address } satisfies Ready)
  }
  // Node.js would write the compile cache at exit. After a first start this takes seconds, too long for a shutdown.
  flushCompileCache()
}

function greeting(address: string): string {
  return `Latchkey listens on ${address}
  console      ${address}/
  Swagger UI   ${address}/api/v1/ui
  health       ${address}/healthz
  Make an administrator:  npx latchkey user add you@example.com --admin`
}

async function start(settings: Settings): Promise<Service> {
  try {
    return await startService(settings, Date.now, cluster.isPrimary || cluster.worker?.id === 1)
  } catch (error) {
    // The open channel to the primary would keep the worker alive.
    cluster.worker?.disconnect()
    throw explain(error as NodeJS.ErrnoException, settings)
  }
}

const reasons: Record<string, string> = {
  EADDRINUSE: 'the address is already in use',
  EADDRNOTAVAIL: 'this machine does not have this address',
  EACCES: 'permission denied',
  ENOTFOUND: 'the name does not exist',
}

/** Names the settings in an error of listening. Returns any other error unchanged. */
function explain(error: NodeJS.ErrnoException, { HOST, PORT }: Settings): Error {
  if (!['listen', 'bind', 'getaddrinfo'].includes(error.syscall ?? '')) return error
  const { code = '' } = error
  const cause = reasons[code]
  const hint = code === 'EADDRINUSE' ? 'PORT=0 takes a free port' : undefined
  return new CommandError(`cannot listen on HOST=${HOST} PORT=${PORT}: ${cause ?? code}`, 1, hint)
}

/**
 * The first signal lets running requests finish. The second signal ends the process immediately, and so does a signal during the
 * start. There is a handler from the beginning, because a process with the id 1, as in a container, ignores a signal without one.
 */
function stopOnSignal(running: () => Service | undefined, report: (error: unknown) => void): void {
  let stoppingSince_ms: number | undefined
  const onSignal = (signal: EndingSignal) => {
    const service = running()
    if (service === undefined) process.exit(128 + constants.signals[signal])
    if (stoppingSince_ms === undefined) {
      stoppingSince_ms = performance.now()
      service.ports.log.info({ signal }, 'shutting down')
      shutDown(service).then(() => process.exit(0), report)
    } else if (performance.now() - stoppingSince_ms > repeat_ms) process.exit(128 + constants.signals[signal])
  }
  for (const signal of endingSignals) process.on(signal, onSignal)
}

async function shutDown({ app, ports, stop }: Service): Promise<void> {
  setTimeout(() => {
    ports.log.warn('unfinished requests are cut off')
    app.server.closeAllConnections()
  }, drain_ms).unref()
  setTimeout(() => process.exit(1), exit_ms).unref()
  await stop()
}
