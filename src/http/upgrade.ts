import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { PendingSocket } from './broken-request.ts'

/** The connection of a request to change the protocol (RFC 9110 §7.8). */
export interface Upgrade {
  socket: Duplex
  /** Bytes that the client has sent after the request. */
  head: Buffer
}

const upgrades = new WeakMap<IncomingMessage, Upgrade>()

/**
 * Lets routes of this path change the protocol to WebSocket (RFC 6455). A request to change the protocol passes the same
 * hooks as any other. `Upgrade` is ignored for every other path and protocol, as RFC 9110 §7.8 allows, and behind a request
 * that has no answer yet, because the connection still belongs to that answer.
 */
export function isUpgradeTo(path: string): (request: IncomingMessage) => boolean {
  return ({ url, headers, method, socket }) =>
    method === 'GET' &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    url?.split('?', 1)[0] === path &&
    !(socket as PendingSocket)._httpMessage
}

/**
 * Ends the connection with the answer if the request asked for another protocol. Node.js drops what came in one read behind
 * such a request, so the next bytes may be the middle of another request.
 */
export function endAfterUpgrade({ headers }: IncomingMessage, response: ServerResponse): void {
  if (headers.upgrade !== undefined && /upgrade/i.test(headers.connection ?? '')) response.shouldKeepAlive = false
}

/** Routes the requests to change the protocol. */
export function routeUpgrades(app: FastifyInstance): void {
  // An import by name also loads the WebSocket client of `node:http`, which costs 70 ms of the start, and memory.
  const { ServerResponse: Response } = process.getBuiltinModule('node:http')
  const { server } = app as FastifyInstance & { server: Server }
  // For a request with a body, Node.js gives a stream that is no socket.
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Node.js has removed its own listener. An error without a listener, such as a reset, would end the process.
    socket.on('error', () => {})
    upgrades.set(request, { socket, head })
    const response = new Response(request)
    response.assignSocket(socket as Socket)
    // Nothing limits the time of this connection any more, so it does not wait for the client to close it too.
    response.once('finish', () => socket.end(() => socket.destroy()))
    app.routing(request, response)
  })
}

/** Takes the connection over, if the request asks to change the protocol. No answer is sent then. */
export function takeUpgrade(request: FastifyRequest, reply: FastifyReply): Upgrade | undefined {
  const upgrade = upgrades.get(request.raw)
  if (upgrade !== undefined) reply.hijack()
  return upgrade
}
