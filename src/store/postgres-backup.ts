import { closeSync, fstatSync, openSync, statSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { sql } from 'kysely'
import type { PoolClient } from 'pg'
import { migrationTable, refuseUnknown } from './migrate.ts'
import { writeNewFile } from './new-file.ts'
import type { PostgresDatabase } from './postgres.ts'
import { type Environment, environmentFor, runProgram } from './postgres-programs.ts'
import type { Store } from './schema.ts'
import type { Report } from './sqlite-backup.ts'
import { StoreError } from './store-error.ts'

/**
 * The tables with data, in an order that the foreign keys allow. A backup contains those that its schema has. Queued messages
 * and links are missing, so that a restore neither sends a message again nor revives a link that was used.
 */
export const dataTables = [
  'user',
  'service',
  'audit',
  'audit_head',
  'audit_pending',
  'command_log',
  'known_address',
  'totp',
  'recovery_code',
  'passkey',
  'signing_key',
  'token',
  'revocation',
  'widget',
  'login_failure',
] as const

/** How often the size of an unfinished backup is reported. */
const report_ms = 200

/**
 * Copies the database into a new file by `pg_dump`, while nodes may use the database. The file does not exist until the copy
 * is complete, on disk and checked.
 * @param url DATABASE_URL
 * @returns the size of the new file, and the number of accounts in it
 * @throws StoreError
 */
export async function backupPostgres(
  { store, pool }: PostgresDatabase,
  { url, target }: { url: string; target: string },
  own: Environment,
  report: Report,
): Promise<{ bytes: number; accounts: number }> {
  const schema = await currentSchema(store)
  const tables = await presentTables(store, schema, [...dataTables, migrationTable])
  if (!tables.includes(migrationTable)) {
    throw new StoreError(`there is no database of Latchkey in the schema ${schema}; run latchkey db migrate first`)
  }
  const { rows } = await sql<{ name: string }>`select name from ${sql.id(schema, migrationTable)}`.execute(store)
  // A newer version may have tables that this one does not know.
  refuseUnknown(rows.map(({ name }) => name))
  const environment = await withClient(pool, async (client) => environmentFor(client, url, own))
  return writeNewFile(target, async (temporary) => {
    const patterns = tables.map((table) => `--table=${quote(schema)}.${quote(table)}`)
    await dump(['--format=custom', '--data-only', '--encoding=UTF8', ...patterns], temporary, environment, report)
    return { accounts: await checkDump(temporary, environment), bytes: statSync(temporary).size }
  })
}

/** A name in SQL, and in a pattern of `pg_dump`. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

async function withClient<T>(pool: PostgresDatabase['pool'], act: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    return await act(client)
  } finally {
    client.release()
  }
}

async function dump(args: string[], target: string, environment: Environment, report: Report): Promise<void> {
  const descriptor = openSync(target, 'w')
  const timer = setInterval(() => report(fstatSync(descriptor).size), report_ms)
  try {
    await runProgram(['pg_dump', ...args], { environment, stdout: descriptor }, async () => {})
  } finally {
    clearInterval(timer)
    closeSync(descriptor)
  }
}

/** The schema of the tables: the first one in `search_path` that exists. */
export async function currentSchema(store: Store): Promise<string> {
  const { rows } = await sql<{ schema: string | null }>`select current_schema() as schema`.execute(store)
  const schema = rows[0]?.schema
  if (schema == null) throw new StoreError('the role in DATABASE_URL has no schema: check its search_path')
  return schema
}

/** The tables of `names` that the schema has, in the same order. */
export async function presentTables<T extends string>(store: Store, schema: string, names: readonly T[]): Promise<T[]> {
  const { rows } = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = ${schema}`.execute(store)
  return names.filter((each) => rows.some(({ name }) => name === each))
}

/**
 * Reads the whole dump.
 * @returns the number of accounts
 * @throws StoreError if the dump cannot be read, or is not a backup of Latchkey
 */
async function checkDump(file: string, environment: Environment): Promise<number> {
  await readLastMigration(file, environment)
  const counts: Partial<Record<string, number>> = {}
  for (const table of dataTables) counts[table] = await countRows(file, table, environment)
  return counts.user ?? 0
}

async function countRows(file: string, table: string, environment: Environment): Promise<number> {
  let count = 0
  await readTable(file, table, environment, async (_columns, rows) => {
    for await (const lines of rows) for (const byte of lines) if (byte === lineFeed) count++
  })
  return count
}

/**
 * Returns the last migration of the database that a dump was made of.
 * @throws StoreError if the file is not a backup of Latchkey, or of a newer version
 */
export async function readLastMigration(file: string, environment: Environment): Promise<string> {
  const names: string[] = []
  await readTable(file, migrationTable, environment, async (columns, rows) => {
    const chunks: Buffer[] = []
    for await (const lines of rows) chunks.push(lines)
    const table = Buffer.concat(chunks).toString().split('\n').slice(0, -1)
    names.push(...table.map((line) => line.split('\t')[columns.indexOf('name')] ?? ''))
  })
  refuseUnknown(names, file)
  const last = names.toSorted().at(-1)
  if (last === undefined) throw new StoreError(`${file} is not a backup of Latchkey`)
  return last
}

const lineFeed = 10
const copyStart = /^COPY \S+ \((?<columns>[a-z0-9_", ]+)\) FROM stdin;$/
const copyEnd = Buffer.from('\\.\n')

/**
 * Reads the rows of one table in a dump, in the text format of COPY. Does not call `use` if the dump does not have the table.
 * @param use gets whole lines
 * @throws StoreError if the dump cannot be read
 */
export async function readTable(
  file: string,
  table: string,
  environment: Environment,
  use: (columns: string[], rows: AsyncIterable<Buffer>) => Promise<void>,
): Promise<void> {
  const command = ['pg_restore', '--data-only', `--table=${table}`, '--file=-', file] as const
  await runProgram([...command], { environment, stdout: 'pipe' }, async ({ stdout }) => {
    const lines = wholeLines(stdout as Readable)
    for await (const block of lines) {
      const { columns, rest } = findCopy(block)
      if (columns !== undefined) await use(columns, untilEnd(rest, lines))
    }
  })
}

/** Cuts a stream behind line feeds. */
async function* wholeLines(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  let open = Buffer.alloc(0)
  for await (const chunk of stream) {
    const text = Buffer.concat([open, chunk])
    const end = text.lastIndexOf(lineFeed) + 1
    open = text.subarray(end)
    if (end > 0) yield text.subarray(0, end)
  }
}

/** Searches for the statement COPY. @returns its columns, and what follows the statement */
function findCopy(block: Buffer): { columns?: string[]; rest: Buffer } {
  for (let at = 0; at < block.length; ) {
    const end = block.indexOf(lineFeed, at)
    const found = copyStart.exec(block.toString('utf8', at, end))
    at = end + 1
    if (found === null) continue
    const columns = found.groups?.columns?.split(', ').map((name) => name.replaceAll('"', ''))
    return { columns: columns ?? [], rest: block.subarray(at) }
  }
  return { rest: Buffer.alloc(0) }
}

/** The lines before `\.`. In a row, a backslash is written as two. */
async function* untilEnd(first: Buffer, more: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  for (let block = first; ; ) {
    const end = block.subarray(0, copyEnd.length).equals(copyEnd) ? 0 : block.indexOf(`\n${copyEnd}`) + 1
    if (end > 0 || block.subarray(0, copyEnd.length).equals(copyEnd)) {
      if (end > 0) yield block.subarray(0, end)
      return
    }
    if (block.length > 0) yield block
    const next = await more.next()
    if (next.done) throw new StoreError('the backup ends in the middle of a table')
    block = next.value
  }
}
