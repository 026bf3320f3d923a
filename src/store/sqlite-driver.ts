import { closeSync, existsSync, fchmodSync, fstatSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { LRUCache } from 'lru-cache'

/** Opens the file. Creates the file and its folder if missing, and sets the mode 0600 if this user owns the file. */
export function openFile(path: string): DatabaseSync {
  if (path !== ':memory:') {
    makeFolder(dirname(path))
    const descriptor = openSync(path, 'a', 0o600)
    if (fstatSync(descriptor).uid === process.getuid?.()) fchmodSync(descriptor, 0o600)
    closeSync(descriptor)
  }
  const file = new DatabaseSync(path)
  file.exec('pragma busy_timeout = 5000; pragma foreign_keys = on')
  file.exec('pragma journal_mode = wal; pragma synchronous = full')
  return file
}

/** Not `recursive`, which retries forever if a file system answers ENOENT, as /proc does and an automounter may. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // Another process may have created the folder at the same time.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** Kysely's SQLite dialect over `node:sqlite`. */
export function sqliteDialect(file: DatabaseSync): Dialect {
  return {
    createAdapter: () => new TransactionalDdlAdapter(),
    createDriver: () => new ImmediateDriver({ database: adaptDatabase(file) }),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

/** SQLite can roll back schema changes. Kysely does not use this by default. */
class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

/** Takes the write lock at the start. A transaction that reads first fails to write if another process wrote since. */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }
}

function adaptDatabase(file: DatabaseSync): SqliteDatabase {
  const prepared = new LRUCache<string, ReturnType<typeof adaptStatement>>({ max: 200 })
  return {
    close: () => file.close(),
    prepare(sql) {
      const known = prepared.get(sql)
      if (known) return known
      const statement = adaptStatement(file.prepare(sql))
      if (!/^\s*(create|drop|alter|pragma)/i.test(sql)) prepared.set(sql, statement)
      return statement
    },
  }
}

function adaptStatement(statement: StatementSync) {
  return {
    reader: statement.columns().length > 0,
    all: (values: readonly unknown[]) => statement.all(...(values as SQLInputValue[])),
    run: (values: readonly unknown[]) => statement.run(...(values as SQLInputValue[])),
    iterate: (values: readonly unknown[]) => statement.iterate(...(values as SQLInputValue[])),
  }
}
