import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVerifier } from '../../src/verifier/verifier.ts'

test('a runtime without WebSocket is refused, because no lease would ever run there', (t) => {
  const { WebSocket } = globalThis
  t.after(() => Object.assign(globalThis, { WebSocket }))
  Object.assign(globalThis, { WebSocket: undefined })
  assert.throws(() => createVerifier('latchkey://a:b@127.0.0.1:5000'), /needs Node\.js 22 or newer; this is v/)
})
