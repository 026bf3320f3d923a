import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionError } from 'fastify'
import { Refusal } from '../refusal.ts'
import { failure } from './envelope.ts'
import { statusOf } from './refusals.ts'

/** Bytes that are no HTTP request never reach a route; they get the envelope too, and the connection ends. */
export function answerBrokenRequest(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const refusal = new Refusal(error.code === 'HPE_HEADER_OVERFLOW' ? 'headers_too_large' : 'request_malformed')
  const body = JSON.stringify(failure(refusal.message))
  const status = statusOf[refusal.code]
  const head = `HTTP/1.1 ${status} ${status === 431 ? 'Request Header Fields Too Large' : 'Bad Request'}`
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
