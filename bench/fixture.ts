import { generateKeyPairSync, randomUUIDv7 } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importPrivate, parsePrivateKey } from '../src/keys/keyring.ts'
import { signToken } from '../src/tokens/sign.ts'
import { type Server, startService } from './processes.ts'

/** The real service on an empty folder, with one account and tokens. */
export interface Fixture extends Server {
  /** A live token of the account, as the service issued it. */
  token: string
  /** Signs tokens that the service accepts but has not seen, with the service's key. A login would cost a hash. */
  signTokens: (count: number) => Promise<string[]>
  remove: () => Promise<void>
}

export const account = { email: 'bench@example.com', password: 'correct horse battery' }

/** @param folder may contain the database `latchkey.db` already */
export async function createFixture(folder = createFolder()): Promise<Fixture> {
  const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' })
  const SIGNING_KEY_FILE = join(folder, 'key.pem')
  writeFileSync(SIGNING_KEY_FILE, pem)
  const server = await startService(folder, { SIGNING_KEY_FILE, DATABASE_URL: 'sqlite:latchkey.db' })
  const token = await register(server.address)
  const key = await importPrivate(await parsePrivateKey(String(pem), 'ES256'))
  const claims = JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString())
  const sign = () => signToken(key, { ...claims, jti: randomUUIDv7(), gen: 0 })
  return {
    ...server,
    token,
    signTokens: (count) => Promise.all(Array.from({ length: count }, sign)),
    async remove() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function register(address: string): Promise<string> {
  const answer = await fetch(`${address}/api/v1/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(account),
  })
  if (answer.status !== 201) throw new Error(`registration: ${answer.status} ${await answer.text()}`)
  return ((await answer.json()) as { access_token: string }).access_token
}

/** Creates an empty temporary folder. */
export function createFolder(): string {
  return mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
}

/** Returns a GET request as it is sent. */
export function get(path: string, headers: Record<string, string> = {}): string {
  return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${formatHeaders(headers)}\r\n`
}

export function getWithToken(path: string, token: string): string {
  return get(path, { Authorization: `Bearer ${token}` })
}

/** Returns a POST request with JSON as it is sent. */
export function post(path: string, json: object, headers: Record<string, string> = {}): string {
  const body = JSON.stringify(json)
  const all = { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(body)), ...headers }
  return `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${formatHeaders(all)}\r\n${body}`
}

function formatHeaders(headers: Record<string, string>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
}
