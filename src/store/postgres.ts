import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ConnectionOptions } from 'node:tls'
import { Kysely, PostgresDialect } from 'kysely'
import type { ClientConfig, Pool } from 'pg'
import { describePostgresUrl, type PostgresUrl, parsePostgresUrl } from '../config/postgres-url.ts'
import { createClientClass, type SafeClient } from './postgres-client.ts'
import { isAway, lacksTls, translateErrors } from './postgres-errors.ts'
import type { Schema, Store } from './schema.ts'

/** A pool of connections to a PostgreSQL server. */
export interface PostgresDatabase {
  kind: 'postgres'
  store: Store
  pool: Pool
  /** Opens another pool. `connect_ms` limits the wait for a connection, and `answer_ms` the wait for an answer. */
  openPool: (options: { max: number; connect_ms: number; answer_ms: number }) => Pool
}

/** How long to wait for a server that cannot be reached yet, and where to say so, once. */
export interface Waiting {
  timeout_s: number
  say: (line: string) => void
}

/** OID of int8. Values become numbers, because instants and sequence numbers stay far below 2^53. */
const int8Oid = 20

/** @throws SettingsError for the URL, DatabaseUnavailable, and the error of a certificate's file */
export async function openPostgres(url: string, waiting: Waiting): Promise<PostgresDatabase> {
  const { default: pg } = await import('pg')
  const types = new pg.TypeOverrides()
  types.setTypeParser(int8Oid, Number)
  const server = serverConfig(parsePostgresUrl(url))
  const openPool: PostgresDatabase['openPool'] = ({ max, connect_ms, answer_ms }) => {
    const pool = new pg.Pool({
      Client: createClientClass(pg, answer_ms),
      ...server,
      max,
      types,
      keepAlive: true,
      connectionTimeoutMillis: connect_ms,
      query_timeout: answer_ms,
      verify: (client, done) => void (client as typeof client & SafeClient).settle().then(() => done(), done),
    })
    // The pool replaces a broken connection. The query on it fails with the error.
    pool.on('error', () => {})
    pool.on('connect', (client) => client.on('error', () => {}))
    translateErrors(pool)
    return pool
  }
  const openMain = () => openPool({ max: 10, connect_ms: 10_000, answer_ms: 10_000 })
  const place = describePostgresUrl(url)
  let pool = openMain()
  await untilReached(pool, place, waiting).catch(async (error) => {
    await pool.end()
    if (!mayFallBack(parsePostgresUrl(url)) || !lacksTls(error)) throw error
    server.ssl = false
    pool = openMain()
    await untilReached(pool, place, waiting)
  })
  return { kind: 'postgres', store: new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) }), pool, openPool }
}

/** Pause between two attempts to reach the server. It doubles up to the last value. */
const firstPause_ms = 100
const lastPause_ms = 2000

/** Waits for a server that starts at the same time. An error that only an operator can mend is thrown at once. */
async function untilReached(pool: Pool, place: string, { timeout_s, say }: Waiting): Promise<void> {
  const end_ms = performance.now() + timeout_s * 1000
  for (let pause_ms = firstPause_ms; ; pause_ms = Math.min(pause_ms * 2, lastPause_ms)) {
    try {
      return await refuseEncoding(pool)
    } catch (error) {
      const left_ms = end_ms - performance.now()
      if (left_ms <= 0 || !isAway(error as Error)) throw error
      if (pause_ms === firstPause_ms) {
        say(`${place} cannot be reached yet (${(error as Error).message}); waiting for up to ${timeout_s} s`)
      }
      await sleep(Math.min(pause_ms, left_ms))
    }
  }
}

/** A database with another encoding than UTF8 refuses some characters, or takes bytes that are no text (SQL_ASCII). */
async function refuseEncoding(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ name: string; encoding: string }>(
    `select current_database() as name, current_setting('server_encoding') as encoding`,
  )
  for (const { name, encoding } of rows) {
    if (encoding === 'UTF8') continue
    const create = `create database … encoding 'UTF8' template template0`
    throw new Error(`the database "${name}" has the encoding ${encoding}, Latchkey needs UTF8: ${create}`)
  }
}

function serverConfig({ sslmode, sslcert, sslkey, sslrootcert, more, ...server }: PostgresUrl): ClientConfig {
  const config: ClientConfig = { fallback_application_name: 'latchkey', ...server, ...more }
  if (sslmode === 'disable') config.ssl = false
  if (sslmode === undefined || sslmode === 'disable') return config
  const ssl: ConnectionOptions = {}
  if (sslcert !== undefined) ssl.cert = readFileSync(sslcert)
  if (sslkey !== undefined) ssl.key = readFileSync(sslkey)
  if (sslrootcert !== undefined) ssl.ca = readFileSync(sslrootcert)
  // As in libpq, `require` checks the certificate if an authority is given, and then not the name.
  const checks = sslmode.startsWith('verify') || (sslmode === 'require' && sslrootcert !== undefined)
  if (!checks) ssl.rejectUnauthorized = false
  else if (sslmode !== 'verify-full') ssl.checkServerIdentity = () => undefined
  return { ...config, ssl }
}

/** As in libpq, these modes connect without TLS to a server that has no TLS. */
function mayFallBack({ sslmode }: PostgresUrl): boolean {
  return sslmode === 'allow' || sslmode === 'prefer'
}
