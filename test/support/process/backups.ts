import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { openDatabase } from '../../../src/store/open.ts'
import type { TestDatabase } from '../databases.ts'
import { latchkey, type Outcome } from './latchkey.ts'
import { createPostgres, debianPrograms } from './postgres.ts'
import type { ServerProcess } from './server.ts'

const password = 'correct horse battery'

/** A database with `pg_dump` and `pg_restore` of its version. Settings for the commands include a PATH to them. */
export interface DumpableDatabase extends TestDatabase {
  settings: Record<string, string>
}

/** Starts a PostgreSQL server for one test file. */
export async function createDumpable(): Promise<DumpableDatabase> {
  const programs = debianPrograms()
  const { url, remove } = await createPostgres({ programs })
  return { url, remove, settings: { DATABASE_URL: url, PATH: `${programs}:${process.env.PATH}` } }
}

/** Registers an account. @returns its token */
export async function register(server: ServerProcess, email: string): Promise<string> {
  const { status, text, json } = await server.call('POST', '/auth/register', { json: { email, password } })
  assert.equal(status, 201, text)
  return json.access_token
}

/** @returns the status of a login, and its token */
export async function logIn(server: ServerProcess, email: string): Promise<{ status: number; token: string }> {
  const { status, json } = await server.call('POST', '/auth/login', { json: { email, password } })
  return { status, token: json?.access_token }
}

/** @returns the status of a request with the token */
export async function use(server: ServerProcess, token: string): Promise<number> {
  return (await server.call('GET', '/auth/user', { token })).status
}

/** Runs a command that has to succeed. @returns its output */
export async function run(settings: Record<string, string>, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await latchkey(args, settings)
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' }, args.join(' '))
  return stdout
}

/** The addresses of all accounts. */
export async function accounts({ DATABASE_URL = '' }: Record<string, string>): Promise<string[]> {
  const { store } = await openDatabase(DATABASE_URL, { missing: 'refuse' })
  const rows = await store.selectFrom('user').select('email').orderBy('email').execute()
  await store.destroy()
  return rows.map(({ email }) => email)
}

export async function addAccount(settings: Record<string, string>, email: string): Promise<void> {
  const { code, stderr } = await latchkey(['user', 'add', email, '--password-stdin'], settings, { stdin: password })
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
}

/** Adds tokens of one account that have expired, about 330 bytes each. */
export async function addTokens({ url }: TestDatabase, number: number): Promise<void> {
  const { store, kind } = await openDatabase(url)
  const text = sql.raw(kind === 'sqlite' ? `printf('%064d', n)` : `lpad(n::text, 64, '0')`)
  await sql`
    with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < ${number})
    insert into token (jti, user_id, kid, description, ip, issued_at, expires_at)
    select ${text}, (select id from "user" limit 1), ${text}, ${text}, ${text}, 1, 2 from numbers`.execute(store)
  await store.destroy()
}

/** Expects one line of error, and exit code 1. */
export function assertRefused({ code, stdout, stderr }: Outcome, line: RegExp): void {
  assert.match(stderr, line)
  assert.deepEqual({ code, stdout, lines: stderr.split('\n').length }, { code: 1, stdout: '', lines: 2 }, stderr)
}
