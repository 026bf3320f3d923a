// Plants a violation of each import rule (.dependency-cruiser.mjs) and of each limit (biome.json) in a copy of src, and
// expects the tools to report exactly the planted files. `npm run check` shows that src itself has no violation.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { cruise, type ICruiseResult } from 'dependency-cruiser'
import config from '../../.dependency-cruiser.mjs'

const root = join(import.meta.dirname, '../..')

/** A copy of the project. Planted code never runs. */
let copy: string

before(() => {
  copy = mkdtempSync(join(tmpdir(), 'latchkey-layers-'))
  for (const path of ['src', 'package.json', 'biome.json', 'tsconfig.json'])
    cpSync(join(root, path), join(copy, path), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
})
after(() => rmSync(copy, { recursive: true, force: true }))

/** Puts a text before the content of a file. Creates the file if it is missing. */
function plant(path: string, text: string): void {
  const file = join(copy, 'src', path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text + contentOf(file))
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** `reported`: the file that the tool names, if it is not `path`. */
type Planted = [rule: string, path: string, text: string, reported?: string]

const imports: Planted[] = [
  ['no-circle', 'tokens/claims.ts', `import { verifyToken } from './verify.ts'\n`],
  ['no-circle', 'tokens/canonical.ts', `const { readClaims } = await import('./claims.ts')\nimport './verify.ts'\n`],
  ['config-knows-only-rooms-below', 'config/kinds.ts', `import { success } from '../http/envelope.ts'\n`],
  ['store-knows-only-rooms-below', 'store/planted.ts', `import type { Claims } from '../tokens/claims.ts'\n`],
  ['http-knows-only-rooms-below', 'http/planted.ts', `import { isUuid } from '../tokens/claims.ts'\n`],
  ['operation-knows-only-rooms-below', 'operation/planted.ts', `import type { Keys } from '../keys/keys.ts'\n`],
  ['revocation-knows-only-rooms-below', 'revocation/planted.ts', `import type { Keys } from '../keys/keys.ts'\n`],
  ['keys-knows-only-rooms-below', 'keys/planted.ts', `import type { Claims } from '../tokens/claims.ts'\n`],
  ['credentials-knows-only-rooms-below', 'credentials/planted.ts', `import '../accounts/names.ts'\n`],
  ['mail-knows-only-rooms-below', 'mail/planted.ts', `import '../accounts/names.ts'\n`],
  ['console-knows-only-rooms-below', 'console/planted.ts', `import '../accounts/names.ts'\n`],
  ['the-page-loads-its-own-files', 'console/page/planted.js', `import '../cookie.ts'\n`],
  ['tokens-knows-only-rooms-below', 'tokens/planted.ts', `import { isEmail } from '../accounts/names.ts'\n`],
  ['accounts-knows-only-rooms-below', 'accounts/planted.ts', `import '../widgets/deadline.ts'\n`],
  ['widgets-knows-only-rooms-below', 'widgets/planted.ts', `import { isEmail } from '../accounts/names.ts'\n`],
  ['services-knows-only-rooms-below', 'services/planted.ts', `import { isEmail } from '../accounts/names.ts'\n`],
  ['audit-knows-only-rooms-below', 'audit/planted.ts', `import { isEmail } from '../accounts/names.ts'\n`],
  ['admin-knows-only-rooms-below', 'admin/planted.ts', `import '../widgets/deadline.ts'\n`],
  ['client-knows-only-rooms-below', 'client/planted.ts', `import type { Refusal } from '../http/refusals.ts'\n`],
  ['the-client-needs-openapi-fetch-alone', 'client/client.ts', `import 'jose'\n`],
  ['oauth-knows-only-rooms-below', 'oauth/planted.ts', `import '../widgets/deadline.ts'\n`],
  ['import-knows-only-rooms-below', 'import/planted.ts', `import '../services/service.ts'\n`],
  ['verifier-knows-only-rooms-below', 'verifier/planted.ts', `import '../services/service.ts'\n`],
  ['gate-knows-only-rooms-below', 'gate/planted.ts', `import '../services/service.ts'\n`],
  ['housekeeping-knows-only-its-rooms', 'operation/housekeeping.ts', `import '../widgets/deadline.ts'\n`],
  [
    'rooms-know-the-top-of-src-only-by-its-leaves',
    'tokens/planted.ts',
    `import type { Parts } from '../latchkey.ts'\n`,
  ],
  ['leaves-know-nothing', 'refusal.ts', `import type { Format } from './format.ts'\n`],
  ['ports-and-schema-are-types-only', 'ports.ts', `import { createUsage } from './tokens/usage.ts'\n`],
  ['http-is-a-toolkit', 'http/planted.ts', `import type { Ports } from '../ports.ts'\n`],
  ['only-http-and-routes-name-fastify', 'tokens/issue.ts', `import type { FastifyRequest } from 'fastify'\n`],
  ['only-http-and-routes-name-fastify', 'store/planted.ts', `import cors from '@fastify/cors'\n`],
  ['commands-start-without-fastify', 'latchkey.ts', `import Fastify from 'fastify'\n`],
  ['only-store-loads-a-database', 'tokens/records.ts', `import { DatabaseSync } from 'node:sqlite'\n`],
  ['only-store-loads-a-database', 'accounts/planted.ts', `const { default: pg } = await import('pg')\n`],
  ['only-records-load-the-query-builder', 'tokens/list.ts', `import { sql } from 'kysely'\n`],
  ['a-noun-loads-values-only', 'widgets/deadline.ts', `import { listWidgets } from './read.ts'\n`],
  ['a-noun-loads-values-only', 'tokens/claims.ts', `import { readFileSync } from 'node:fs'\n`],
  ['the-protocol-is-pure', 'revocation/protocol/node.ts', `import { randomUUID } from 'node:crypto'\n`],
  ['the-protocol-is-pure', 'revocation/check/lease.ts', `import '../postgres/driver.ts'\n`],
  [
    'verification-needs-jose-alone',
    'tokens/claims.ts',
    `import { LRUCache } from 'lru-cache'\n`,
    'tokens/authenticate.ts',
  ],
  ['verification-stands-alone', 'tokens/verify.ts', `import { isSealed } from '../keys/keyring.ts'\n`],
  ['records-hold-statements-only', 'tokens/records.ts', `import { prepareToken } from './issue.ts'\n`],
  ['only-implementations-of-ports-do-io', 'accounts/login.ts', `import { readFileSync } from 'node:fs'\n`],
  ['only-the-composition-loads-implementations', 'accounts/login.ts', `import '../credentials/io/hasher.ts'\n`],
  ['only-the-composition-loads-implementations', 'tokens/revoke.ts', `import '../revocation/postgres/driver.ts'\n`],
  [
    'a-verb-uses-no-records-of-another-room',
    'accounts/login.ts',
    `import { insertToken } from '../tokens/records.ts'\n`,
  ],
  ['only-app-loads-routes', 'accounts/login.ts', `import { tokenRoutes } from '../tokens/routes.ts'\n`],
  ['routes-use-no-records', 'widgets/routes.ts', `import { insertWidget } from './records.ts'\n`],
  ['no-drawer', 'tokens/list.ts', `import '../helpers/text.ts'\n`],
  ['no-drawer', 'helpers/text.ts', ''],
]

describe('a planted import', () => {
  let found: string[]
  before(async () => {
    for (const [, path, text] of imports) plant(path, text)
    const { forbidden = [], options } = config
    const { output } = await cruise(['src'], {
      ...options,
      ruleSet: { forbidden },
      validate: true,
      baseDir: copy,
      preserveSymlinks: true,
    })
    found = (output as ICruiseResult).summary.violations.map(({ rule, from }) => `${rule.name} ${from}`)
  })

  for (const [rule, path, , reported = path] of imports.filter(([, path]) => path !== 'helpers/text.ts')) {
    test(`in ${path} breaks the rule ${rule}`, () => {
      assert.ok(found.includes(`${rule} src/${reported}`), found.filter((each) => each.includes(path)).join('\n'))
    })
  }

  test('exists for every rule', () => {
    assert.deepEqual(new Set(imports.map(([rule]) => rule)), new Set(config.forbidden?.map(({ name }) => name)))
  })
})

const long = (lines: number) => `export function long(a: number): number {\n${'  a++\n'.repeat(lines)}  return a\n}\n`
const limits: Planted[] = [
  ['complexity/noExcessiveLinesPerFunction', 'planted/function.ts', long(71)],
  ['style/noExcessiveLinesPerFile', 'planted/file.ts', 'export type A = 1\n'.repeat(401)],
  [
    'complexity/useMaxParams',
    'planted/parameters.ts',
    'export const f = (a: 1, b: 1, c: 1, d: 1, e: 1, f: 1) => [a, b, c, d, e, f]\n',
  ],
  ['suspicious/noExplicitAny', 'planted/any.ts', 'export const read = (text: string): any => JSON.parse(text)\n'],
  ['style/noProcessEnv', 'planted/env.ts', 'export const key = process.env.KEY\n'],
  ['style/noNonNullAssertion', 'planted/assertion.ts', 'export const first = (list: string[]) => list[0]!\n'],
  ['correctness/useImportExtensions', 'planted/extension.ts', `import type { A } from './file'\nexport type B = A\n`],
]

describe('a planted violation of a limit', () => {
  let found: string[]
  before(async () => {
    for (const [, path, text] of limits) plant(path, text)
    plant('planted/short.ts', long(60))
    found = await lint()
  })

  for (const [rule, path] of limits) {
    test(`in ${path} breaks the rule ${rule}`, () => {
      assert.ok(found.includes(`lint/${rule} src/${path}`), found.join('\n'))
    })
  }

  test('is the only one that is reported', () => {
    const planted = limits.map(([, path]) => `src/${path}`)
    const others = found.filter((each) => /LinesPer|MaxParams|noExplicitAny|noProcessEnv/.test(each))
    assert.deepEqual(
      others.filter((each) => !planted.some((path) => each.endsWith(path))),
      [],
    )
  })
})

interface Report {
  diagnostics: { category: string; location: { path: string } }[]
}

/** Runs Biome. @returns what it reports, as `rule path` */
function lint(): Promise<string[]> {
  const biome = join(root, 'node_modules/.bin/biome')
  const args = ['lint', '--reporter=json', '--max-diagnostics=none', 'src']
  return new Promise((resolve) => {
    // Biome exits with 1 if it reports anything.
    execFile(biome, args, { cwd: copy, maxBuffer: 64 * 1024 * 1024 }, (_error, stdout) => {
      const { diagnostics } = JSON.parse(stdout) as Report
      resolve(diagnostics.map(({ category, location }) => `${category} ${location.path}`))
    })
  })
}
