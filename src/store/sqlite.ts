import { resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import type { Schema, Store } from './schema.ts'
import { type Connections, oneConnection, probeWrite, sqliteDialect } from './sqlite-driver.ts'
import { toUnavailable } from './sqlite-errors.ts'
import { claimFile, refuseDamaged, refuseOldServer, startWait_ms, watchFile } from './sqlite-file.ts'

/** The connections of a process to an SQLite file. */
export interface SqliteDatabase {
  kind: 'sqlite'
  store: Store
  /**
   * Changes when another process commits. Does not wait for a lock (4 µs). https://sqlite.org/pragma.html#pragma_data_version
   * @throws DatabaseUnavailable also if the path names another file than the one that is open
   */
  dataVersion: () => number
  /** Resolves if the file can be read and, after a write that failed, if the file can be written again. */
  ping: () => Promise<void>
  /** @throws StoreError that says how to get a sound file */
  refuseDamaged: () => void
}

/**
 * @param missing what to do if the file does not exist
 * @throws StoreError if Latchkey may not use the file, or an error of the file system or of SQLite
 */
export function openSqlite(path: string, missing: 'create' | 'refuse'): SqliteDatabase {
  const connections = path === ':memory:' ? oneConnection(openWriter(path)) : openFile(resolve(path), missing)
  const { writer, assertSameFile } = connections
  const store = new Kysely<Schema>({ dialect: sqliteDialect(connections) })
  // On the writer, because a connection does not count its own commits.
  const readVersion = writer.prepare('pragma data_version')
  readVersion.setReturnArrays(true)
  return {
    kind: 'sqlite',
    store,
    dataVersion() {
      assertSameFile()
      try {
        // The types of node:sqlite do not know what `setReturnArrays` changes.
        return (readVersion.get() as unknown as [number])[0]
      } catch (error) {
        throw toUnavailable(error, writer)
      }
    },
    async ping() {
      await store.selectFrom('signing_key').select('kid').limit(1).execute()
      probeWrite(connections)
    },
    refuseDamaged: () => refuseDamaged(writer, path),
  }
}

function openFile(path: string, missing: 'create' | 'refuse'): Connections {
  const real = claimFile(path, missing)
  refuseOldServer(real)
  const writer = openWriter(real)
  const reader = new DatabaseSync(real, { readOnly: true, timeout: startWait_ms })
  // The first read creates the files beside the database.
  reader.prepare('select count(*) from sqlite_schema').get()
  for (const connection of [writer, reader]) connection.exec('pragma busy_timeout = 0')
  return { writer, reader, assertSameFile: watchFile(path, real), writeFailed: false }
}

function openWriter(path: string): DatabaseSync {
  const writer = new DatabaseSync(path, { timeout: startWait_ms, enableForeignKeyConstraints: true })
  writer.exec('pragma journal_mode = wal; pragma synchronous = full')
  // Only a connection that has read in WAL mode deletes the files beside the database when it is the last to close.
  writer.prepare('select count(*) from sqlite_schema').get()
  return writer
}
