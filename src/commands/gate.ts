import { once } from 'node:events'
import { lstatSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { constants } from 'node:os'
import type { Logger } from 'pino'
import type { Settings } from '../config/table.ts'
import { NotText, readTextFile } from '../config/text-file.ts'
import { createGate } from '../gate/server.ts'
import { createLogger } from '../operation/log.ts'
import type { VerifierEvent, VerifierOptions } from '../verifier/options.ts'
import { createVerifier } from '../verifier/verifier.ts'
import { endingSignals } from './signals.ts'
import { CommandError } from './terminal.ts'

export interface GateOptions {
  server?: string
  listen: string
  credentialFile?: string
  onStale: 'ask' | 'refuse'
}

/** Running checks are finished within this time. */
const drain_ms = 5000

/**
 * Runs a verifier behind `GET /check` until SIGTERM, SIGINT or SIGHUP.
 * @param environment of the process: LATCHKEY_URL, or LATCHKEY_CLIENT_ID and LATCHKEY_CLIENT_SECRET
 */
export async function gate(options: GateOptions, environment: Partial<Record<string, string>>): Promise<void> {
  const log = createLogger({ LOG_LEVEL: (environment.LOG_LEVEL ?? 'info') as Settings['LOG_LEVEL'] })
  const server = await startGate(options, environment, log)
  await untilSignal(server, log)
}

/** A gate that listens. */
interface Running {
  http: Server
  close: () => Promise<void>
}

async function startGate(
  options: GateOptions,
  environment: Partial<Record<string, string>>,
  log: Logger,
): Promise<Running> {
  const verifier = openVerifier(options, environment, log)
  const http = createGate(verifier)
  try {
    await listen(http, options.listen)
  } catch (error) {
    await verifier.close()
    throw error
  }
  log.info(`listening at ${describe(http)}`)
  return { http, close: verifier.close }
}

function openVerifier(options: GateOptions, environment: Partial<Record<string, string>>, log: Logger) {
  const onEvent = (event: VerifierEvent) => {
    if (event.type === 'connected') log.info('connected: a lease runs')
    else if (event.type === 'lost') log.warn({ why: event.why }, 'the connection to the server is lost')
    else log.warn({ on_stale: options.onStale }, 'no lease runs')
  }
  try {
    return createVerifier({ ...readCredential(options, environment), onStale: options.onStale, onEvent })
  } catch (error) {
    throw new CommandError((error as Error).message, 2, 'see docs/gateways.md')
  }
}

/** The credential is never an argument, because other users of the machine see the arguments of a process. */
function readCredential(
  { server, credentialFile }: GateOptions,
  environment: Partial<Record<string, string>>,
): Pick<VerifierOptions, 'server' | 'clientId' | 'clientSecret'> {
  const { username, password } = URL.parse(server ?? '') ?? {}
  if (username || password) throw new CommandError('--server must not contain a credential: use LATCHKEY_URL', 2)
  const [url, id, secret] = ['LATCHKEY_URL', 'LATCHKEY_CLIENT_ID', 'LATCHKEY_CLIENT_SECRET'].map((name) => {
    const value = environment[name]?.trim()
    return value === '' ? undefined : value
  })
  if (credentialFile !== undefined) return { ...(server && { server }), ...readFile(credentialFile, server) }
  if (id !== undefined && secret !== undefined) {
    const address = server ?? url
    return { ...(address !== undefined && { server: address }), clientId: id, clientSecret: secret }
  }
  if (url === undefined) {
    throw new CommandError(
      'there is no credential: set LATCHKEY_URL, or LATCHKEY_CLIENT_ID and LATCHKEY_CLIENT_SECRET, or give --credential-file',
      2,
    )
  }
  return splitUrl('LATCHKEY_URL', url, server)
}

/** A file with a `latchkey://` URL, or with the JSON that `latchkey service add --json` prints. */
function readFile(path: string, server: string | undefined) {
  let text: string
  try {
    text = readTextFile(path).trim()
  } catch (error) {
    const why = error instanceof NotText ? error.message : `cannot be read (${(error as NodeJS.ErrnoException).code})`
    throw new CommandError(`--credential-file ${path} ${why}`, 2)
  }
  if (!text.startsWith('{')) return splitUrl(`--credential-file ${path}`, text, server)
  try {
    const { client_id: clientId, client_secret: clientSecret } = JSON.parse(text)
    return { clientId, clientSecret }
  } catch {
    throw new CommandError(`--credential-file ${path} is not JSON`, 2)
  }
}

function splitUrl(source: string, text: string, server: string | undefined) {
  const url = URL.parse(text)
  if (url === null) throw new CommandError(`${source} is not a latchkey:// URL`, 2)
  if (server === undefined) return { server: text }
  return { server, clientId: decodeURIComponent(url.username), clientSecret: decodeURIComponent(url.password) }
}

async function listen(http: Server, address: string): Promise<void> {
  const place = parseAddress(address)
  try {
    http.listen(place)
    await once(http, 'listening')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EADDRINUSE' || place.path === undefined || !(await isLeftOver(place.path))) {
      throw new CommandError(`cannot listen on ${address} (${code})`, 1)
    }
    rmSync(place.path)
    http.listen(place)
    await once(http, 'listening')
  }
}

/** @throws CommandError */
function parseAddress(address: string): { path?: string; host?: string; port?: number } {
  if (address.startsWith('unix:') && address.length > 5) return { path: address.slice(5) }
  const [, host, bracketed, port] = /^(?:([\w.-]+)|\[([\da-fA-F:.]+)\]):(\d{1,5})$/.exec(address) ?? []
  if (port === undefined || Number(port) > 65_535) {
    throw new CommandError(`--listen ${address} must be HOST:PORT or unix:PATH`, 2)
  }
  return { host: (host ?? bracketed) as string, port: Number(port) }
}

/** Whether the path is the socket of a process that was killed. Any other file stays as it is. */
async function isLeftOver(path: string): Promise<boolean> {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return false
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED'
  } finally {
    socket.destroy()
  }
}

function describe(http: Server): string {
  const address = http.address() as AddressInfo | string
  if (typeof address === 'string') return `unix:${address}`
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`
}

async function untilSignal({ http, close }: Running, log: Logger): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>()
  for (const signal of endingSignals) {
    process.once(signal, () => {
      resolve(signal)
      process.once(signal, () => process.exit(128 + constants.signals[signal]))
    })
  }
  log.info({ signal: await promise }, 'shutting down')
  const closed = once(http, 'close')
  http.close()
  http.closeIdleConnections()
  setTimeout(() => http.closeAllConnections(), drain_ms).unref()
  await Promise.all([closed, close()])
  // Whatever else keeps the process alive has no request any more.
  process.exit(0)
}
