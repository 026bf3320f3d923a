import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { LRUCache } from 'lru-cache'
import { isBusy, toUnavailable } from './sqlite-errors.ts'

/**
 * The connections of this process to one SQLite file. Neither connection sleeps while another process holds the write lock
 * (`busy_timeout` is 0).
 */
export interface Connections {
  writer: DatabaseSync
  /** Reads what is committed, also during a transaction of the writer. Undefined: there is one connection. */
  reader: DatabaseSync | undefined
  /** Called before each statement and transaction. @throws DatabaseUnavailable if the file must not be used */
  assertSameFile: () => void
  /** Set when a write has failed, or has waited for the lock of another process for too long. */
  writeFailed: boolean
}

/** One connection for everything, as a database in memory needs. Reads wait for writes. */
export function oneConnection(writer: DatabaseSync): Connections {
  return { writer, reader: undefined, assertSameFile: () => {}, writeFailed: false }
}

/** How long a write waits for other writers. A shutdown may have to wait for two writes, and has 10 s. */
const longestWait_ms = 4_500
const longestPause_ms = 50

/** Kysely's SQLite dialect over `node:sqlite`. */
export function sqliteDialect(connections: Connections): Dialect {
  return {
    createAdapter: () => new TwoConnectionsAdapter(),
    createDriver: () => new SqliteDriver(connections),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

class TwoConnectionsAdapter extends SqliteAdapter {
  /** SQLite can roll back schema changes. Kysely does not use this by default. */
  override get supportsTransactionalDdl(): boolean {
    return true
  }

  /** With `false`, Kysely would let reads wait for writes. */
  override get supportsMultipleConnections(): boolean {
    return true
  }
}

class SqliteDriver implements Driver {
  readonly #file: OpenFile

  constructor(connections: Connections) {
    const { writer, reader } = connections
    this.#file = {
      connections,
      write: createRun(writer),
      read: reader && createRun(reader),
      takeTurn: createTurns(),
    }
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<Connection> {
    return new Connection(this.#file)
  }

  beginTransaction(connection: Connection): Promise<void> {
    return connection.begin()
  }

  async commitTransaction(connection: Connection): Promise<void> {
    connection.commit()
  }

  async rollbackTransaction(connection: Connection): Promise<void> {
    connection.rollBack()
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    const { reader, writer } = this.#file.connections
    reader?.close()
    writer.close()
  }
}

type Run = <R>(query: CompiledQuery) => QueryResult<R>

interface OpenFile {
  connections: Connections
  write: Run
  read: Run | undefined
  /** Resolves when all earlier writers of this process have ended their turn. Returns the function that ends this turn. */
  takeTurn: () => Promise<() => void>
}

/** What Kysely uses for one statement or one transaction. */
class Connection implements DatabaseConnection {
  readonly #file: OpenFile
  /** Set while a transaction runs. */
  #endTurn: (() => void) | undefined

  constructor(file: OpenFile) {
    this.#file = file
  }

  /** Reads outside of a transaction go to the reader, and all other statements to the writer. */
  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { connections, read, write } = this.#file
    const { reader } = connections
    if (this.#endTurn !== undefined) return this.#guard(() => write<R>(query))
    if (read !== undefined && reader !== undefined && isRead(query)) {
      return waitForLock(performance.now(), () => {
        connections.assertSameFile()
        return read<R>(query)
      }).catch((error) => {
        throw toUnavailable(error, reader)
      })
    }
    const { result, endTurn } = await this.#inTurn(() => {
      endLeftover(connections.writer)
      return write<R>(query)
    })
    endTurn()
    return result
  }

  streamQuery(): AsyncIterableIterator<never> {
    throw new Error('Latchkey reads all rows of a statement at once')
  }

  async begin(): Promise<void> {
    const { writer } = this.#file.connections
    const { endTurn } = await this.#inTurn(() => {
      endLeftover(writer)
      // Takes the write lock. A transaction that reads first fails to write if another process wrote since.
      writer.exec('begin immediate')
    })
    this.#endTurn = endTurn
  }

  commit(): void {
    this.#guard(() => this.#file.connections.writer.exec('commit'))
    this.#end()
  }

  /** Never throws, because the caller needs the error that led to the rollback. */
  rollBack(): void {
    const { writer } = this.#file.connections
    try {
      // After an error such as a full disk, SQLite has already ended the transaction. https://sqlite.org/lang_transaction.html
      if (writer.isTransaction) this.#guard(() => writer.exec('rollback'))
    } catch {
      // The next transaction tries again.
    }
    this.#end()
  }

  #end(): void {
    this.#endTurn?.()
    this.#endTurn = undefined
  }

  /** Waits for the turn and for the lock of other processes. The caller has to end the turn, unless this throws. */
  async #inTurn<T>(act: () => T): Promise<{ result: T; endTurn: () => void }> {
    const since_ms = performance.now()
    const endTurn = await this.#file.takeTurn()
    try {
      const result = await waitForLock(since_ms, () => {
        this.#file.connections.assertSameFile()
        return act()
      })
      return { result, endTurn }
    } catch (error) {
      endTurn()
      return this.#fail(error)
    }
  }

  #guard<T>(act: () => T): T {
    try {
      return act()
    } catch (error) {
      return this.#fail(error)
    }
  }

  #fail(error: unknown): never {
    const reported = toUnavailable(error, this.#file.connections.writer)
    if (reported !== error) this.#file.connections.writeFailed = true
    throw reported
  }
}

/** Finds out whether the file can be written again. Does not wait for a lock. @throws DatabaseUnavailable */
export function probeWrite(connections: Connections): void {
  const { writer } = connections
  // A transaction of this process has the lock, so writes go on.
  if (!connections.writeFailed || writer.isTransaction) return
  try {
    // Writes a page, even if the value stays the same. Latchkey does not use this value.
    writer.exec('pragma user_version = 0')
    connections.writeFailed = false
  } catch (error) {
    throw toUnavailable(error, writer)
  }
}

/** A rollback that failed leaves its transaction open. */
function endLeftover(writer: DatabaseSync): void {
  if (writer.isTransaction) writer.exec('rollback')
}

function isRead({ sql }: CompiledQuery): boolean {
  return /^\s*select\s/i.test(sql)
}

/** Repeats `act`, without blocking the event loop, while another process has the lock. */
async function waitForLock<T>(since_ms: number, act: () => T): Promise<T> {
  for (let pause_ms = 1; ; pause_ms = Math.min(2 * pause_ms, longestPause_ms)) {
    try {
      return act()
    } catch (error) {
      if (!isBusy(error) || performance.now() - since_ms > longestWait_ms) throw error
    }
    await sleep(pause_ms)
  }
}

/** Callers take turns in the order of their calls. */
function createTurns(): () => Promise<() => void> {
  let last = Promise.resolve()
  return async () => {
    const before = last
    const { promise, resolve } = Promise.withResolvers<void>()
    last = promise
    await before
    return resolve
  }
}

function createRun(file: DatabaseSync): Run {
  const prepared = new LRUCache<string, ReturnType<typeof prepare>>({ max: 200 })
  const find = (sql: string) => {
    const known = prepared.get(sql)
    if (known) return known
    const statement = prepare(file, sql)
    if (!/^\s*(create|drop|alter|pragma)/i.test(sql)) prepared.set(sql, statement)
    return statement
  }
  return <R>({ sql, parameters }: CompiledQuery) => {
    const { statement, returnsRows } = find(sql)
    const values = parameters as readonly SQLInputValue[]
    if (returnsRows) return { rows: statement.all(...values) as R[] }
    const { changes, lastInsertRowid } = statement.run(...values)
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
  }
}

function prepare(file: DatabaseSync, sql: string) {
  const statement = file.prepare(sql)
  return { statement, returnsRows: statement.columns().length > 0 }
}
