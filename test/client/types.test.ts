import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '../..')

/** Each is one line of a program with a client `api`. */
const right = [
  "await api.POST('/api/v1/auth/login', { body: { email: 'a@example.com', password: 'b' } })",
  "await api.POST('/api/v1/auth/login', { body: { username: 'a', password: 'b' } })",
  "await api.POST('/api/v1/login', { body: { username: 'a', password: 'b' } })",
  "await api.POST('/api/v1/login', { body: { email: 'a@example.com', username: undefined, password: 'b' } })",
  "const seconds: number | undefined = (await api.POST('/api/v1/auth/login', { body: { email: 'a', password: 'b' } })).data?.expires_in",
  "const token: string | undefined = (await api.POST('/api/v1/login', { body: { username: 'a', password: 'b' } })).data?.token",
  "await api.GET('/api/v1/widgets', { params: { query: { page: 2, per_page: 25 } } })",
  "await api.GET('/api/v1/tokens', { params: { query: { page: 2, per_page: 7, current: true } } })",
  "const total: number | undefined = (await api.GET('/api/v1/tokens')).data?.total_items",
  "const next: string | undefined = (await api.GET('/api/v1/tokens')).data?.links.next",
  "await api.DELETE('/api/v1/tokens/{id}', { params: { path: { id: 'x' } } })",
  "const owner: string | undefined = (await api.GET('/api/v1/widgets')).data?.items[0]?.owner?.email",
  "const failure: Failure | Fault | undefined = (await api.GET('/api/v1/tokens')).error",
  "createClient({ baseUrl: 'http://x', token: async () => undefined, fetch: (request) => fetch(request) })",
]

/** A line of the program, and what the compiler says of it. */
const wrong: [line: string, message: RegExp][] = [
  ["await api.GET('/api/v1/token', {})", /not assignable/],
  ["await api.POST('/api/v1/tokens', {})", /not assignable/],
  ["await api.POST('/api/v1/auth/login')", /Expected 2 arguments/],
  ["await api.POST('/api/v1/auth/login', { body: { password: 'b' } })", /not assignable/],
  ["await api.POST('/api/v1/auth/login', { body: { email: 'a@example.com' } })", /password/],
  ["await api.POST('/api/v1/auth/login', { body: { email: undefined, password: 'b' } })", /not assignable/],
  ["await api.POST('/api/v1/login', { body: { password: 'b' } })", /not assignable/],
  ["await api.POST('/api/v1/login', { body: { username: 'a' } })", /password/],
  ["await api.POST('/api/v1/login', { body: { username: undefined, password: 'b' } })", /not assignable/],
  ["await api.POST('/api/v1/login', { body: { username: 'a', password: null } })", /not assignable/],
  [
    "const s: string | undefined = (await api.POST('/api/v1/login', { body: { email: 'a', password: 'b' } })).data?.expires_in",
    /'number' is not assignable to type 'string'/,
  ],
  ["await api.POST('/api/v1/auth/login', { body: { email: 1, password: 'b' } })", /not assignable/],
  ["await api.POST('/api/v1/auth/register', { body: { email: 'a', password: 'b', username: 1 } })", /not assignable/],
  [
    "await api.GET('/api/v1/widgets', { params: { query: { page: '2' } } })",
    /'string' is not assignable to type 'number'/,
  ],
  ["await api.GET('/api/v1/widgets', { params: { query: { per_page: 7 } } })", /'7' is not assignable/],
  [
    "await api.GET('/api/v1/tokens', { params: { query: { page: '2' } } })",
    /'string' is not assignable to type 'number'/,
  ],
  [
    "await api.GET('/api/v1/tokens', { params: { query: { current: 'true' } } })",
    /'string' is not assignable to type 'boolean/,
  ],
  ["await api.DELETE('/api/v1/tokens/{id}')", /Expected 2 arguments/],
  ["await api.DELETE('/api/v1/tokens/{id}', { params: { path: { name: 'x' } } })", /id/],
  ["const n: number | undefined = (await api.GET('/api/v1/auth/user')).data?.email", /'string' is not assignable/],
  ["const m = (await api.GET('/api/v1/tokens')).data.tokens", /possibly 'undefined'/],
  ["const o = (await api.GET('/api/v1/widgets')).data?.items[0]?.owner.email", /possibly 'null'/],
  ["const e = (await api.GET('/api/v1/tokens')).error?.reason", /'reason' does not exist/],
  ["createClient({ token: 'x' })", /baseUrl/],
  ["createClient({ baseUrl: 'http://x', token: 1 })", /'number' is not assignable/],
]

test('the compiler accepts right calls and refuses each wrong call', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-types-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const first = [
    `import { createClient, type Failure, type Fault } from '${join(root, 'src/client/client.ts')}'`,
    "const api = createClient({ baseUrl: 'http://x' })",
  ]
  const lines = [...first, ...right, ...wrong.map(([line]) => line), 'export {}']
  writeFileSync(join(folder, 'calls.mts'), lines.join('\n'))
  const errors = await compile(folder, 'calls.mts')
  const firstWrong = first.length + right.length
  const unexpected = [...errors].filter(([line]) => line <= firstWrong || line > firstWrong + wrong.length)
  assert.deepEqual(unexpected, [])
  for (const [i, [line, message]] of wrong.entries()) {
    assert.match(errors.get(firstWrong + i + 1) ?? 'no error', message, line)
  }
})

/** Compiles a file. @returns the errors by line, from 1 */
function compile(folder: string, file: string): Promise<Map<number, string>> {
  const compiler = join(root, 'node_modules/@typescript/native/bin/tsc')
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types'), '--skipLibCheck']
  const options = ['--noEmit', '--strict', '--allowImportingTsExtensions', '--module', 'nodenext', '--pretty', 'false']
  return new Promise((resolve) => {
    // The compiler exits with 2 if it finds an error.
    execFile(process.execPath, [compiler, ...options, ...types, file], { cwd: folder }, (_error, stdout) => {
      const errors = new Map<number, string>()
      let line = 0
      for (const text of stdout.split('\n')) {
        line = Number(/^calls\.mts\((\d+),/.exec(text)?.[1] ?? line)
        if (text !== '') errors.set(line, `${errors.get(line) ?? ''}${text}\n`)
      }
      resolve(errors)
    })
  })
}
