import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseSettings } from '../../src/config/reader.ts'
import { type Service, startService } from '../../src/latchkey.ts'
import type { TestDatabase } from './databases.ts'

/** A request of a test. */
export interface Call {
  token?: string
  json?: unknown
  form?: Record<string, string> | [string, string][]
  /** Sent unchanged. `headers` names the content type. */
  body?: string | Buffer
  /** Names and values in turn. A name may occur twice. */
  headers?: string[]
}

// biome-ignore lint/suspicious/noExplicitAny: the tests assert the shape of an answer
type Json = any

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
  /** The parsed body, undefined if it is not JSON. */
  json: Json
}

export interface TestService extends Service {
  call: (method: string, path: string, call?: Call) => Promise<Answer>
  /** Registers an account and returns its first token. */
  register: (account?: Partial<Account>) => Promise<string>
  logIn: (account?: Partial<Account>) => Promise<string>
  /** Registers an account, makes it an administrator and returns an administrator's token. */
  admin: (account?: Partial<Account>) => Promise<string>
}

export interface Account {
  email: string
  password: string
  username?: string
}

export const account: Account = { email: 'user@example.com', password: 'correct horse battery' }

const outbox = mkdtempSync(join(tmpdir(), 'latchkey-outbox-'))
process.on('exit', () => rmSync(outbox, { recursive: true, force: true }))

/** For most tests: cheap hashing, no rate limits, no log, and messages that nobody reads. */
export const quickSettings = {
  MAIL_OUTBOX: outbox,
  PORT: '0',
  LATCHKEY_ENV: 'development',
  ARGON2_MEMORY_KIB: '8',
  ARGON2_PASSES: '1',
  LOGIN_LIMIT_ACCOUNT: '0',
  LOGIN_LIMIT_ADDRESS: '0',
  LOG_LEVEL: 'silent',
}

/** Starts the real service on a free port. Paths of calls are under `/api/v1` unless they start with `//`. */
export async function startTestService(
  database: TestDatabase,
  settings: Record<string, string> = {},
  clock?: () => number,
): Promise<TestService> {
  const service = await startService(
    parseSettings({ ...quickSettings, DATABASE_URL: database.url, ...settings }),
    clock,
  )
  const call = (method: string, path: string, options: Call = {}) => send(service.address, method, path, options)
  const token = async (path: string, input: Account, status: number) => {
    const answer = await call('POST', path, { json: input })
    if (answer.status !== status) throw new Error(`${path}: ${answer.status} ${answer.text}`)
    return answer.json.access_token as string
  }
  const register = (input: Partial<Account> = {}) => token('/auth/register', { ...account, ...input }, 201)
  const logIn = (input: Partial<Account> = {}) => token('/auth/login', { ...account, ...input }, 200)
  return {
    ...service,
    call,
    register,
    logIn,
    async admin(input = {}) {
      const { email } = { ...account, ...input }
      await register(input)
      await service.ports.store.updateTable('user').set({ admin: 1 }).where('email', '=', email).execute()
      return logIn(input)
    },
  }
}

/** Sends one request over its own connection. Adds only Connection, Content-Length and, if the call has none, Host. */
export async function send(address: string, method: string, path: string, call: Call = {}): Promise<Answer> {
  const { headers, body } = prepare(call)
  const url = new URL(path.startsWith('//') ? path.slice(1) : `/api/v1${path}`, address)
  const all = [...(headers.includes('Host') ? [] : ['Host', url.host]), 'Connection', 'close', ...headers]
  if (body !== undefined) all.push('Content-Length', String(Buffer.byteLength(body)))
  const sent = httpRequest({
    host: url.hostname,
    port: url.port,
    method,
    path: url.pathname + url.search,
    headers: all,
  })
  sent.end(body)
  const [response] = await once(sent, 'response')
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  return { status: response.statusCode, headers: response.headers, text, json: parse(text) }
}

function prepare({ token, json, form, body, headers = [] }: Call): {
  headers: string[]
  body?: string | Buffer | undefined
} {
  const all = [...headers]
  if (token !== undefined) all.push('Authorization', `Bearer ${token}`)
  if (json !== undefined) return { headers: [...all, 'Content-Type', 'application/json'], body: JSON.stringify(json) }
  if (form !== undefined) {
    return {
      headers: [...all, 'Content-Type', 'application/x-www-form-urlencoded'],
      body: String(new URLSearchParams(form)),
    }
  }
  return { headers: all, body }
}

function parse(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
