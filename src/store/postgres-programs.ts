import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { PoolClient } from 'pg'
import { parsePostgresUrl } from '../config/postgres-url.ts'
import { StoreError } from './store-error.ts'

/** The environment of a program. It has the password, because every user of the machine can see arguments. */
export type Environment = Record<string, string | undefined>

type Program = 'pg_dump' | 'pg_restore'

/** Characters of an error message of a program. */
const maxMessage = 500

/** Starts one of PostgreSQL's programs, and runs `use` beside the program. @throws StoreError if the program fails */
export async function runProgram<T>(
  [name, ...args]: [Program, ...string[]],
  { environment, stdout }: { environment: Environment; stdout: number | 'pipe' },
  use: (program: ChildProcess) => Promise<T>,
): Promise<T> {
  const program = spawn(name, args, { env: { ...environment, LC_ALL: 'C' }, stdio: ['ignore', stdout, 'pipe'] })
  let errors = ''
  program.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (errors.length < maxMessage) errors += text
  })
  const ended = once(program, 'close').catch((error) => Promise.reject(explainSpawn(name, error)))
  // Awaited below, after `use`.
  ended.catch(() => {})
  const kill = () => program.kill()
  process.once('exit', kill)
  try {
    const result = await use(program)
    const [code] = await ended
    if (code === 0) return result
  } catch (error) {
    kill()
    program.stdout?.destroy()
    // If the program has failed, its own error is the cause.
    await ended
    if (errors === '') throw error
  } finally {
    process.off('exit', kill)
  }
  throw new StoreError(oneLine(errors) || `${name} failed`)
}

function explainSpawn(name: string, error: NodeJS.ErrnoException): StoreError {
  if (error.code !== 'ENOENT') return new StoreError(`${name} cannot be started (${error.code})`)
  return new StoreError(
    `${name} is not in PATH: install PostgreSQL's client programs, of the server's version or newer (Debian: apt-get install postgresql-client)`,
  )
}

function oneLine(errors: string): string {
  return errors
    .slice(0, maxMessage)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('; ')
}

/**
 * Returns the environment in which a program connects as this connection does.
 * https://www.postgresql.org/docs/current/libpq-envars.html
 */
export function environmentFor(client: PoolClient, url: string, own: Environment): Environment {
  const { sslmode, sslcert, sslkey, sslrootcert } = parsePostgresUrl(url)
  // Node.js checks a certificate against the authorities that it knows, and libpq needs to be told so.
  const rootcert = sslrootcert ?? (sslmode?.startsWith('verify') ? 'system' : undefined)
  return {
    ...own,
    // A service would count more than the variables below.
    PGSERVICE: undefined,
    PGHOSTADDR: undefined,
    PGHOST: client.host,
    PGPORT: String(client.port),
    PGUSER: client.user,
    PGPASSWORD: client.password ?? undefined,
    PGDATABASE: client.database,
    // libpq has no name for `no-verify`: there `require` checks nothing without an authority.
    ...(sslmode && { PGSSLMODE: sslmode === 'no-verify' ? 'require' : sslmode }),
    ...(rootcert && sslmode !== 'no-verify' && { PGSSLROOTCERT: rootcert }),
    ...(sslcert && { PGSSLCERT: sslcert }),
    ...(sslkey && { PGSSLKEY: sslkey }),
    PGCONNECT_TIMEOUT: '10',
    PGAPPNAME: 'latchkey',
  }
}
