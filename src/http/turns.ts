import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** Twice what clients that pipeline at all have under way. */
const maxWaiting = 32

/** Connections on which the answer that is under way is the last. */
const ended = new WeakSet<Socket>()

/** Lets no more requests of the connection begin. */
export function endTurns(socket: Socket): void {
  ended.add(socket)
}

/**
 * Answers the requests of a connection one after another. Node hands over every request of the 64 KiB that it reads at
 * once, so that a client which sends a thousand and reads nothing would have a thousand answers made and kept. Requests
 * that wait cost next to nothing until it is their turn; too many of them end the connection, which a client that
 * pipelines must expect (RFC 9112 §9.3.2).
 */
export function answerInTurn(app: FastifyInstance): void {
  const waiting = new WeakMap<Socket, number>()
  app.addHook('onRequest', ({ raw: { socket } }, { raw: response }, done) => {
    // RFC 9112 §9.6: behind an answer that was the connection's last, nothing is done that nobody would hear of.
    if (socket.writableEnded) return void socket.destroy()
    // Node gives the socket to the response whose turn it is.
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
