import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'
import { freePort, unprivilegedOwner } from './postgres.ts'

/** A PgBouncer on 127.0.0.1 and a free port, in front of the server of one database. */
export interface Pgbouncer {
  /** The database, through the pooler. */
  url: string
  /** Runs a command of PgBouncer's console: `PAUSE`, `RELOAD`, `SHOW POOLS`. */
  command: (text: string) => Promise<Record<string, unknown>[]>
  /** SIGTERM breaks all connections. */
  stop: () => Promise<void>
  start: () => Promise<void>
  /** Stops the pooler and deletes its files. */
  remove: () => Promise<void>
}

/**
 * Starts Debian's PgBouncer.
 * @param databaseUrl the database, without the pooler
 * @param settings of the section `[pgbouncer]`; the numbers of connections are low unless they are given
 */
export async function createPgbouncer(databaseUrl: string, settings: Record<string, string>): Promise<Pgbouncer> {
  const home = mkdtempSync(join(tmpdir(), 'latchkey-pgbouncer-'))
  const owner = unprivilegedOwner()
  if (owner.uid !== undefined) chownSync(home, owner.uid, owner.gid)
  const port = await freePort()
  const file = join(home, 'pgbouncer.ini')
  writeFileSync(file, configuration(new URL(databaseUrl), port, settings))
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${port}`
  const consoleUrl = new URL(url)
  consoleUrl.pathname = '/pgbouncer'
  let pooler: ChildProcess
  const start = async () => {
    pooler = spawn(findPgbouncer(), [file], { ...owner, cwd: home, stdio: ['ignore', 'ignore', 'pipe'] })
    await untilReady(pooler)
  }
  const stop = async () => {
    if (pooler.exitCode !== null || pooler.signalCode !== null) return
    const exited = once(pooler, 'exit')
    pooler.kill('SIGTERM')
    await exited
  }
  await start()
  return {
    url: url.href,
    async command(text) {
      const client = new pg.Client(consoleUrl.href)
      await client.connect()
      try {
        return (await client.query(text)).rows
      } finally {
        await client.end()
      }
    },
    stop,
    start,
    async remove() {
      await stop()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

function configuration(server: URL, port: number, settings: Record<string, string>): string {
  const all = {
    listen_addr: '127.0.0.1',
    listen_port: String(port),
    unix_socket_dir: '',
    auth_type: 'any',
    admin_users: 'postgres',
    ...settings,
  }
  return [
    '[databases]',
    `* = host=${server.hostname} port=${server.port} user=${server.username}`,
    '[pgbouncer]',
    ...Object.entries(all).map(([name, value]) => `${name} = ${value}`),
    '',
  ].join('\n')
}

/** Debian installs daemons into /usr/sbin, which is not on each user's PATH. */
function findPgbouncer(): string {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin']
  const found = folders.map((folder) => join(folder, 'pgbouncer')).find(existsSync)
  if (found === undefined) throw new Error('the tests with a pooler need PgBouncer: apt-get install pgbouncer')
  return found
}

async function untilReady(pooler: ChildProcess): Promise<void> {
  const lines = createInterface({ input: pooler.stderr as NodeJS.ReadableStream })
  const printed: string[] = []
  for await (const line of lines) {
    printed.push(line)
    if (line.includes('process up')) {
      pooler.stderr?.resume()
      return
    }
  }
  throw new Error(`PgBouncer did not start:\n${printed.join('\n')}`)
}
