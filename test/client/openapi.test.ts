import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { generateTypes } from '../../bin/client.js'
import { createSqlite, open } from '../support/databases.ts'
import { startTestService } from '../support/service.ts'

const root = join(import.meta.dirname, '../..')

test('the types in the sources are those of the OpenAPI document', async (t) => {
  const { database, undo } = await open(t, createSqlite)
  const service = await startTestService(database)
  undo.push(service.stop)
  const types = await generateTypes((await service.call('GET', '/swagger.json')).json)
  // Not assert.equal, which would print the whole file.
  const same = types === readFileSync(join(root, 'src/client/openapi.ts'), 'utf8')
  assert.ok(same, 'src/client/openapi.ts is not up to date: run "npm run generate"')
})

test('no field of the types is unknown', () => {
  const types = readFileSync(join(root, 'src/client/openapi.ts'), 'utf8')
  // A response may have more headers, and the OpenAPI document itself has no type.
  const isField = (line: string) => /\bunknown\b/.test(line) && !/^\s*\[(name|key): string\]: unknown;$/.test(line)
  assert.deepEqual(types.split('\n').filter(isField), [])
})
