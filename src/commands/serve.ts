import cluster from 'node:cluster'
import { flushCompileCache } from 'node:module'
import { constants } from 'node:os'
import type { Settings } from '../config/table.ts'
import { type Service, startService } from '../latchkey.ts'
import { CommandError, print } from './terminal.ts'
import type { Ready } from './workers.ts'

/** A request that has not ended by then is cut off, so that the process has left, cleanly, after 10 s. */
const patience_ms = 9_000
const leave_ms = 10_000
/** npm passes on a signal that the terminal has sent to everyone, so that one Ctrl-C arrives twice. */
const echo_ms = 500

/**
 * Runs the service until SIGTERM or SIGINT.
 * @param options `workers`: how many processes share the port
 */
export async function serve(
  settings: Settings,
  { workers = 1 }: { workers?: number },
  report: (error: unknown) => void,
): Promise<void> {
  const greet = (address: string) => {
    if (settings.LATCHKEY_ENV !== 'production') print(greeting(address))
  }
  if (workers > 1 && cluster.isPrimary) return (await import('./workers.ts')).runWorkers(settings, workers, greet)
  const service = await start(settings)
  leaveOnSignal(service, report)
  if (cluster.isPrimary) greet(service.address)
  else process.send?.({ type: 'latchkey:ready', address: service.address } satisfies Ready)
  // Left to the exit, writing what a first start has compiled would take seconds that a stop does not have.
  flushCompileCache()
}

function greeting(address: string): string {
  return `Latchkey listens on ${address}
  Swagger UI   ${address}/api/v1/ui
  health       ${address}/healthz
  Make an administrator:  npx latchkey user add you@example.com --admin`
}

async function start(settings: Settings): Promise<Service> {
  try {
    return await startService(settings)
  } catch (error) {
    // The channel to the primary would keep a worker alive that cannot start.
    cluster.worker?.disconnect()
    throw explain(error as NodeJS.ErrnoException, settings)
  }
}

const reasons: Record<string, string> = {
  EADDRINUSE: 'something else listens there',
  EADDRNOTAVAIL: 'this machine does not have that address',
  EACCES: 'this user may not',
  ENOTFOUND: 'there is no such name',
}

/** What failed to listen is named by its settings; everything else stays as it is. */
function explain(error: NodeJS.ErrnoException, { HOST, PORT }: Settings): Error {
  if (!['listen', 'bind', 'getaddrinfo'].includes(error.syscall ?? '')) return error
  const { code = '' } = error
  const cause = reasons[code]
  const hint = code === 'EADDRINUSE' ? 'PORT=0 takes a free port' : undefined
  return new CommandError(`cannot listen on HOST=${HOST} PORT=${PORT}: ${cause ?? code}`, 1, hint)
}

/** The first signal lets running requests finish, the second one ends the process at once. */
function leaveOnSignal(service: Service, report: (error: unknown) => void): void {
  let leavingSince: number | undefined
  const onSignal = (signal: 'SIGTERM' | 'SIGINT') => {
    if (leavingSince === undefined) {
      leavingSince = performance.now()
      service.ports.log.info({ signal }, 'leaving')
      leave(service).then(() => process.exit(0), report)
    } else if (performance.now() - leavingSince > echo_ms) process.exit(128 + constants.signals[signal])
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
}

async function leave({ app, ports, stop }: Service): Promise<void> {
  setTimeout(() => {
    ports.log.warn('requests that did not end are cut off')
    app.server.closeAllConnections()
  }, patience_ms).unref()
  setTimeout(() => process.exit(1), leave_ms).unref()
  await stop()
}
