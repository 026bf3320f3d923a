import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fullFormats } from 'ajv-formats/dist/formats.js'
import { endsWithin, parseExpression } from './backtracking.ts'

const source = join(import.meta.dirname, '../../src')
const literal =
  /(?<=(?:[=(,:|?!&[]|return)\s*)\/(?![*/])((?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+)\/([dgimsuvy]*)(?=[\s,;.)\]:?]|$)/gm

/** Expressions that never read long untrusted text, and why. */
const bounded = new Map([
  ['"(?:[^"\\\\]|\\\\.)*"|[{}[\\],:]', 'reads JSON that was parsed, so its quotation marks come in pairs'],
  ['=+$', 'reads the base64 of our own salts and hashes'],
])

/** Returns every literal in src except those of the command line, which only the operator uses. */
function expressions(): RegExp[] {
  const files = globSync('**/*.ts', { cwd: source }).filter((file) => !/^(commands|cli)/.test(file))
  const found = files.flatMap((file) => {
    const code = readFileSync(join(source, file), 'utf8').replace(/^\s*(\*|\/\/|\/\*).*$/gm, '')
    return [...code.matchAll(literal)].map(([, body, flags]) => new RegExp(body as string, flags))
  })
  return [...found, fullFormats.email as RegExp]
}

/** Texts that the expressions match, in part or whole. The attacks are made from these. */
const samples = [
  'user.name@mail.example.com',
  'a@a.a',
  'john-doe-1',
  'https://example.com/path?query#fragment',
  '2030-01-31T12:00:00.123+01:00',
  '01/31/2030',
  'January. 31, 2030',
  '0192f0c1-0000-7000-8000-000000000000',
  'eyJh.eyJp.c2ln',
  '$argon2id$v=19$m=8,t=1,p=1$c2FsdA$dGFn',
  '{"a\\"b":["c",{"d":1}]}',
  '  Bearer  x',
  '/api/v1/widgets/name?page=1',
  '#/anyOf/1/required',
  'loopback,10.0.0.0/8',
  'sqlite:data/latchkey.db',
  'postgres://user@host/name',
  ' \t\r\n ',
  '\\\\\\"',
]

/** Repetitions. 30: an expression that limits its text to about 40 characters may still explode within the limit. */
const pumpCounts = [30, 100]
/** A linear expression takes about 10 steps for each character. A quadratic one takes hundreds after so many pumps. */
const maxStepsPerCharacter = 30

/** Yields each sample with each short part repeated, with and without its rest and an end that never matches. */
function* attacks(): Generator<string> {
  for (const sample of samples) {
    for (let from = 0; from < sample.length; from++) {
      for (let to = from + 1; to <= Math.min(sample.length, from + 2); to++) {
        for (const count of pumpCounts) {
          const pumped = sample.slice(0, from) + sample.slice(from, to).repeat(count)
          yield pumped
          yield `${pumped}\0`
          yield `${pumped}${sample.slice(to)}\0`
        }
      }
    }
  }
}

/** Returns the first text that takes the expression too many steps, if there is one. */
function findSlow(expression: RegExp): string | undefined {
  const parts = parseExpression(expression)
  return attacks().find((text) => !endsWithin(maxStepsPerCharacter * text.length, parts, text))
}

test('the step counter tells an expression that explodes from one that does not', () => {
  for (const slow of [
    /^(a+)+$/,
    /^(a|a)*$/,
    /(.*)@(.*)#$/,
    /\s+$/,
    /^[a-z]*[a-z0-9]*[a-z]*\.$/,
    /^(?=.{1,39}$)([a-z0-9]+-?)+$/,
    /"(?:[^"\\]|\\.)*"/,
  ]) {
    assert.notEqual(findSlow(slow), undefined, String(slow))
  }
  for (const quick of [/^a+$/, /^[a-z]+(-[a-z]+)*$/, /^(?:[^"\\]|\\.)*$/, /^(?!a).{3}$/, /abc/]) {
    assert.equal(findSlow(quick), undefined, String(quick))
  }
})

test('every regular expression that reads untrusted text takes linear time', () => {
  const all = expressions()
  assert.ok(all.length >= 15, 'the expressions were not found')
  for (const expression of all) {
    if (bounded.has(expression.source)) continue
    assert.equal(findSlow(expression), undefined, String(expression))
  }
  for (const known of bounded.keys()) {
    assert.ok(
      all.some((expression) => expression.source === known),
      `${known} is gone: remove the exception`,
    )
  }
})
