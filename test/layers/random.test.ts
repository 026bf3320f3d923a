import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const source = join(import.meta.dirname, '../../src')

test('no source uses Math.random, except to spread the attempts of a verifier to connect', () => {
  const files = globSync('**/*.ts', { cwd: source })
  assert.ok(files.length > 300)
  const uses = files.flatMap((file) =>
    [...readFileSync(join(source, file), 'utf8').matchAll(/Math\s*\.\s*random|Math\s*\[/g)].map(() => file),
  )
  assert.deepEqual(uses, ['verifier/connection.ts'])
})
