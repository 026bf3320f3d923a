import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Flaw } from '../../src/import/entry.ts'
import { readJsonLines } from '../../src/import/io/jsonl.ts'

const password_hash = `$2b$12$${'a'.repeat(53)}`

let folder: string
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-jsonl-'))
})
after(() => rmSync(folder, { recursive: true }))

/** Reads a file. @returns for each entry its place, and the address or the reason */
async function read(content: string | Buffer): Promise<string[]> {
  const path = join(folder, 'users.jsonl')
  writeFileSync(path, content)
  const entries: string[] = []
  let bytes = 0
  const onBytes = (more: number) => {
    bytes += more
  }
  for await (const { place, item } of readJsonLines(path, onBytes)) {
    entries.push(`${place}: ${item instanceof Flaw ? item.reason : item.email}`)
  }
  assert.equal(bytes, Buffer.byteLength(content))
  return entries
}

const line = (name: string, more: object = {}) =>
  JSON.stringify({ email: `${name}@example.com`, password_hash, ...more })

test('lines may end as they like, the last one without an end, and empty ones count only', async () => {
  const expected = ['line 1: a@example.com', 'line 3: b@example.com', 'line 5: c@example.com']
  for (const end of ['\n', '\r\n']) {
    for (const last of ['', end, `${end}${end}`, `${end} \t`])
      assert.deepEqual(await read([line('a'), '', line('b'), '  ', line('c')].join(end) + last), expected)
  }
  assert.deepEqual(await read(`\ufeff${line('a')}\n`), expected.slice(0, 1))
  assert.deepEqual(await read(''), [])
})

test('a line that is not an object of JSON is an entry with the reason, and the next line is read', async () => {
  const bad: [string | Buffer, string][] = [
    ['{"email": "secret', 'is not JSON'],
    ['email,password_hash', 'is not JSON'],
    ['[{"email":"x@example.com"}]', 'is not a JSON object'],
    ['null', 'is not a JSON object'],
    ['"text"', 'is not a JSON object'],
    ['['.repeat(60_000), 'is not JSON'],
    [Buffer.from('{"email":"\xe4"}', 'latin1'), 'is not UTF-8'],
    [Buffer.from([0xff, 0xfe]), 'is not UTF-8'],
  ]
  for (const [text, reason] of bad) {
    const content = Buffer.concat([Buffer.from(text), Buffer.from(`\n${line('next')}\n`)])
    assert.deepEqual(await read(content), [`line 1: ${reason}`, 'line 2: next@example.com'])
  }
})

test('a line may have 64 KiB, also across the pieces of a read', async () => {
  const padded = (size: number) => line('long', { pad: 'x'.repeat(size - line('long', { pad: '' }).length) })
  const limit = 64 * 1024
  assert.equal(padded(limit).length, limit)
  for (const before of [[], [line('a')], [line('a'), padded(limit), line('b')]]) {
    const places = before.map((_, i) => `line ${i + 1}`)
    const n = before.length
    const entries = await read([...before, padded(limit), padded(limit + 1), 'x'.repeat(300_000), line('z')].join('\n'))
    assert.deepEqual(entries.map((entry) => entry.split(':')[0]).slice(0, n), places)
    assert.deepEqual(entries.slice(n), [
      `line ${n + 1}: long@example.com`,
      `line ${n + 2}: is longer than 64 KiB`,
      `line ${n + 3}: is longer than 64 KiB`,
      `line ${n + 4}: z@example.com`,
    ])
  }
})
