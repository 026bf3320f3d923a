import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionError, FastifyInstance } from 'fastify'
import { Refusal, type RefusalCode } from '../refusal.ts'
import { failure } from './envelope.ts'
import { toJsonLine } from './json-line.ts'
import { endPipeline } from './pipelining.ts'
import { statusOf } from './refusals.ts'

// An import by name also loads the WebSocket client of `node:http`, which costs 70 ms of the start, and memory.
const { STATUS_CODES } = process.getBuiltinModule('node:http')

const codes: Record<string, RefusalCode> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

/** A connection with its pending response. Node's default handler of `clientError` reads the same field. */
export type PendingSocket = Socket & { _httpMessage?: ServerResponse | null }

/** A client that keeps its side open after the last answer is cut. The time limits of Node.js do not count any more. */
const linger_ms = 3_000

function endConnection(socket: Socket, answer = ''): void {
  socket.end(answer)
  const timer = setTimeout(() => socket.destroy(), linger_ms)
  socket.once('close', () => clearTimeout(timer))
}

/** Answers bytes that are no HTTP request with the envelope, and ends the connection. No route sees them. */
export function answerBrokenRequest(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  // The answer is already sent. The invalid bytes are the rest of a refused body.
  if (!socket.writable) return void socket.destroy()
  const { _httpMessage: pending } = socket as PendingSocket
  if (pending && (pending.req.complete || pending.headersSent)) {
    // The pending request is complete or already answered. It gets its own answer, the last one of the connection.
    endPipeline(socket)
    pending.once('close', () => endConnection(socket))
    return
  }
  const refusal = new Refusal(codes[error.code] ?? 'request_malformed')
  const body = toJsonLine(failure(refusal.message))
  const status = statusOf[refusal.code]
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}`
  endConnection(
    socket,
    `${head}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}

/**
 * Returns the request's URL. If the path has an escape that does not decode (RFC 3986 §2.1), every `%` of the path
 * becomes `%25`. The router then takes the path literally, and the request passes the same checks as any other.
 */
export function decodableUrl({ url = '/' }: IncomingMessage): string {
  if (!url.includes('%')) return url
  const [path] = url.split(/[?#]/, 1) as [string]
  try {
    decodeURIComponent(path)
    return url
  } catch {
    return path.replaceAll('%', '%25') + url.slice(path.length)
  }
}

/** Refuses a URL that the router cannot look up. No hook has run. */
export function answerUnroutable(response: ServerResponse): void {
  const refusal = new Refusal('request_malformed')
  response.writeHead(statusOf[refusal.code], { 'Content-Type': 'application/json; charset=utf-8' })
  response.end(toJsonLine(failure(refusal.message)))
}

/**
 * Ignores an unknown `Expect`, as RFC 9110 §10.1.1 allows. Node.js would answer such a request itself, and no hook
 * would limit it.
 */
export function ignoreExpectations(app: FastifyInstance): void {
  app.server.on('checkExpectation', app.routing)
}

/** Refuses HTTP/1.1 without `Host`, and any request with two (RFC 9112 §3.2). Node's own check ignores a second one. */
export function requireHost(app: FastifyInstance): void {
  app.addHook('onRequest', ({ raw }, _reply, done) => {
    const { rawHeaders } = raw
    let hosts = 0
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const name = rawHeaders[i] as string
      if (name.length === 4 && name.toLowerCase() === 'host') hosts++
    }
    const isInvalid = hosts > 1 || (hosts === 0 && raw.httpVersion === '1.1')
    done(isInvalid ? new Refusal('request_malformed', { why: `${hosts} Host headers` }) : undefined)
  })
}
