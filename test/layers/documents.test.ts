// Limits of the documents.

import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
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
