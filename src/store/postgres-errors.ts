import type { Pool, PoolClient } from 'pg'
import { DatabaseUnavailable } from './unavailable.ts'

/**
 * SQLSTATEs of our own faults: a query that returns too many rows (class 21), an invalid value (22), a violated constraint
 * (23), and a statement that is wrong (42), except for a missing right (42501), which is the operator's.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const ourFault = /^(21|22|23|42(?!501))/

const refusedParameter = /^unsupported startup parameter/

/** Makes the error of a pooler understandable: PostgreSQL accepts every parameter that DATABASE_URL can have. */
function withHint(error: Error): Error {
  if (!refusedParameter.test(error.message)) return error
  const hint = `a pooler refuses this parameter of DATABASE_URL. Set it for the role (alter role … set …) instead`
  return new Error(`${error.message}: ${hint}. PgBouncer's ignore_startup_parameters would drop it`, { cause: error })
}

/** Every error of node-postgres says that the database is unavailable, unless the error is our own fault. */
function translate(error: Error & { code?: string }): Error {
  const isOurs = error instanceof TypeError || ourFault.test(error.code ?? '')
  return isOurs || error instanceof DatabaseUnavailable ? error : new DatabaseUnavailable(withHint(error))
}

function rethrow(error: Error): never {
  throw translate(error)
}

type Callback = (error: Error | undefined, ...results: unknown[]) => void

/** Calls node-postgres, which takes a callback or returns a promise. Translates the error of either. */
function translated(call: (...given: unknown[]) => unknown): (...given: unknown[]) => unknown {
  return (...given) => {
    const callback = given.at(-1) as Callback
    if (typeof callback !== 'function') {
      const answer = call(...given)
      return answer instanceof Promise ? answer.catch(rethrow) : answer
    }
    const answer: Callback = (error, ...results) => callback(error && translate(error), ...results)
    return call(...given.slice(0, -1), answer)
  }
}

/** Makes every error of the pool and of its connections a {@link DatabaseUnavailable}, unless the error is our own fault. */
export function translateErrors(pool: Pool): void {
  pool.connect = translated(pool.connect.bind(pool) as () => unknown) as Pool['connect']
  pool.query = translated(pool.query.bind(pool) as () => unknown) as Pool['query']
  pool.on('connect', (client) => {
    client.query = translated(client.query.bind(client) as () => unknown) as PoolClient['query']
  })
}

/** SQLSTATE classes: no connection (08), no resources (53), and the server starts or stops (57). */
const awayState = /^(08|53|57)...$/

/**
 * Whether the server cannot be reached yet, because the server or its name is not there, or starts. A wrong password or an
 * unknown database is a mistake of the operator.
 */
export function isAway({ cause, message }: Error): boolean {
  if (refusedParameter.test(message)) return false
  const { code = '', syscall } = (cause ?? {}) as NodeJS.ErrnoException
  if (awayState.test(code)) return true
  if (syscall !== undefined || cause instanceof AggregateError) return code !== 'EACCES'
  return /^(Connection terminated|timeout exceeded)/.test(message)
}

/** Whether the server takes no writes: it is a standby, or set to read-only (SQLSTATE 25006). */
export function isReadOnly({ cause }: Error): boolean {
  return (cause as { code?: string } | undefined)?.code === '25006'
}

/** Whether the server has refused to speak TLS. */
export function lacksTls({ message }: Error): boolean {
  return message === 'The server does not support SSL connections'
}
