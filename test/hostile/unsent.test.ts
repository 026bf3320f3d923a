import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import Fastify, { type FastifyRequest } from 'fastify'
import { boundUnsent } from '../../src/http/unsent.ts'

/** More than the kernel takes from a connection without a reader. */
const answer_bytes = 16 * 1024 * 1024

/** @param answers the bound, as a number of answers. @param before what an answer waits for */
async function startBounded(
  t: { after: (undo: () => Promise<void>) => void },
  answers: number,
  before: (request: FastifyRequest) => Promise<unknown> = async () => {},
) {
  const app = Fastify({ forceCloseConnections: true })
  t.after(() => app.close())
  const cut: (string | undefined)[] = []
  boundUnsent(app, answers * answer_bytes, (address) => cut.push(address))
  const text = 'x'.repeat(answer_bytes)
  let asked = 0
  app.get('/', async (request) => {
    asked++
    await before(request)
    return text
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as { port: number }
  /** Asks, and reads nothing. Resolves when the server has the request. */
  const ask = async (): Promise<Socket> => {
    const before = asked
    const socket = connect({ port, host: '127.0.0.1' }).pause()
    // A reset of the server.
    socket.on('error', () => {})
    socket.write('GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
    await once(socket, 'connect')
    while (asked === before) await new Promise(setImmediate)
    return socket
  }
  return { ask, cut }
}

async function bytesOf(socket: Socket): Promise<number> {
  let bytes = 0
  socket.on('data', (part) => {
    bytes += part.length
  })
  socket.resume()
  // `once` of node:events would reject at a reset.
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
  return bytes
}

test('above the bound, the connections that have waited longest are reset, and a reader gets all', async (t) => {
  const { ask, cut } = await startBounded(t, 3)
  const silent = []
  for (let i = 0; i < 3; i++) silent.push(await ask())
  assert.equal(cut.length, 0)
  const reader = await ask()
  assert.deepEqual(cut, ['127.0.0.1'])
  assert.ok((await bytesOf(reader)) > answer_bytes)
  assert.ok((await bytesOf(silent[0] as Socket)) < answer_bytes)
  // The reader has made room: the others may still read.
  for (const socket of silent.slice(1)) assert.ok((await bytesOf(socket)) > answer_bytes)
})

test('readers are never reset, however many answers there were, and a client that has left does not count', async (t) => {
  const { ask, cut } = await startBounded(t, 2)
  for (let i = 0; i < 5; i++) {
    assert.ok((await bytesOf(await ask())) > answer_bytes)
    const left = await ask()
    left.destroy()
    await once(left, 'close')
  }
  assert.equal(cut.length, 0)
})

test('a client that has left before its answer does not count', async (t) => {
  let leaves = true
  const { ask, cut } = await startBounded(t, 1, ({ raw }) => (leaves ? once(raw.socket, 'close') : Promise.resolve()))
  for (let i = 0; i < 3; i++) (await ask()).destroy()
  leaves = false
  assert.ok((await bytesOf(await ask())) > answer_bytes)
  assert.equal(cut.length, 0)
})
