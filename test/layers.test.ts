// The layout of src, enforced: what each kind of file may import, and how large things may get. Every rule is shown to
// complain about a violation that is planted for it in memory.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join, posix } from 'node:path'
import { describe, test } from 'node:test'

const rooms = ['accounts', 'tokens', 'revocation', 'widgets']

/** Values and their pure rules. A room's other files are verbs, but for `routes.ts` and `*records.ts`. */
const nouns = new Set([
  'accounts/hasher.ts',
  'accounts/names.ts',
  'accounts/password.ts',
  'accounts/profiles.ts',
  'accounts/throttle.ts',
  'revocation/entry.ts',
  'revocation/fence.ts',
  'revocation/lane.ts',
  'revocation/lease.ts',
  'revocation/log.ts',
  'revocation/member.ts',
  'revocation/membership.ts',
  'revocation/messages.ts',
  'revocation/revocation.ts',
  'revocation/revoked-set.ts',
  'tokens/claims.ts',
  'tokens/client.ts',
  'tokens/keyring.ts',
  'tokens/keys.ts',
  'tokens/sign.ts',
  'tokens/spelling.ts',
  'tokens/usage.ts',
  'tokens/verify.ts',
  'widgets/deadline.ts',
  'widgets/page.ts',
  'widgets/widget.ts',
])

/** What a file loads beyond what its kind may, and why. Each must be in use. */
const sanctioned: Record<string, string> = {
  'accounts/hasher.ts → fastq': 'the bounded queue before the thread pool',
  'accounts/network.ts → ipaddr.js': 'reads addresses',
  'accounts/names.ts → ajv-formats/dist/formats.js': 'the rule for addresses that the validator has too',
  'accounts/password.ts → node:util': 'promisify',
  'accounts/profiles.ts → lru-cache': 'a bounded cache',
  'accounts/throttle.ts → rate-limiter-flexible': 'the counting of failures, in memory or shared',
  'tokens/client.ts → bowser': 'names of browsers',
  'tokens/keys.ts → node:timers/promises': 'the rest between two looks for unknown keys',
  'tokens/load-keys.ts → node:fs': 'SIGNING_KEY_FILE',
  'revocation/fleet.ts → node:timers/promises': 'waits out the lease of a node that is gone',
  'accounts/routes.ts → tokens/claims.ts': 'the time that a token has left is part of the account’s answer',
  'accounts/routes.ts → tokens/revoke.ts': 'logging out is the revocation of the token in use',
  'accounts/change-account.ts → tokens/records.ts': 'an account and its tokens change in one transaction',
  'tokens/load-keys.ts → revocation/records.ts': 'a key that was revoked never signs again',
}

/** Closures over one state that are longer than a function may be; each of the functions inside them is not. */
const longClosures = new Set(['revocation/fleet.ts openFleetRevocation', 'revocation/follow.ts createFollower'])

/** Texts by path, below `src`. */
type Sources = Map<string, string>
type Rule = (sources: Sources) => string[]

function readSources(): Sources {
  const root = join(import.meta.dirname, '..', 'src')
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))
  return new Map(paths.map((path) => [path.replaceAll('\\', '/'), readFileSync(join(root, path), 'utf8')]))
}

const regularExpression =
  /(?<=(?:[(,=:[!&|?{};>]|return)\s*)\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[dgimsuvy]*/
const comment = /\/\/[^\n]*|\/\*[\s\S]*?\*\//
const text = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[\s\S])*`/
const noCode = new RegExp([comment, text, regularExpression].map(({ source }) => source).join('|'), 'g')

/** The code alone: comments, texts and regular expressions become spaces, lines stay lines. */
function codeOf(source: string): string {
  return source.replace(noCode, (found) => found.replace(/[^\n]/g, ' '))
}

const statement = /(?:^|\n)\s*(?:import|export)\s(?:[^'";]*?\sfrom\s)?\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/g

/** What a text names: a path below `src` for relative ones. */
function importsIn(path: string, source: string): string[] {
  const withoutComments = source.replace(new RegExp(`${text.source}|${comment.source}`, 'g'), (found) =>
    found.startsWith('/') ? '' : found,
  )
  return [...withoutComments.matchAll(statement)].map(([, fixed, dynamic]) => {
    const name = (fixed ?? dynamic) as string
    return name.startsWith('.') ? posix.join(posix.dirname(path), name) : name
  })
}

const stripped = new Map<string, string>()

function withoutTypes(source: string): string {
  const known = stripped.get(source) ?? stripTypeScriptTypes(source)
  stripped.set(source, known)
  return known
}

/** What a file names at all, and what is left of it once types are gone. */
const named = (path: string, source: string) => importsIn(path, source)
const loaded = (path: string, source: string) => importsIn(path, withoutTypes(source))

const roomOf = (path: string) => rooms.find((room) => path.startsWith(`${room}/`))
const isRoutes = (path: string) => roomOf(path) !== undefined && path.endsWith('/routes.ts')
const isRecords = (path: string) => roomOf(path) !== undefined && /[/-]records\.ts$/.test(path)
const isVerb = (path: string) => roomOf(path) !== undefined && !nouns.has(path) && !isRoutes(path) && !isRecords(path)
const isPackage = (name: string) => !name.endsWith('.ts')

/** A rule about the pairs of a file and what it loads. */
function each(imports: typeof named, complain: (path: string, name: string) => boolean): Rule {
  return (sources) =>
    [...sources].flatMap(([path, source]) =>
      imports(path, source)
        .filter((name) => complain(path, name) && !(`${path} → ${name}` in sanctioned))
        .map((name) => `${path} → ${name}`),
    )
}

/** They name a type of Fastify: what was composed, and what a route looks like. */
const handsFastifyOn = new Set(['latchkey.ts', 'commands/routes.ts'])

const databases = ['node:sqlite', 'pg', 'kysely/migration']

const rules: Record<string, Rule> = {
  'only routes.ts and http/ name Fastify': each(
    named,
    (path, name) =>
      /^(@fastify\/|fastify)/.test(name) && !path.startsWith('http/') && !isRoutes(path) && !handsFastifyOn.has(path),
  ),
  'who hands a type of Fastify on does not load it': each(
    loaded,
    (path, name) => handsFastifyOn.has(path) && /^(@fastify\/|fastify)/.test(name),
  ),
  'only store/ loads a database': each(loaded, (path, name) => databases.includes(name) && !path.startsWith('store/')),
  'only store/ and records load the query builder': each(
    loaded,
    (path, name) => name === 'kysely' && !path.startsWith('store/') && !isRecords(path),
  ),
  'store/ knows no other part': each(
    loaded,
    (path, name) => path.startsWith('store/') && !isPackage(name) && !name.startsWith('store/'),
  ),
  'a noun loads its room, jose, node:crypto and refusal.ts': each(
    loaded,
    (path, name) =>
      nouns.has(path) && !name.startsWith(`${roomOf(path)}/`) && !['jose', 'node:crypto', 'refusal.ts'].includes(name),
  ),
  'a noun loads no verb’s or record’s statements': each(loaded, (path, name) => nouns.has(path) && isRecords(name)),
  'records load the query builder, store/, values, and records of their room': each(
    loaded,
    (path, name) =>
      isRecords(path) &&
      name !== 'kysely' &&
      !name.startsWith('store/') &&
      !nouns.has(name) &&
      !(isRecords(name) && roomOf(name) === roomOf(path)),
  ),
  'a verb loads rooms, refusal.ts, store/ and node:crypto': each(
    loaded,
    (path, name) =>
      isVerb(path) &&
      !['refusal.ts', 'node:crypto', 'jose'].includes(name) &&
      !roomOf(name) &&
      !name.startsWith('store/'),
  ),
  'a verb loads no records of another room': each(
    loaded,
    (path, name) => isVerb(path) && isRecords(name) && roomOf(path) !== roomOf(name),
  ),
  'nobody but http/ loads routes': each(loaded, (path, name) => isRoutes(name) && !path.startsWith('http/')),
  'routes load their room, http/ and typebox': each(
    loaded,
    (path, name) =>
      isRoutes(path) && !name.startsWith(`${roomOf(path)}/`) && !name.startsWith('http/') && name !== 'typebox',
  ),
  'routes load no records': each(loaded, (path, name) => isRoutes(path) && isRecords(name)),
  'http/ loads no database and no records': each(
    loaded,
    (path, name) => path.startsWith('http/') && (isRecords(name) || name.startsWith('store/') || name === 'kysely'),
  ),
  'ports.ts and schema.ts are types only': each(loaded, (path) => path === 'ports.ts' || path === 'store/schema.ts'),
  'only config.ts reads process.env': (sources) =>
    [...sources]
      .filter(([path, source]) => path !== 'config.ts' && /\bprocess\s*\.\s*env\b/.test(codeOf(source)))
      .map(([path]) => path),
  'nothing imports in a circle': findCircles,
  'no file is over 400 lines': (sources) =>
    [...sources].filter(([, source]) => source.split('\n').length > 401).map(([path]) => path),
  'no function is over 70 lines': (sources) =>
    [...sources]
      .flatMap(([path, source]) => longFunctions(source).map((name) => `${path} ${name}`))
      .filter((found) => !longClosures.has(found)),
  'nothing is any': (sources) =>
    [...sources].filter(([, source]) => /(?<![.\w])any\b(?!\s*[:(])/.test(codeOf(source))).map(([path]) => path),
  'no file is a drawer': (sources) =>
    [...sources.keys()].filter((path) => /(^|\/)(index|utils?|helpers?|common|misc)(\.ts|\/)/.test(path)),
  'relative imports end in .ts': each(
    named,
    (_path, name) => /^[a-z]+\/(?!.*\.(ts|js)$)/.test(name) && roomOf(name) !== undefined,
  ),
}

/** Files that load each other, once types are gone. */
function findCircles(sources: Sources): string[] {
  const graph = new Map(
    [...sources].map(([path, source]) => [path, loaded(path, source).filter((name) => sources.has(name))]),
  )
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (path: string, trail: string[]): void => {
    if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
    if (trail.includes(path) || done.has(path)) return
    for (const name of graph.get(path) ?? []) visit(name, [...trail, path])
    done.add(path)
  }
  for (const path of graph.keys()) visit(path, [])
  return circles
}

/** Functions of more than 70 lines, by name or line: blocks that follow `=>`, or `)` that is no condition. */
function longFunctions(source: string): string[] {
  const code = codeOf(withoutTypes(source))
  const long: string[] = []
  const open: { line: number; name: string; isFunction: boolean }[] = []
  let line = 1
  for (const [at, character] of [...code].entries()) {
    if (character === '\n') line++
    if (character === '{') {
      const before = code.slice(0, at)
      open.push({ line, name: nameOf(before) ?? `line ${line}`, isFunction: opensFunction(before) })
    }
    if (character !== '}') continue
    const block = open.pop()
    if (block?.isFunction && line - block.line >= 70) long.push(block.name)
  }
  return long
}

/** The name of the declaration whose block comes next. */
function nameOf(before: string): string | undefined {
  return /\bfunction (\w+)\([^{}]*\)\s*$/.exec(before)?.[1]
}

function opensFunction(before: string): boolean {
  const code = before.trimEnd()
  if (code.endsWith('=>')) return true
  if (!code.endsWith(')')) return false
  let depth = 0
  let at = code.length - 1
  for (; at >= 0; at--) {
    if (code[at] === ')') depth++
    if (code[at] === '(' && --depth === 0) break
  }
  return !/\b(if|for|while|switch|catch|with|await)$/.test(code.slice(0, at).trimEnd())
}

const sources = readSources()

describe('the layout of src', () => {
  for (const [name, rule] of Object.entries(rules)) {
    test(name, () => assert.deepEqual(rule(sources), []))
  }

  test('has no exception that is not in use, and no noun that is not there', () => {
    const used = new Set(
      [...sources].flatMap(([path, source]) => loaded(path, source).map((name) => `${path} → ${name}`)),
    )
    assert.deepEqual(
      Object.keys(sanctioned).filter((exception) => !used.has(exception)),
      [],
    )
    const long = [...sources].flatMap(([path, source]) => longFunctions(source).map((name) => `${path} ${name}`))
    assert.deepEqual(long.toSorted(), [...longClosures].toSorted())
    assert.deepEqual(
      [...nouns].filter((path) => !sources.has(path)),
      [],
    )
  })

  test('is read whole: imports of every form are seen', () => {
    const seen = importsIn(
      'tokens/x.ts',
      `import a from 'a'\nimport { b,\n  c } from 'b'\nimport 'c'\nexport { d } from 'd'\nimport type { E } from 'e'\nconst f = await import('f')\n// import 'g'\n/* import 'h' */\nimport i from './i.ts'\nimport k from '../k.ts'\nexport * from 'l'\n`,
    )
    assert.deepEqual(seen.toSorted(), ['a', 'b', 'c', 'd', 'e', 'f', 'k.ts', 'l', 'tokens/i.ts'])
    const types = `import type { A } from 'a'\nimport { type B } from 'b'\nlet c: import('c').C\nimport { type D, d } from 'd'\n`
    assert.deepEqual(
      loaded('x.ts', types).filter((name) => name !== 'b'),
      ['d'],
    )
    assert.ok(named('latchkey.ts', sources.get('latchkey.ts') ?? '').length > 10)
    assert.ok(sources.size > 50)
  })
})

describe('a violation that is planted', () => {
  const longFile = 'const a = 1\n'.repeat(401)
  const longFunction = `export function long(a: number): number {\n${'  a++\n'.repeat(69)}  return a\n}\n`
  const longArrow = `export const long = (a: number) => {\n${'  if (a) {\n    a++\n  }\n'.repeat(24)}}\n`
  const planted: [rule: string, path: string, source: string][] = [
    ['only routes.ts and http/ name Fastify', 'tokens/planted.ts', `import type { FastifyRequest } from 'fastify'\n`],
    ['only routes.ts and http/ name Fastify', 'store/planted.ts', `import cors from '@fastify/cors'\n`],
    ['who hands a type of Fastify on does not load it', 'latchkey.ts', `import Fastify from 'fastify'\n`],
    ['only store/ loads a database', 'tokens/records.ts', `import { DatabaseSync } from 'node:sqlite'\n`],
    ['only store/ loads a database', 'accounts/planted.ts', `const { default: pg } = await import('pg')\n`],
    ['only store/ and records load the query builder', 'accounts/planted.ts', `import { sql } from 'kysely'\n`],
    ['store/ knows no other part', 'store/planted.ts', `import { Refusal } from '../refusal.ts'\n`],
    [
      'a noun loads its room, jose, node:crypto and refusal.ts',
      'tokens/claims.ts',
      `import { readFileSync } from 'node:fs'\n`,
    ],
    [
      'a noun loads its room, jose, node:crypto and refusal.ts',
      'widgets/deadline.ts',
      `import { isUuid } from '../tokens/claims.ts'\n`,
    ],
    [
      'a noun loads no verb’s or record’s statements',
      'tokens/claims.ts',
      `import { selectKeys } from './records.ts'\n`,
    ],
    [
      'records load the query builder, store/, values, and records of their room',
      'tokens/records.ts',
      `import { issueToken } from './issue.ts'\n`,
    ],
    [
      'a verb loads rooms, refusal.ts, store/ and node:crypto',
      'accounts/login.ts',
      `import { success } from '../http/envelope.ts'\n`,
    ],
    [
      'a verb loads rooms, refusal.ts, store/ and node:crypto',
      'tokens/planted.ts',
      `import { readFileSync } from 'node:fs'\n`,
    ],
    [
      'a verb loads no records of another room',
      'accounts/login.ts',
      `import { insertToken } from '../tokens/records.ts'\n`,
    ],
    ['nobody but http/ loads routes', 'accounts/login.ts', `import { tokenRoutes } from '../tokens/routes.ts'\n`],
    [
      'routes load their room, http/ and typebox',
      'widgets/routes.ts',
      `import { issueToken } from '../tokens/issue.ts'\n`,
    ],
    ['routes load no records', 'widgets/routes.ts', `import { insertWidget } from './records.ts'\n`],
    [
      'http/ loads no database and no records',
      'http/planted.ts',
      `import { findUser } from '../accounts/records.ts'\n`,
    ],
    ['http/ loads no database and no records', 'http/planted.ts', `import { openDatabase } from '../store/open.ts'\n`],
    ['ports.ts and schema.ts are types only', 'ports.ts', `import { createUsage } from './tokens/usage.ts'\n`],
    ['only config.ts reads process.env', 'tokens/planted.ts', `const key = process.env.KEY\n`],
    ['only config.ts reads process.env', 'tokens/planted.ts', `const { KEY } = process\n  .env\n`],
    ['nothing imports in a circle', 'tokens/claims.ts', `import { verifyToken } from './verify.ts'\n`],
    ['nothing imports in a circle', 'refusal.ts', `export { logIn } from './accounts/login.ts'\n`],
    ['no file is over 400 lines', 'tokens/planted.ts', longFile],
    ['no function is over 70 lines', 'tokens/planted.ts', longFunction],
    ['no function is over 70 lines', 'tokens/planted.ts', longArrow],
    ['nothing is any', 'tokens/planted.ts', `export const read = (text: string): any => JSON.parse(text)\n`],
    ['nothing is any', 'tokens/planted.ts', `export const list = [] as Array<any>\n`],
    ['no file is a drawer', 'tokens/utils.ts', ''],
    ['no file is a drawer', 'helpers/text.ts', ''],
    ['relative imports end in .ts', 'tokens/planted.ts', `import type { Claims } from './claims'\n`],
  ]

  for (const [name, path, source] of planted) {
    test(`in ${path} is found by the rule: ${name}`, () => {
      const rule = rules[name] as Rule
      const found = rule(new Map([...sources, [path, source + (sources.get(path) ?? '')]]))
      assert.ok(
        found.some((complaint) => complaint.includes(path)),
        JSON.stringify(found),
      )
    })
  }

  test('is planted for every rule', () => {
    assert.deepEqual(new Set(planted.map(([name]) => name)), new Set(Object.keys(rules)))
  })

  test('is none where the code only looks like one', () => {
    const source = `// any import 'pg' from process.env\nconst a = 'import x from "pg"; any'\nconst b = /process\\.env any/\nexport const c = await Promise.any([a, b])\nexport type D = { any: string }\n`
    const lookalike = new Map([...sources, ['tokens/planted.ts', source]])
    for (const [name, rule] of Object.entries(rules)) assert.deepEqual(rule(lookalike), [], name)
    const short = `export function short(a: number): number {\n${'  a++\n'.repeat(60)}  return a\n}\nexport const list = [\n${'  {\n    a: 1,\n  },\n'.repeat(60)}]\n`
    assert.deepEqual(longFunctions(short), [])
  })
})
