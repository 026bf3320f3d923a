import { DatabaseSync } from 'node:sqlite'
import type { Places } from '../batches.ts'

/** Keeps places in a temporary file, which SQLite deletes, because a file may have more accounts than fit into the memory. */
export function openPlaces(): Places & { close: () => void } {
  // An empty name is a temporary database. https://sqlite.org/inmemorydb.html#temp_db
  const file = new DatabaseSync('')
  file.exec(`pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -16000;
    create table place (key text primary key, place text not null) without rowid; begin`)
  const select = file.prepare('select place from place where key = ?')
  const insert = file.prepare('insert or ignore into place values (?, ?)')
  return {
    find: (key) => select.get(key)?.place as string | undefined,
    add: (key, place) => void insert.run(key, place),
    close: () => file.close(),
  }
}
