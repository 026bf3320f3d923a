import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEventStream } from '../../src/console/event-stream.ts'

test('a console that does not read is cut off, and its events take little memory', () => {
  const { stream, send } = createEventStream()
  let most = 0
  for (let told = 0; !stream.destroyed && told < 10_000; told++) {
    send('event: changed\ndata:\n\n')
    most = Math.max(most, stream.readableLength)
  }
  assert.ok(stream.destroyed && most < 20_000, `${most} bytes wait`)
  send('event: changed\ndata:\n\n')
})

test('a console that reads gets everything until the end, and nothing after it', async () => {
  const { stream, send, end } = createEventStream()
  send('event: changed\ndata:\n\n')
  send('event: ended\ndata: revoked\n\n')
  end()
  send(':\n\n')
  assert.equal(
    Buffer.concat(await stream.toArray()).toString(),
    'event: changed\ndata:\n\nevent: ended\ndata: revoked\n\n',
  )
})
