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
import { endingSignals, endWithShellOfNpm } from './signals.ts'
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
  endWithShellOfNpm(environment)
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
    else if (event.type === 'stale') log.warn({ on_stale: options.onStale }, 'no lease runs')
    else if (event.error === undefined) log.warn({ why: event.why }, 'the connection to the server is lost')
    else log.warn({ code: event.error.code, why: event.why }, 'there is no connection to the server')
  }
  const credential = readCredential(options, environment)
  try {
    return createVerifier({ ...credential, onStale: options.onStale, onEvent })
  } catch (error) {
    throw new CommandError((error as Error).message, 2, 'see docs/gateways.md')
  }
}

type Credential = Pick<VerifierOptions, 'server' | 'clientId' | 'clientSecret' | 'credentialSource'>

/** The credential is never an argument, because other users of the machine see the arguments of a process. */
function readCredential(
  { server, credentialFile }: GateOptions,
  environment: Partial<Record<string, string>>,
): Credential {
  const { username, password } = URL.parse(server ?? '') ?? {}
  if (username || password) throw new CommandError('--server must not contain a credential: use LATCHKEY_URL', 2)
  const [url, id, secret] = ['LATCHKEY_URL', 'LATCHKEY_CLIENT_ID', 'LATCHKEY_CLIENT_SECRET'].map((name) => {
    const value = environment[name]?.trim()
    return value === '' ? undefined : value
  })
  const address = server ?? url
  if (credentialFile !== undefined) return readFile(credentialFile, server, address)
  if (id !== undefined || secret !== undefined) {
    if (id === undefined) throw new CommandError('LATCHKEY_CLIENT_ID is not set', 2)
    if (secret === undefined) throw new CommandError('LATCHKEY_CLIENT_SECRET is not set', 2)
    return {
      server: requireAddress(address, 'LATCHKEY_CLIENT_ID and LATCHKEY_CLIENT_SECRET are set'),
      clientId: id,
      clientSecret: secret,
      credentialSource: 'LATCHKEY_CLIENT_ID and LATCHKEY_CLIENT_SECRET',
    }
  }
  if (url === undefined) {
    const ways = 'set LATCHKEY_URL, or LATCHKEY_CLIENT_ID and LATCHKEY_CLIENT_SECRET, or give --credential-file'
    throw new CommandError(`there is no credential: ${ways}`, 2, '"latchkey service add NAME" makes a credential')
  }
  return splitUrl('LATCHKEY_URL', url, server)
}

function requireAddress(address: string | undefined, where: string): string {
  if (address !== undefined) return address
  throw new CommandError(`the address of the server is missing: ${where}; give --server URL too`, 2)
}

/**
 * A file with a `latchkey://` URL, or with the JSON that `latchkey service add --json` prints.
 * @param address of the server, for JSON
 */
function readFile(path: string, server: string | undefined, address: string | undefined): Credential {
  const source = `--credential-file ${path}`
  // The operator learns both at once.
  const hint = address === undefined ? 'give --server URL too, if the file has no latchkey:// URL' : undefined
  const refuse = (what: string) => new CommandError(`${source} ${what}`, 2, hint)
  let text: string
  try {
    text = readTextFile(path).trim()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw refuse(error instanceof NotText ? error.message : `cannot be read (${code})`)
  }
  if (/^latchkey(\+https?)?:|^https?:/i.test(text)) return splitUrl(source, text, server)
  const fields = parseObject(text)
  if (fields === undefined)
    throw refuse('has neither a latchkey:// URL nor the output of "latchkey service add NAME --json"')
  const { client_id: clientId, client_secret: clientSecret } = fields
  if (typeof clientId !== 'string' || clientId === '') throw refuse('has no client_id')
  if (typeof clientSecret !== 'string' || clientSecret === '') throw refuse('has no client_secret')
  return { server: requireAddress(address, `${source} has none`), clientId, clientSecret, credentialSource: source }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function splitUrl(source: string, text: string, server: string | undefined): Credential {
  const url = URL.parse(text)
  if (url === null) throw new CommandError(`${source} is not a latchkey:// URL`, 2)
  if (url.username === '' || url.password === '') {
    throw new CommandError(`${source} has no credential: latchkey://CLIENT_ID:CLIENT_SECRET@HOST`, 2)
  }
  try {
    const [clientId, clientSecret] = [decodeURIComponent(url.username), decodeURIComponent(url.password)]
    return { server: server ?? text, clientId, clientSecret, credentialSource: source }
  } catch {
    throw new CommandError(`the credential in ${source} is not percent-encoded`, 2)
  }
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
