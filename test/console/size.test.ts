import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readPage } from '../../src/console/io/files.ts'

const most_bytes = 60 * 1024

test('all files of the page together are small, compressed', async () => {
  const { files } = readPage(fileURLToPath(new URL('../../src/console/page', import.meta.url)))
  const sizes = await Promise.all(
    [...files].map(async ([name, { encoded }]) => [name, (await encoded('br')).length] as const),
  )
  assert.ok(sizes.some(([name]) => name === 'main.js') && sizes.some(([name]) => name === 'lit-html.js'))
  const total = sizes.reduce((sum, [, bytes]) => sum + bytes, 0)
  assert.ok(total < most_bytes, `${total} bytes: ${sizes.map((size) => size.join(' ')).join(', ')}`)
})
