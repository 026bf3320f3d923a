import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionError, FastifyInstance } from 'fastify'
import { Refusal, type RefusalCode } from '../refusal.ts'
import { failure } from './envelope.ts'
import { endPipeline } from './pipelining.ts'
import { statusOf } from './refusals.ts'

// Imported by name, `node:http` would load its WebSocket client too: 70 ms of a start, and its memory.
const { STATUS_CODES } = process.getBuiltinModule('node:http')

const codes: Record<string, RefusalCode> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

/** A connection and the answer that is due on it: Node's own handler looks at the same place. */
type Answering = Socket & { _httpMessage?: ServerResponse | null }

/** Bytes that are no HTTP request never reach a route; they get the envelope too, and the connection ends. */
export function answerBrokenRequest(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  // The answer has gone out, and what is broken is the rest of a body that was refused.
  if (!socket.writable) return void socket.destroy()
  const { _httpMessage: pending } = socket as Answering
  if (pending && (pending.req.complete || pending.headersSent)) {
    // The broken bytes came behind a request that was whole: what it gets is its own answer, and the last one here.
    endPipeline(socket)
    pending.once('close', () => socket.end())
    return
  }
  const refusal = new Refusal(codes[error.code] ?? 'request_malformed')
  const body = JSON.stringify(failure(refusal.message))
  const status = statusOf[refusal.code]
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}`
  socket.end(
    `${head}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}

/**
 * The request's path, with `%` spelled out where its escapes decode to nothing (RFC 3986 §2.1): such a path is taken as
 * it stands, so that it meets the same checks in the same order as any other.
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

/** What the router cannot even look up, before there is a route, a hook or a reply. */
export function answerUnroutable(response: ServerResponse): void {
  const refusal = new Refusal('request_malformed')
  response.writeHead(statusOf[refusal.code], { 'Content-Type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify(failure(refusal.message)))
}

/**
 * An expectation that nobody knows is passed over, as RFC 9110 §10.1.1 allows: Node would answer it by itself, outside of
 * everything that bounds a request.
 */
export function passOverExpectations(app: FastifyInstance): void {
  app.server.on('checkExpectation', app.routing)
}

/** Refuses HTTP/1.1 without Host, and any request with two (RFC 9112 §3.2); Node looks for none, and without a body. */
export function requireHost(app: FastifyInstance): void {
  app.addHook('onRequest', ({ raw }, _reply, done) => {
    const { rawHeaders } = raw
    let hosts = 0
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const name = rawHeaders[i] as string
      if (name.length === 4 && name.toLowerCase() === 'host') hosts++
    }
    const wrong = hosts > 1 || (hosts === 0 && raw.httpVersion === '1.1')
    done(wrong ? new Refusal('request_malformed', { why: `${hosts} Host headers` }) : undefined)
  })
}
