import type pg from 'pg'

/**
 * Behind a pooler, sent before each statement outside of a transaction, in the same message. A pooler in transaction mode runs
 * each transaction on any of its connections to the server, with the settings that another client has left there. So each
 * transaction brings its own settings, and no session has any.
 *
 * PostgreSQL runs everything up to a `Sync` message in one transaction, and `begin` makes that transaction a block. Each
 * statement sees every earlier commit, and the commit returns when it is on disk. `search_path` is the default of the
 * connection, the role or the database. The isolation comes first, because it has to be set before a query. `set local` would
 * warn outside of a block. Neither statement returns a row.
 */
const prelude = (answer_ms: number) => [
  "set transaction_isolation = 'read committed'",
  `select where set_config('search_path', null, true) is null or ${settings(answer_ms, true).join(' is null or ')} is null`,
]

/** A transaction that stands still, because its process does, holds its locks no longer. Shorter than the wait for a lock. */
const idleInTransaction_ms = 1500

/** So long a statement waits for a row or a table. A pool has few connections, and one locked account must not take all. */
const lockWait_ms = 2000

/**
 * A statement ends on the server before this process stops waiting for it. Otherwise each retry of a statement that waits for a
 * lock would leave a connection behind that waits as well, until the server has none left.
 */
function settings(answer_ms: number, local: boolean): string[] {
  const values = {
    synchronous_commit: 'on',
    statement_timeout: Math.ceil(answer_ms * 0.9),
    lock_timeout: lockWait_ms,
    // A restore waits for another program inside its transaction.
    idle_in_transaction_session_timeout: answer_ms === 0 ? 0 : idleInTransaction_ms,
  }
  return Object.entries(values).map(([name, value]) => `set_config('${name}', '${value}', ${local})`)
}

/**
 * The same for a whole session, which saves the prelude, but only if no pooler is in between: a client of PostgreSQL knows the
 * number of its server process, and a pooler invents a number for each of its clients. Behind a pooler this changes nothing.
 */
const settleSession = (processID: number, answer_ms: number) =>
  `select set_config('default_transaction_isolation', 'read committed', false), ${settings(answer_ms, false).join(', ')}
   where pg_backend_pid() = ${processID}`

/** A pooler accepts a connection at once, and answers the first statement when it has a connection to the server. */
const noFirstAnswer =
  'a new connection got no answer in time; if a pooler in session mode is in front of the database, its pool may be too small: a node needs 26 connections (default_pool_size)'

/** A connection to PostgreSQL or to a pooler, on which each commit waits for the disk and each statement sees earlier commits. */
export interface SafeClient extends pg.Client {
  /** Whether no pooler is in between. False until `settle` has found out. */
  readonly direct: boolean
  settle: () => Promise<void>
}

type Callback = (error: Error | undefined, result: unknown) => void

/** The parts of node-postgres's query that are used here. Its types lack some. */
interface BareQuery {
  submit(connection: pg.Connection): Error | null
  handleCommandComplete(message: unknown, connection: pg.Connection): void
}

interface QueryOptions {
  text: unknown
  values: unknown
  callback: Callback
  queryMode?: 'extended'
}

function isSubmittable(query: unknown): query is pg.Submittable {
  return typeof (query as Partial<pg.Submittable> | null)?.submit === 'function'
}

/** @param answer_ms how long a client waits for an answer; 0: without end */
export function createClientClass(
  { Client, Query }: Pick<typeof pg, 'Client' | 'Query'>,
  answer_ms: number,
): new () => SafeClient {
  const settingStatements = prelude(answer_ms)
  // The types of node-postgres know only how a query is given to a client.
  const Bare = Query as unknown as new (options: QueryOptions) => BareQuery

  class FirstStatement extends Bare {
    #completed = 0

    override submit(connection: pg.Connection): Error | null {
      connection.stream.cork()
      try {
        for (const text of settingStatements) {
          connection.parse({ name: '', text, types: [] }, true)
          connection.bind({}, true)
          connection.execute({}, true)
        }
        return super.submit(connection)
      } finally {
        connection.stream.uncork()
      }
    }

    override handleCommandComplete(message: unknown, connection: pg.Connection): void {
      if (this.#completed++ >= settingStatements.length) super.handleCommandComplete(message, connection)
    }
  }

  class Safe extends Client implements SafeClient {
    direct = false

    override query = ((...args: unknown[]) => {
      // A query that sends itself, such as the stream of a COPY. Only a restore has one, inside its transaction.
      if (isSubmittable(args[0])) return super.query(args[0])
      const last = args.at(-1)
      if (typeof last === 'function') return this.#send(args.slice(0, -1), last as Callback)
      const { promise, resolve, reject } = Promise.withResolvers<unknown>()
      this.#send(args, (error, result) => (error ? reject(error) : resolve(result)))
      return promise
    }) as pg.Client['query']

    async settle(): Promise<void> {
      const { processID } = this as this & { processID: number }
      const { rowCount } = await this.query(settleSession(processID, answer_ms)).catch((error: Error) => {
        throw error.message === 'Query read timeout' ? new Error(noFirstAnswer, { cause: error }) : error
      })
      this.direct = rowCount === 1
    }

    #send([text, values]: unknown[], done: Callback): void {
      const callback: Callback = (error, result) => {
        // The statement may still begin or commit something later, so nothing else may run on its connection.
        if (error?.message === 'Query read timeout') this.connection.stream.destroy()
        done(error, result)
      }
      // A client that has just connected has no status yet.
      const inTransaction = ['T', 'E'].includes(this.getTransactionStatus() ?? 'I')
      super.query(
        this.direct || inTransaction
          ? new Bare({ text, values, callback })
          : new FirstStatement({ text, values, callback, queryMode: 'extended' }),
      )
    }
  }
  return Safe
}
