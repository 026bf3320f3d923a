import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { readEnvFile } from '../../src/config/env-file.ts'
import { SettingsError } from '../../src/config/kinds.ts'

function read(t: TestContext, content: string | Buffer) {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-env-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, '.env')
  writeFileSync(path, content)
  return readEnvFile(path)
}

for (const [text, values] of [
  ['', {}],
  ['A=1\nB=2', { A: '1', B: '2' }],
  ['\ufeffA=1\r\nB=2\r\n', { A: '1', B: '2' }],
  ['A=1\rB=2\r', { A: '1', B: '2' }],
  // An empty value with a space at its end does not take the next line.
  ['A= \nB=2\n', { A: '', B: '2' }],
  ['A=\t\n\nB=2\n', { A: '', B: '2' }],
  ['A=  \r\n# B=1\r\nC=3', { A: '', C: '3' }],
  // A `#` inside a value belongs to the value.
  ['A=postgres://u:p#w@h/d', { A: 'postgres://u:p#w@h/d' }],
  ['A=#fff', { A: '#fff' }],
  ['A=x#y # z', { A: 'x#y' }],
  ['A= # none yet', { A: '' }],
  ['A="x # y" # z', { A: 'x # y' }],
  ["A='x#y'", { A: 'x#y' }],
  // Quotes, spaces and `export`.
  ['export A="b c"', { A: 'b c' }],
  ['  A =  b c  ', { A: 'b c' }],
  ['A=it\'s "fine"', { A: 'it\'s "fine"' }],
  ['A=""', { A: '' }],
  // Nothing is replaced.
  ['A=$B\\n', { A: '$B\\n' }],
  ['A="x\\ny"', { A: 'x\\ny' }],
  ['A=b=c==', { A: 'b=c==' }],
  ['A=1\nA=2', { A: '2' }],
] as const) {
  test(`${JSON.stringify(text)} is read as ${JSON.stringify(values)}`, (t) =>
    assert.deepEqual(read(t, text), { ...values }))
}

for (const [content, message] of [
  ['A=1\nB\n', /^line 2 of .*\.env is not NAME=value$/],
  ['A: 1', /^line 1 of .* is not NAME=value$/],
  ['=1', /^line 1 of .* is not NAME=value$/],
  ['1A=1', /^line 1 of .* is not NAME=value$/],
  ['\n\nA="b\nc"', /^A in line 3 of .* begins with a quotation mark and has no other at its end$/],
  ["A='b' c", /^A in line 1 of .* begins with a quotation mark/],
  [Buffer.from('\ufeffA=1', 'utf16le'), / is not UTF-8 \(PowerShell writes UTF-16/],
  [Buffer.from('A=1', 'utf16le'), / is not UTF-8/],
  [Buffer.from('\ufeffA=1', 'utf16le').swap16(), / is not UTF-8/],
  [Buffer.from('A=\xe9', 'latin1'), / is not UTF-8/],
] as const) {
  test(`${JSON.stringify(String(content))} is refused`, (t) => {
    assert.throws(
      () => read(t, content as string | Buffer),
      (error) => error instanceof SettingsError && message.test(error.message) && !/postgres/.test(error.message),
    )
  })
}

test('a file that is missing has no values', () => assert.deepEqual(readEnvFile('/nowhere/at/all/.env'), {}))
