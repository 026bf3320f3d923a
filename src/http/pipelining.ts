import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { endAfterUpgrade } from './upgrade.ts'

/** Twice as many requests as pipelining clients have in flight. */
const maxWaiting = 32

/** Connections that end with the current answer. */
const ended = new WeakSet<Socket>()

/** Ends the connection after the current answer. */
export function endPipeline(socket: Socket): void {
  ended.add(socket)
}

/**
 * Answers the requests of a connection one after another. Node.js delivers all requests of one 64 KiB read together, so
 * a client that sends a thousand requests and reads nothing would make the server keep a thousand answers. A waiting
 * request costs almost nothing. Too many waiting requests end the connection, which a pipelining client must expect
 * (RFC 9112 §9.3.2).
 */
export function answerPipelined(app: FastifyInstance): void {
  const waiting = new WeakMap<Socket, number>()
  app.addHook('onRequest', ({ raw: request }, { raw: response }, done) => {
    const { socket } = request
    endAfterUpgrade(request, response)
    // RFC 9112 §9.6: no request is processed after the connection's last answer, because its answer cannot be sent.
    if (socket.writableEnded) return void socket.destroy()
    // Node.js gives the socket to the response that is next.
    if (response.socket !== null) return done()
    const ahead = waiting.get(socket) ?? 0
    if (ahead === maxWaiting) return void socket.destroy()
    waiting.set(socket, ahead + 1)
    response.once('socket', () => {
      waiting.set(socket, (waiting.get(socket) as number) - 1)
      if (ended.has(socket)) socket.destroySoon()
      else done()
    })
  })
}
