import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import type { TestDatabase } from '../support/databases.ts'

/** Returns the content of a database: each row of each table as JSON and, for SQLite, also the bytes of its files. */
export async function dumpDatabase({ url }: TestDatabase): Promise<string> {
  return url.startsWith('sqlite:') ? dumpFile(url.slice('sqlite:'.length)) : await dumpServer(url)
}

function dumpFile(path: string): string {
  const bytes = [path, `${path}-wal`].map((file) => readFileSync(file, 'latin1'))
  const file = new DatabaseSync(path, { readOnly: true })
  const tables = file.prepare("select name from sqlite_master where type = 'table'").all()
  const rows = tables.flatMap(({ name }) => file.prepare(`select * from "${name}"`).all())
  file.close()
  return [...rows.map((row) => JSON.stringify(row)), ...bytes].join('\n')
}

async function dumpServer(url: string): Promise<string> {
  const client = new pg.Client(url)
  await client.connect()
  const tables = await client.query("select tablename as name from pg_tables where schemaname = 'public'")
  const rows: string[] = []
  for (const { name } of tables.rows) {
    const table = await client.query(`select to_jsonb(t)::text as row from "${name}" t`)
    rows.push(...table.rows.map(({ row }) => row))
  }
  await client.end()
  return rows.join('\n')
}
