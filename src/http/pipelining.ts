import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** Twice as many requests as clients that pipeline have in flight. */
const maxWaiting = 32

/** Connections whose current answer is the last one. */
const ended = new WeakSet<Socket>()

/** Starts no more requests of the connection. */
export function endPipeline(socket: Socket): void {
  ended.add(socket)
}

/**
 * Answers the requests of a connection one after another. Node.js delivers all requests of the 64 KiB that it reads at once,
 * so a client that sends a thousand requests and reads nothing would make the server keep a thousand answers. A waiting
 * request costs almost nothing. Too many of them end the connection, which a client that pipelines must expect (RFC 9112
 * §9.3.2).
 */
export function answerPipelined(app: FastifyInstance): void {
  const waiting = new WeakMap<Socket, number>()
  app.addHook('onRequest', ({ raw: { socket } }, { raw: response }, done) => {
    // RFC 9112 §9.6: after the last answer of a connection no request is processed, since its answer could not be sent.
    if (socket.writableEnded) return void socket.destroy()
    // Node.js assigns the socket to the response that comes next.
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
