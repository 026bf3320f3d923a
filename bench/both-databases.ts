import { rmSync } from 'node:fs'
import { migrateDatabase } from '../src/store/migrate.ts'
import { openDatabase } from '../src/store/open.ts'
import { createPostgres } from '../test/support/process/postgres.ts'
import { createFolder } from './fixture.ts'
import type { Line } from './report.ts'

/** A database with empty tables, and an empty folder for a service that uses it. */
export interface Place {
  kind: 'SQLite' | 'PostgreSQL'
  url: string
  folder: string
}

/** Measures the same on a new SQLite file and on a new PostgreSQL server, one after the other. */
export async function onBothDatabases(measure: (place: Place) => Promise<Line[]>): Promise<Line[]> {
  const prepare = async (place: Place) => {
    const database = await openDatabase(place.url)
    await migrateDatabase(database).finally(() => database.store.destroy())
    return measure(place)
  }
  const onFile = await inFolder((folder) => prepare({ kind: 'SQLite', url: `sqlite:${folder}/latchkey.db`, folder }))
  const postgres = await createPostgres()
  try {
    const onServer = await inFolder((folder) => prepare({ kind: 'PostgreSQL', url: postgres.url, folder }))
    return [...onFile, ...onServer]
  } finally {
    await postgres.remove()
  }
}

async function inFolder<T>(act: (folder: string) => Promise<T>): Promise<T> {
  const folder = createFolder()
  return act(folder).finally(() => rmSync(folder, { recursive: true, force: true }))
}
