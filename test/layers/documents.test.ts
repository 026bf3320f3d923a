// Limits of the documents.

import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')

test('README.md and ARCHITECTURE.md have at most 1,500 words', () => {
  for (const file of ['README.md', 'ARCHITECTURE.md']) {
    const words = read(file).split(/\s+/).filter(Boolean).length
    assert.ok(words <= 1500, `${file} has ${words} words`)
  }
})

test('no line of a document has more than 160 characters, except in tables and blocks', () => {
  const files = [...globSync('*.md', { cwd: root }), ...globSync('docs/*.md', { cwd: root })]
  assert.ok(files.length > 8)
  const long = files.flatMap((file) => {
    const prose = read(file).replace(/^ *```[\s\S]*?^ *```/gm, '')
    return prose.split('\n').filter((line) => line.length > 160 && !line.startsWith('|'))
  })
  assert.deepEqual(long, [])
})

/** The names of tests and suites in a file, as they are written there. */
const namesIn = (file: string) =>
  [...read(file).matchAll(/(?:test|describe|onEachService|onEachDatabase)\(\s*(['"`])(.+?)\1,/g)].map(
    ([, , name]) => name,
  )

/** The rows of docs/asvs.md about items: number, subject, state, how, proof. */
const asvsRows = () =>
  read('docs/asvs.md')
    .split('\n')
    .filter((line) => /^\| \d+\.\d+\.\d+ \|/.test(line))
    .map(
      (line) =>
        line
          .slice(2, -1)
          .split(' |')
          .map((cell) => cell.trim()) as [string, string, string, string, string],
    )

test('docs/asvs.md has each item of levels 1 and 2 once, with a proof for what is met, and counts them', () => {
  const last = [3, 12, 4, 4, 5, 3, 0, 4]
  const sections = [...last.map((items, i) => [6, i + 1, items]), ...[3, 4, 2, 5, 2, 2].map((n, i) => [7, i + 1, n])]
  const numbers = sections.flatMap(([chapter, section, items = 0]) =>
    Array.from({ length: items }, (_, i) => `${chapter}.${section}.${i + 1}`),
  )
  const rows = asvsRows()
  assert.deepEqual(
    rows.map(([item]) => item),
    numbers,
  )
  const counted = [...read('docs/asvs.md').matchAll(/^\| (met|setting|not met|no such part) \| (\d+) \|/gm)]
  assert.deepEqual(
    counted.map(([, state, items]) => [state, Number(items)]),
    ['met', 'setting', 'not met', 'no such part'].map((state) => [
      state,
      rows.filter((row) => row[2] === state).length,
    ]),
  )
  for (const [item, , state, how, proof] of rows) {
    if (state === 'met' || state === 'setting') assert.match(proof, /`test\/|\]\(/, item)
    if (state === 'not met') assert.notEqual(how, '', item)
  }
})

test('each test that docs/asvs.md names exists', () => {
  let named = 0
  for (const [item, , , , proof] of asvsRows()) {
    let names: (string | undefined)[] = []
    for (const [, file, name] of proof.matchAll(/`(test\/[^`]+)`|\*([^*]+)\*/g)) {
      if (file !== undefined) names = namesIn(file)
      else assert.ok(names.includes(name) && ++named, `${item}: there is no test “${name}”`)
    }
  }
  assert.ok(named > 50)
})

/** The anchor that GitHub gives a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

test('each link from a document to a document leads to a heading that is there', () => {
  const files = [...globSync('*.md', { cwd: root }), ...globSync('docs/*.md', { cwd: root })]
  const broken = files.flatMap((file) => {
    const links = [...read(file).matchAll(/\]\(([^)\s]*?)#([^)\s]+)\)/g)].filter(([, path = '']) => !path.includes(':'))
    return links.flatMap(([, path = '', anchor]) => {
      const target = path === '' ? file : join(dirname(file), path)
      const anchors = [...read(target).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))
      return anchors.includes(anchor as string) ? [] : [`${file}: ${path}#${anchor}`]
    })
  })
  assert.deepEqual(broken, [])
})
