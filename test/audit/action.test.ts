import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { actions } from '../../src/audit/action.ts'

const root = join(import.meta.dirname, '../..')

test('docs/operating.md has the table of everything that the audit trail tells', () => {
  const text = readFileSync(join(root, 'docs/operating.md'), 'utf8')
  const rows = Object.entries(actions).map(([action, meaning]) => `| \`${action}\` | ${meaning} |\n`)
  assert.ok(text.includes(`| action | what it tells |\n| --- | --- |\n${rows.join('')}\n`))
})

test('each of these facts is written somewhere', () => {
  const files = globSync('src/**/*.ts', { cwd: root, exclude: ['src/audit/action.ts', 'src/client/openapi.ts'] })
  const source = files.map((file) => readFileSync(join(root, file), 'utf8')).join('\n')
  const unused = Object.keys(actions).filter((action) => !source.includes(`'${action}'`))
  assert.deepEqual(unused, [])
})
